import { describe, expect, test } from 'vitest'
import { type AuditRecord, createChainVerifier, EMPTY_CHAIN, seal } from './chain.js'

const AT = Date.parse('2026-03-22T12:00:00.123Z')
const record = (name: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  at: AT,
  action: 'user.add',
  outcome: 'succeeded',
  count: 1,
  detail: {
    actor: { kind: 'user', id: '1', name },
    address: '203.0.113.7',
    request_id: 'r',
    target: { id: null, name: null },
    before: null,
    after: { role: 'admin' },
    reason: null,
  },
  ...more,
})

/** Two appends, as two replicas would make them. */
function chainOf(names: readonly string[]) {
  const first = seal(
    EMPTY_CHAIN,
    names.slice(0, 2).map((name) => record(name)),
  )
  const head = first.at(-1)?.entry ?? EMPTY_CHAIN
  return [
    ...first,
    ...seal(
      head,
      names.slice(2).map((name) => record(name)),
    ),
  ]
}

function verify(chain: ReturnType<typeof chainOf>, erased: readonly number[] = []) {
  const verifier = createChainVerifier(EMPTY_CHAIN)
  for (const { entry, detail } of chain) verifier.check(entry, erased.includes(entry.seq) ? null : detail)
  return verifier.result()
}

describe('a chain', () => {
  const chain = chainOf(['ada', 'bob', 'cyd', 'dee'])

  test('that nobody changed has no fault', () => {
    expect(verify(chain)).toMatchObject({ entries: 4, erased: 0, faults: [], head: { seq: 4 } })
  })

  test('stays whole when details are erased', () => {
    expect(verify(chain, [2, 4])).toMatchObject({ entries: 4, erased: 2, faults: [] })
  })

  test.each([
    ['seq', { seq: 7 }],
    ['at', { at: '2026-03-22T12:00:00.124Z' }],
    ['action', { action: 'user.change' }],
    ['outcome', { outcome: 'refused' as const }],
    ['actor_kind', { actor_kind: 'system' as const }],
    ['count', { count: 2 }],
    ['detail_digest', { detail_digest: Buffer.alloc(32) }],
    ['hash', { hash: Buffer.alloc(32, 1) }],
  ])('whose entry has another %s has a fault', (_field, change) => {
    const changed = chain.map((each) =>
      each.entry.seq === 2 ? { ...each, entry: { ...each.entry, ...change } } : each,
    )
    expect(verify(changed).faults.length).toBeGreaterThan(0)
  })

  test('says which entry, and which detail, was changed, and what is missing', () => {
    const [first, second, ...rest] = chain
    if (!first || !second) throw new Error('there are four')
    const detail = { ...second.detail, detail: second.detail.detail.replace('bob', 'eve') }
    expect(verify([first, { ...second, detail }, ...rest]).faults).toEqual([
      { seq: 2, fault: 'its detail was changed' },
    ])
    expect(verify([first, ...rest]).faults).toEqual([{ seq: 3, fault: 'entries 2 to 2 are missing' }])
    const recomputed = seal(first.entry, [record('eve')])
    expect(verify([first, ...recomputed, ...rest]).faults).toEqual([
      { seq: 3, fault: 'the entry was changed or replaced' },
    ])
  })

  test('does not betray by its digest what was erased: equal details have different ones', () => {
    const [one, two] = seal(EMPTY_CHAIN, [record('ada'), record('ada')])
    expect(one?.detail.detail).toBe(two?.detail.detail)
    expect(one?.entry.detail_digest.equals(two?.entry.detail_digest ?? Buffer.alloc(0))).toBe(false)
  })
})
