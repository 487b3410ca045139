import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { ensurePartitions } from '../../platform/postgres/partitions.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createRuleScorer } from '../scoring/rules.js'
import { createIngest, type Ingest } from './ingest.js'
import { createPendingTotals } from './pending-totals.js'
import type { ReadRecord } from './read-records.js'
import { createIngestStore } from './store.js'
import { APPLIED_AT_ONCE, createPendingTotalsStore } from './totals-store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const TABLES = [
  'event_keys',
  'events',
  'sessions',
  'attackers',
  'sensors',
  'event_rollups',
  'session_rollups',
  'attacker_hours',
  'attacker_days',
  'pending_totals',
]

function recordOf(json: object): ReadRecord {
  return { json, raw: JSON.stringify(json) }
}

/** Forty events of six sessions on two sensors; sessions change their level and the minute in which they began. */
const LOG = Array.from({ length: 40 }, (_, n) => ({
  eventid: [
    'cowrie.session.connect',
    'cowrie.login.failed',
    'cowrie.command.input',
    'cowrie.session.closed',
    'cowrie.login.success',
  ][n % 5],
  src_ip: `203.0.113.${n % 3}`,
  session: `s${n % 6}`,
  sensor: `cowrie-${n % 2}`,
  input: n % 10 === 2 ? 'wget x; chmod 777 x; ./x; crontab -l' : 'ls',
  username: `u${n}`,
  timestamp: new Date(NOW - ((n * 7919) % 300) * 60_000).toISOString(),
}))

describe.each(inject('postgresServers'))('totals on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterEach(() => store.drop())

  const rows = (text: string) => store.database.app.query<Record<string, unknown>>({ text })
  const run = (text: string) => store.database.maintenance.query({ text })
  const pending = () => createPendingTotalsStore(store.database.maintenance)

  function ingestInto({ appendTotals }: { appendTotals: boolean }): Ingest {
    return createIngest({
      store: createIngestStore(store.database.ingest),
      quota: { enforce: async () => {} },
      ensurePartitions: () => ensurePartitions(store.database.maintenance, NOW),
      scorer: createRuleScorer(),
      countryOf: () => null,
      appendTotals,
      observer: { sessionScored() {}, escalated() {}, commitRetried() {} },
      now: () => NOW,
      maxQueuedRows: 10_000,
      bindKey: async (_key_id, sensor_id) => ({ kind: 'bound', sensor_id }),
      identitiesInUse: () => 'current',
    })
  }

  const submit = (ingest: Ingest, ...events: object[]) =>
    ingest.submit({ request_id: 'r', records: events.map(recordOf) })

  const pendingTotals = ({ leads = true, of = pending() } = {}) =>
    createPendingTotals({ store: of, isLeader: () => leads, log: silent('test') })

  async function totals() {
    return {
      sensors: await rows('SELECT * FROM sensors ORDER BY sensor_id'),
      event_rollups: await rows('SELECT * FROM event_rollups ORDER BY 1, 2, 3, 4'),
      session_rollups: await rows('SELECT * FROM session_rollups WHERE sessions <> 0 ORDER BY 1, 2, 3, 4'),
      attacker_hours: await rows('SELECT * FROM attacker_hours ORDER BY 1, 2'),
      attacker_days: await rows('SELECT * FROM attacker_days ORDER BY 1, 2'),
    }
  }

  /** Applies, and ends with its connection before it commits. */
  async function applyKilled(): Promise<void> {
    await store.database.maintenance
      .borrow(async (client) => {
        await client.query('BEGIN')
        await createPendingTotalsStore({
          query: async (statement) => (await client.query(statement)).rows as never,
        }).apply()
        await client.query('SELECT pg_terminate_backend(pg_backend_pid())')
      })
      .catch(() => {})
  }

  test('are the same whoever adds them up, however often, whatever is killed meanwhile', async () => {
    await submit(ingestInto({ appendTotals: false }), ...LOG)
    const expected = await totals()
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(LOG, { minLength: LOG.length }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.constantFrom('apply', 'apply twice', 'killed', 'nothing'), {
          minLength: LOG.length,
          maxLength: LOG.length,
        }),
        async (log, size, appliers) => {
          await run(`TRUNCATE ${TABLES.join(', ')}`)
          // The last is a server of one process, or of an earlier release.
          const writers = [true, true, false].map((appendTotals) => ingestInto({ appendTotals }))
          const working: Promise<unknown>[] = []
          for (let at = 0; at < log.length; at += size) {
            const writer = writers[(at / size) % writers.length] as Ingest
            working.push(submit(writer, ...log.slice(at, at + size)))
            const how = appliers[at]
            if (how === 'killed') working.push(applyKilled())
            if (how === 'apply' || how === 'apply twice') working.push(pending().apply())
            if (how === 'apply twice') working.push(pending().apply())
            // Some meet each other, some come one after another.
            if (how === 'nothing') await Promise.all(working.splice(0))
          }
          await Promise.all(working)
          await pendingTotals().turn()
          expect(await totals()).toEqual(expected)
          expect(await rows('SELECT FROM pending_totals')).toEqual([])
        },
      ),
      { numRuns: 15 },
    )
  })

  test('wait as one row a commit, and are there after one turn of the leader', async () => {
    await submit(ingestInto({ appendTotals: true }), ...LOG)
    expect(await rows('SELECT count(*) FROM pending_totals')).toEqual([{ count: 1 }])
    expect(await rows('SELECT FROM sensors')).toEqual([])
    await pendingTotals().turn()
    expect(await rows('SELECT sum(event_count)::int AS events FROM sensors')).toEqual([
      { events: LOG.length },
    ])
    expect(await rows('SELECT FROM pending_totals')).toEqual([])
  })

  test('are applied by another process when the leader does not', async () => {
    await submit(ingestInto({ appendTotals: true }), ...LOG)
    const other = pendingTotals({ leads: false })
    await run(`UPDATE pending_totals SET added_at = clock_timestamp() + interval '1 hour'`)
    await other.turn()
    expect(await rows('SELECT count(*) FROM pending_totals')).toEqual([{ count: 1 }])
    await run(`UPDATE pending_totals SET added_at = clock_timestamp() - interval '1 second'`)
    await other.turn()
    expect(await rows('SELECT FROM pending_totals')).toEqual([])
    expect(await rows('SELECT sum(event_count)::int AS events FROM sensors')).toEqual([
      { events: LOG.length },
    ])
  })

  test('whose answer is lost are not added twice', async () => {
    await submit(ingestInto({ appendTotals: true }), ...LOG)
    const lossy = {
      ...pending(),
      async apply(): Promise<number> {
        await pending().apply()
        throw new Error('the connection broke after the commit')
      },
    }
    await expect(pendingTotals({ of: lossy }).turn()).rejects.toThrow('the connection broke')
    await pendingTotals().turn()
    expect(await rows('SELECT sum(event_count)::int AS events FROM sensors')).toEqual([
      { events: LOG.length },
    ])
  })

  test('more than one statement takes are applied in one turn, and what is left by the stop', async () => {
    const ingest = ingestInto({ appendTotals: true })
    const event = (n: number) => ({ ...LOG[1], username: `x${n}` })
    const commits = APPLIED_AT_ONCE + 1
    for (let n = 0; n < commits; n += 1) await submit(ingest, event(n))
    expect(await rows('SELECT count(*) FROM pending_totals')).toEqual([{ count: commits }])
    await pendingTotals().turn()
    expect(await rows('SELECT event_count FROM sensors')).toEqual([{ event_count: commits }])
    await submit(ingest, event(commits))
    await pendingTotals({ leads: false }).stop()
    expect(await rows('SELECT event_count FROM sensors')).toEqual([{ event_count: commits + 1 }])
  })

  test('that wait for more than ten seconds are a problem until they are added up', async () => {
    await submit(ingestInto({ appendTotals: true }), ...LOG)
    const failing = {
      ...pending(),
      apply: async () => {
        throw new Error('no')
      },
    }
    const found = pendingTotals({ of: failing })
    await expect(found.turn()).rejects.toThrow('no')
    expect(found.problems()).toEqual([])
    await run(`UPDATE pending_totals SET added_at = clock_timestamp() - interval '11 seconds'`)
    await expect(found.turn()).rejects.toThrow('no')
    expect(found.problems()).toEqual([expect.stringContaining('totals')])
    await pending().apply()
    await found.turn()
    expect(found.problems()).toEqual([])
  })

  test('a group without new events leaves no row', async () => {
    await submit(ingestInto({ appendTotals: true }), { hopeless: true })
    expect(await rows('SELECT FROM pending_totals')).toEqual([])
    expect(await rows('SELECT count(*) FROM quarantine')).toEqual([{ count: 1 }])
  })
})
