import { describe, expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import type { AuditRecord } from './chain.js'
import { redacted } from './redact.js'
import { createRepeatedRecords, MAX_ACTORS, MAX_KINDS } from './repeated.js'
import { createAuditWriter } from './writer.js'

const record = (action = 'login', address = '203.0.113.7'): AuditRecord => ({
  at: 0,
  action,
  outcome: 'refused',
  count: 1,
  detail: {
    actor: { kind: 'unknown', id: null, name: null },
    address,
    request_id: null,
    target: { id: null, name: null },
    before: null,
    after: null,
    reason: null,
  },
})

describe('what repeats', () => {
  test('is written at once the first time, and at the end of the period with its count', () => {
    const written: AuditRecord[] = []
    const repeated = createRepeatedRecords((each) => written.push(each))
    for (let n = 0; n < 50; n += 1) repeated.add('a', record())
    repeated.add('b', record('user.add'))
    expect(written.map(({ action, count }) => [action, count])).toEqual([
      ['login', 1],
      ['user.add', 1],
    ])
    repeated.flush()
    expect(written.slice(2).map(({ action, count }) => [action, count])).toEqual([['login', 49]])
    repeated.flush()
    expect(written).toHaveLength(3)
  })

  test('from 400 addresses makes a bounded number of records, which account for every one', () => {
    const written: AuditRecord[] = []
    const repeated = createRepeatedRecords((each) => written.push(each))
    for (let n = 0; n < 400; n += 1) repeated.add(`k${n}`, record('login', `203.0.113.${n % 250}`))
    repeated.flush()
    expect(written).toHaveLength(MAX_KINDS + 1)
    expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(400)
    expect(written.at(-1)).toMatchObject({ action: 'several', detail: { address: null } })
  })

  const by = (id: string, action: string, outcome: AuditRecord['outcome'] = 'succeeded') => {
    const { detail, ...rest } = record(action)
    return { ...rest, outcome, detail: { ...detail, actor: { kind: 'key' as const, id, name: `key ${id}` } } }
  }

  test('by a key keeps its name, however many strangers are refused meanwhile', () => {
    const written: AuditRecord[] = []
    const repeated = createRepeatedRecords((each) => written.push(each))
    for (let n = 0; n < 400; n += 1) repeated.add(`k${n}`, record())
    repeated.add('export', by('1', 'feed.read'))
    expect(written.at(-1)).toMatchObject({ action: 'feed.read', detail: { actor: { name: 'key 1' } } })
  })

  test('by a key in many ways is joined under its name, what was refused apart from the rest', () => {
    const written: AuditRecord[] = []
    const repeated = createRepeatedRecords((each) => written.push(each))
    for (let n = 0; n < 60; n += 1) repeated.add(`k${n}`, by('1', `a${n}`, n % 2 ? 'refused' : 'succeeded'))
    repeated.flush()
    expect(
      written
        .slice(MAX_KINDS)
        .map(({ action, outcome, count, detail }) => [action, outcome, count, detail.actor.name]),
    ).toEqual([
      ['several', 'succeeded', 20, 'key 1'],
      ['several', 'refused', 20, 'key 1'],
    ])
  })

  test('by however many actors fits into the queue of the writer', () => {
    const written: AuditRecord[] = []
    const repeated = createRepeatedRecords((each) => written.push(each))
    for (let actor = 0; actor < 100; actor += 1)
      for (let n = 0; n < 100; n += 1)
        repeated.add(`${actor} k${n}`, by(String(actor), `a${n}`, n % 2 ? 'refused' : 'succeeded'))
    for (let n = 0; n < 100; n += 1) repeated.add(`k${n}`, record())
    const atOnce = written.length
    repeated.flush()
    expect(written.length - atOnce).toBeLessThanOrEqual(1_000)
    expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(100 * 100 + 100)
    expect(new Set(written.map(({ detail }) => detail.actor.id)).size).toBe(MAX_ACTORS + 2)
  })
})

describe('the writer', () => {
  test('keeps what the database does not take, and writes it in order once it does', async () => {
    const stored: string[] = []
    let isAway = true
    const writer = createAuditWriter(
      {
        async append(records) {
          if (isAway) throw new Error('away')
          stored.push(...records.map(({ action }) => action))
        },
      },
      silent(''),
    )
    const first = writer.write(record('1'))
    const second = writer.write(record('2'))
    await writer.flush()
    expect(writer.waiting()).toBe(2)
    isAway = false
    await writer.flush()
    expect(await Promise.all([first, second])).toEqual([true, true])
    expect({ stored, waiting: writer.waiting() }).toEqual({ stored: ['1', '2'], waiting: 0 })
  })

  test('holds a thousand entries, counts those beyond, and never throws', async () => {
    const writer = createAuditWriter({ append: () => Promise.reject(new Error('away')) }, silent(''))
    for (let n = 0; n < 1_000; n += 1) void writer.write(record())
    expect(await writer.write(record())).toBe(false)
    expect({ waiting: writer.waiting(), lost: writer.lost() }).toEqual({ waiting: 1_000, lost: 1 })
  })
})

describe('what is written down', () => {
  test('holds no secret, and what names a thing', () => {
    const value = {
      username: 'ada',
      password: 'x',
      key: 'et_x',
      key_id: '1',
      has_secret: true,
      settings: { webhook_url: 'https://x', channel: '#soc', token: 't' },
      list: [{ access_token: 'x', prefix: 'et_abc' }],
    }
    expect(redacted(value)).toEqual({
      username: 'ada',
      password: '[redacted]',
      key: '[redacted]',
      key_id: '1',
      has_secret: true,
      settings: { webhook_url: '[redacted]', channel: '#soc', token: '[redacted]' },
      list: [{ access_token: '[redacted]', prefix: 'et_abc' }],
    })
  })

  test('is bounded in depth, length, members and bytes', () => {
    let deep: unknown = 1
    for (let n = 0; n < 100; n += 1) deep = { deep }
    expect(JSON.stringify(redacted(deep)).length).toBeLessThan(100)
    expect(redacted('x'.repeat(10_000))).toHaveLength(501)
    expect(redacted(Array(10_000).fill(1))).toHaveLength(100)
    expect(redacted(Array(100).fill('x'.repeat(400)))).toEqual({ left_out_bytes: 40_301 })
    expect(redacted(undefined)).toBeNull()
  })
})
