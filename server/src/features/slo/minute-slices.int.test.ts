import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createSignalRecorder } from './series/recorder.js'
import { createSignalStore, type SignalStore } from './store.js'

const NOON = Date.parse('2026-03-22T12:00:00Z')
const MINUTE_MS = 60_000
const HOUR = [{ from: NOON, to: NOON + 60 * MINUTE_MS }]

describe.each(inject('postgresServers'))('slices of a minute on $version', (server) => {
  let db: TestDatabase
  let store: SignalStore
  beforeAll(async () => {
    db = await createTestDatabase(server)
    store = createSignalStore(db.database.maintenance)
  })
  afterAll(() => db.drop())

  /** A process that observes series at a time of its own. */
  function startProcess(recorderId: string) {
    const clock = { now: NOON }
    return { clock, ...createSignalRecorder({ store, recorderId, now: () => clock.now }) }
  }
  const countsOf = async (series: string) => {
    const rows = [
      ...(await store.counts([series], 'minute', HOUR)),
      ...(await store.counts([series], 'hour', HOUR)),
    ]
    return rows.map(({ bucket, good, total }) => [(bucket - NOON) / MINUTE_MS, good, total])
  }

  test('the minute of a restart is one slice, and bad if either process found it bad', async () => {
    const before = startProcess('00000000-0000-4000-8000-000000000001')
    before.slice('restarted', true)
    before.clock.now += MINUTE_MS
    before.slice('restarted', true)
    await before.flush()
    const after = startProcess('00000000-0000-4000-8000-000000000002')
    after.clock.now += MINUTE_MS + 30_000
    after.slice('restarted', false)
    await after.flush()
    after.slice('restarted', true)
    await after.flush()
    expect(await countsOf('restarted')).toEqual([
      [0, 1, 1],
      [1, 0, 1],
      [0, 1, 2],
    ])
  })

  test('replicas that observe the same minutes at once agree on one slice each', async () => {
    const replicas = [3, 4, 5, 6].map((n) => startProcess(`00000000-0000-4000-8000-00000000000${n}`))
    for (const [n, replica] of replicas.entries()) {
      for (let minute = 0; minute < 10; minute += 1) {
        replica.slice('shared', !(n === minute % 4 && minute < 4))
        replica.clock.now += MINUTE_MS
      }
    }
    await Promise.all(replicas.map(({ flush }) => flush()))
    const counts = await countsOf('shared')
    expect(counts.slice(0, 5)).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
      [3, 0, 1],
      [4, 1, 1],
    ])
    expect(counts.at(-1)).toEqual([0, 6, 10])
  })
})
