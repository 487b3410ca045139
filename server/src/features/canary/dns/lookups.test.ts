import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../../domain/platform-event.js'
import { createLookups } from './lookups.js'
import type { Lookup } from './server.js'

const TOKEN = { id: 'id', kind: 'dns', name: 'hosts', sensor_id: 'canary-hosts' } as const
const lookupOf = (label: string): Lookup => ({
  labels: ['data', label],
  type: 1,
  source_ip: '192.0.2.1',
  source_port: 53_000,
  client_subnet: null,
})

function setUp(hit: () => Promise<'stored' | 'counted'>) {
  const events: PlatformEvent[] = []
  const lookups = createLookups({
    tokens: { recognise: async (secret) => (secret === 'token' ? TOKEN : null) },
    intake: { hit },
    publish: (event) => void events.push(event),
  })
  const outcomes = () =>
    events.flatMap((event) => (event.kind === 'canary_dns_lookup' ? [event.outcome] : []))
  return { lookups, events, outcomes }
}

test('64 lookups are recorded at the same time; further ones are counted, and later ones recorded again', async () => {
  let release = (_outcome: 'stored') => {}
  const held = new Promise<'stored'>((resolve) => {
    release = resolve
  })
  const { lookups, events, outcomes } = setUp(() => held)
  for (let n = 0; n < 66; n += 1) lookups.add(lookupOf('token'))
  expect(lookups.waiting()).toBe(64)
  expect(outcomes()).toEqual(['full', 'full'])
  expect(events).toContainEqual(
    expect.objectContaining({
      kind: 'canary_visit_failed',
      client_ip: '192.0.2.1',
      reason: 'TooManyLookups',
    }),
  )
  release('stored')
  await lookups.settle()
  lookups.add(lookupOf('token'))
  await lookups.settle()
  expect(lookups.waiting()).toBe(0)
  expect(outcomes().filter((outcome) => outcome === 'stored')).toHaveLength(65)
})

test('what becomes of a lookup is counted', async () => {
  const results = [async () => 'stored' as const, async () => 'counted' as const]
  const { lookups, outcomes } = setUp(
    () => results.shift()?.() ?? Promise.reject(new Error('the database is away')),
  )
  for (const label of ['token', 'token', 'TOKEN', 'guess']) {
    lookups.add(lookupOf(label))
    await lookups.settle()
  }
  expect(outcomes()).toEqual(['stored', 'counted', 'failed', 'unknown'])
})
