import { randomUUID } from 'node:crypto'
import type { Event } from '@eviltwin/contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { StoreUnavailableError } from '../../platform/errors.js'
import { ensurePartitions } from '../../platform/postgres/partitions.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { until } from '../../testing/until.js'
import { type StoredEvent, withTexts } from '../record-texts/index.js'
import { createRuleScorer } from '../scoring/rules.js'
import { safeScorer } from '../scoring/safe-scorer.js'
import type { Scorer } from '../scoring/scorer.js'
import { planCommit } from './commit-plan.js'
import { NO_KEY } from './commit-rows.js'
import { createIngest, type Ingest } from './ingest.js'
import { createQuarantine } from './quarantine.js'
import { createQuarantineStore } from './quarantine-store.js'
import { createQuarantineUsageStore } from './quarantine-usage-store.js'
import type { ReadRecord } from './read-records.js'
import { createIngestStore, type IngestStore } from './store.js'
import { gather } from './write-group.js'
import { writeStatement } from './write-statement-store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const TABLES = [
  'event_keys',
  'events',
  'record_texts',
  'sessions',
  'attackers',
  'sensors',
  'event_rollups',
  'session_rollups',
  'attacker_hours',
  'attacker_days',
  'feed_sources',
  'attacker_counts',
  'quarantine',
  'quarantine_usage',
]

const NO_QUOTA = { enforce: async () => {} }

function recordOf(json: object): ReadRecord {
  return { json, raw: JSON.stringify(json) }
}

/** Records of one body are received a microsecond after each other, so which is the last depends on the groups. */
function toMilliseconds(row: Record<string, unknown>): Record<string, unknown> {
  const received = ['received_at', 'last_received_at'].filter((name) => typeof row[name] === 'string')
  return { ...row, ...Object.fromEntries(received.map((name) => [name, String(row[name]).slice(0, 23)])) }
}

/** Forty events of six sessions, some closing before they open. */
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
  protocol: n % 7 === 0 ? 'telnet' : 'ssh',
  input: n % 10 === 2 ? 'wget x; chmod 777 x; ./x; crontab -l' : 'ls',
  username: `u${n}`,
  timestamp: new Date(NOW - ((n * 7919) % 300) * 60_000).toISOString(),
}))

describe.each(inject('postgresServers'))('the pipeline on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterEach(() => store.drop())

  function ingestInto(
    scorer: Scorer = createRuleScorer(),
    retried: unknown[] = [],
    ingestStore: IngestStore = createIngestStore(store.database.ingest),
    observed: string[] = [],
  ): Ingest {
    return createIngest({
      store: ingestStore,
      quota: NO_QUOTA,
      ensurePartitions: () => ensurePartitions(store.database.maintenance, NOW),
      scorer,
      countryOf: () => null,
      observer: {
        sessionScored: ({ id }) => void observed.push(`scored ${id}`),
        escalated: (count) => void observed.push(`escalated ${count}`),
        commitRetried: (error) => void retried.push(error),
      },
      now: () => NOW,
      maxQueuedRows: 10_000,
      bindKey: async (_key_id, sensor_id) => ({ kind: 'bound', sensor_id }),
      identitiesInUse: () => 'current',
    })
  }

  const rows = <Row extends object>(text: string) =>
    store.database.app.query<Row & Record<string, unknown>>({ text })

  async function contents() {
    const dump: Record<string, unknown> = {}
    for (const [name, text] of Object.entries({
      sessions: 'SELECT * FROM sessions ORDER BY id',
      attackers: 'SELECT * FROM attackers ORDER BY source_ip',
      sensors: 'SELECT * FROM sensors ORDER BY sensor_id',
      events: 'SELECT * FROM events ORDER BY id',
      event_rollups: 'SELECT * FROM event_rollups ORDER BY 1, 2, 3, 4',
      session_rollups: 'SELECT * FROM session_rollups WHERE sessions <> 0 ORDER BY 1, 2, 3, 4',
      attacker_hours: 'SELECT * FROM attacker_hours ORDER BY 1, 2',
      attacker_days: 'SELECT * FROM attacker_days ORDER BY 1, 2',
      feed_sources: 'SELECT * FROM feed_sources ORDER BY 1, 2',
      attacker_counts:
        'SELECT last_seen_hour, sum(attackers) FROM attacker_counts GROUP BY 1 HAVING sum(attackers) <> 0 ORDER BY 1',
    })) {
      dump[name] = (await rows(text)).map(({ version: _, ...row }) => toMilliseconds(row))
    }
    // With the texts themselves: where they are depends on the groups.
    const events: unknown[] = []
    for await (const event of withTexts(store.database.app, dump['events'] as StoredEvent[])) {
      const { commit_xid: _, ...row } = event as Event & { commit_xid: number }
      events.push(row)
    }
    dump['events'] = events
    return dump
  }

  async function emptied() {
    await store.database.maintenance.query({ text: `TRUNCATE ${TABLES.join(', ')}` })
  }

  test('any order, repetition and grouping of a log leaves the same rows', async () => {
    await ingestInto().submit({ request_id: 'r', records: LOG.map(recordOf) })
    const expected = await contents()
    expect(expected['events']).toHaveLength(LOG.length)
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(LOG, { minLength: LOG.length }),
        fc.array(fc.constantFrom(...LOG), { maxLength: 10 }),
        fc.integer({ min: 1, max: 15 }),
        async (shuffled, repeated, size) => {
          await emptied()
          // Two pipelines stand for two servers on one database: what each remembers goes stale under the other.
          const servers = [ingestInto(), ingestInto()]
          const log = [...shuffled, ...repeated]
          const requests: Promise<unknown>[] = []
          for (let at = 0; at < log.length; at += size) {
            const records = log.slice(at, at + size).map(recordOf)
            requests.push((servers[at % 2] as Ingest).submit({ request_id: 'r', records }))
          }
          await Promise.all(requests)
          expect(await contents()).toEqual(expected)
        },
      ),
      { numRuns: 8 },
    )
  })

  test('a stale memory of a session is noticed and mended', async () => {
    const [one, two] = [ingestInto(), ingestInto()]
    const login = (n: number) => [recordOf({ ...LOG[1], session: 'shared', username: `x${n}` })]
    for (let n = 0; n < 6; n += 1) await (n % 2 ? one : two).submit({ request_id: 'r', records: login(n) })
    expect(await rows(`SELECT event_count, version FROM sessions`)).toEqual([{ event_count: 6, version: 6 }])
  })

  test('a missing partition is made, not an error', async () => {
    const [partition] = await rows<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass ORDER BY 1`,
    )
    await store.database.maintenance.query({ text: `DROP TABLE ${partition?.name}` })
    const [outcome] = await ingestInto().submit({ request_id: 'r', records: [recordOf(LOG[0] as object)] })
    expect(outcome?.status).toBe('accepted')
  })

  test('data that only the database refuses goes to the quarantine; its companions are stored', async () => {
    await store.database.maintenance.query({
      text: `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.username = 'u7' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '22000'; END IF; RETURN NEW; END $$`,
    })
    await store.database.maintenance.query({
      text: 'CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()',
    })
    const outcomes = await ingestInto().submit({ request_id: 'r', records: LOG.map(recordOf) })
    expect(outcomes.map(({ status }) => status)).toEqual(
      LOG.map((_, n) => (n === 7 ? 'quarantined' : 'accepted')),
    )
    expect(await rows('SELECT reason, detail FROM quarantine')).toMatchObject([
      { reason: 'normalization_failed' },
    ])
    expect(await rows('SELECT count(*) FROM events')).toEqual([{ count: LOG.length - 1 }])
  })

  test('what was quarantined and can be read now becomes events, and leaves the quarantine', async () => {
    const body = (json: object) => Buffer.from(JSON.stringify(json))
    const row = {
      received_at: '2026-03-22T11:00:00.000000Z',
      sensor_id: null,
      reason: 'normalization_failed' as const,
      detail: 'an old bug',
      times_seen: 1,
      key_id: NO_KEY,
      truncated: false,
      full_size: 100,
      envelope_time: null,
      sha256: Buffer.alloc(32),
    }
    const records = [
      { row: { ...row, id: randomUUID(), key_sensor_id: 'proven', body: body(LOG[0] as object) } },
      { row: { ...row, id: randomUUID(), key_sensor_id: null, body: body({ hopeless: true }) } },
      {
        row: {
          ...row,
          id: randomUUID(),
          key_sensor_id: 'proven',
          body: Buffer.concat([body(LOG[1] as object), body(LOG[2] as object)]),
        },
      },
    ]
    const group = gather([{ request_id: 'r', traceparent: '', key_id: NO_KEY, records }])
    const nothing = planCommit([], new Map(), createRuleScorer())
    await createIngestStore(store.database.ingest).write(writeStatement(group, [], nothing))
    const limits = { maxRecords: 10, maxDepth: 64, maxRecordBytes: 1000 }
    const quarantine = createQuarantine({
      store: createQuarantineStore(store.database.app, limits.maxRecordBytes),
      usage: createQuarantineUsageStore(store.database.app),
      ingest: ingestInto(),
      bindingsOf: async () => new Map(),
      readLimits: limits,
      limits: { maxBytes: 1_000_000, maxBytesPerKey: 1_000_000 },
    })
    expect(await quarantine.replay({}, 'r')).toEqual({
      replayed: 3,
      still_quarantined: 1,
      not_replayable: 0,
      next_cursor: null,
    })
    expect(await rows('SELECT sensor_id FROM events')).toEqual(Array(3).fill({ sensor_id: 'proven' }))
    expect(await rows('SELECT count(*) FROM quarantine')).toEqual([{ count: 1 }])
  })

  test('a scorer that throws does not reach the sender', async () => {
    const rules = createRuleScorer()
    const broken: Scorer = {
      ...rules,
      score: () => {
        throw new Error('no model')
      },
    }
    const [outcome] = await ingestInto(
      safeScorer(
        () => broken,
        broken,
        () => {},
      ),
    ).submit({
      request_id: 'r',
      records: [recordOf(LOG[0] as object)],
    })
    expect(outcome).toMatchObject({ status: 'accepted', threat_level: 'low' })
  })

  test('a group whose quarantined record cannot be kept stores nothing, so the retry is answered as new', async () => {
    const run = (text: string) => store.database.maintenance.query({ text })
    await run(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'no' USING ERRCODE = 'P0001'; END $$`)
    await run('CREATE TRIGGER fail BEFORE INSERT ON quarantine FOR EACH ROW EXECUTE FUNCTION fail()')
    const records = [recordOf(LOG[0] as object), recordOf({ hopeless: true })]
    await expect(ingestInto().submit({ request_id: 'r', records })).rejects.toThrow('no')
    expect(await rows('SELECT count(*) FROM events')).toEqual([{ count: 0 }])
    await run('DROP TRIGGER fail ON quarantine')
    const outcomes = await ingestInto().submit({ request_id: 'r', records })
    expect(outcomes.map(({ status }) => status)).toEqual(['accepted', 'quarantined'])
  })

  test('when the answer of the database is lost, what this request wrote is new, stated once, and counted once', async () => {
    const real = createIngestStore(store.database.ingest)
    let losing = true
    const lossy: IngestStore = {
      ...real,
      async write(statement) {
        await real.write(statement)
        if (losing) throw new StoreUnavailableError('the connection broke after the commit')
      },
    }
    const observed: string[] = []
    const attack = { ...LOG[2], eventid: 'cowrie.login.success', session: 'lost' }
    const records = [recordOf(attack), recordOf({ hopeless: true })]
    const submitting = ingestInto(createRuleScorer(), [], lossy, observed).submit({
      request_id: 'r',
      records,
    })
    const [first, second] = await submitting
    expect([first?.status, second?.status]).toEqual(['accepted', 'quarantined'])
    expect(observed.filter((what) => what.startsWith('scored'))).toHaveLength(1)
    expect(await rows('SELECT event_count, version FROM sessions')).toEqual([{ event_count: 1, version: 1 }])
    expect(await rows('SELECT times_seen FROM quarantine')).toEqual([{ times_seen: 1 }])
    losing = false
    const [again] = await ingestInto().submit({ request_id: 'r', records: [recordOf(attack)] })
    expect(again?.status).toBe('duplicate')
  })

  describe('a group that was planned while another one was written', () => {
    /** So many that a group does not wait for others to join it. */
    const attempts = (from: number) =>
      Array.from({ length: 200 }, (_, n) =>
        recordOf({ ...LOG[1], session: 'shared', src_ip: '203.0.113.1', username: `x${from + n}` }),
      )

    /** Submits both; the first is being written until the second is planned, and then `fails` or not. */
    async function submitBoth(fails: boolean) {
      const real = createIngestStore(store.database.ingest)
      const rules = createRuleScorer()
      const counts = { plans: 0, reads: 0, writes: 0 }
      const ingest = ingestInto(
        {
          ...rules,
          score(session) {
            counts.plans += 1
            return rules.score(session)
          },
        },
        [],
        {
          ...real,
          read(group) {
            counts.reads += 1
            return real.read(group)
          },
          async write(statement) {
            counts.writes += 1
            if (counts.writes === 1) {
              await until(() => counts.plans === 2)
              if (fails) throw new Error('the disk is full')
            }
            await real.write(statement)
          },
        },
      )
      const submitted = [0, 200].map((from) => ingest.submit({ request_id: 'r', records: attempts(from) }))
      const settled = await Promise.allSettled(submitted)
      return { ...counts, settled: settled.map(({ status }) => status) }
    }

    async function contentsOf(records: ReadRecord[]) {
      await emptied()
      await ingestInto().submit({ request_id: 'r', records })
      return contents()
    }

    test('rests on what that one stores', async () => {
      expect(await submitBoth(false)).toEqual({
        plans: 2,
        reads: 0,
        writes: 2,
        settled: ['fulfilled', 'fulfilled'],
      })
      const both = await contents()
      expect(both).toEqual(await contentsOf([...attempts(0), ...attempts(200)]))
    })

    test('is planned again when that one fails', async () => {
      expect(await submitBoth(true)).toEqual({
        plans: 3,
        reads: 1,
        writes: 2,
        settled: ['rejected', 'fulfilled'],
      })
      const second = await contents()
      expect(second).toEqual(await contentsOf(attempts(200)))
    })
  })

  test('a cached session that retention removed starts anew', async () => {
    const ingest = ingestInto()
    const event = (n: number) => [recordOf({ ...LOG[1], session: 'kept', username: `x${n}` })]
    for (const n of [1, 2, 3]) await ingest.submit({ request_id: 'r', records: event(n) })
    for (const table of ['sessions', 'attackers', 'event_keys', 'events'])
      await store.database.maintenance.query({ text: `DELETE FROM ${table}` })
    await ingest.submit({ request_id: 'r', records: event(4) })
    expect(await rows('SELECT event_count, version FROM sessions')).toEqual([{ event_count: 1, version: 1 }])
    expect(await rows('SELECT event_count, session_count FROM attackers')).toEqual([
      { event_count: 1, session_count: 1 },
    ])
  })

  test('a retry after midnight is a duplicate, though its partition is another', async () => {
    let at = Date.parse('2026-03-22T23:59:59.900Z')
    const ingest = createIngest({
      store: createIngestStore(store.database.ingest),
      quota: NO_QUOTA,
      ensurePartitions: () => ensurePartitions(store.database.maintenance, at),
      scorer: createRuleScorer(),
      countryOf: () => null,
      observer: { sessionScored: () => {}, escalated: () => {}, commitRetried: () => {} },
      now: () => at,
      maxQueuedRows: 100,
      bindKey: async (_key_id, sensor_id) => ({ kind: 'bound', sensor_id }),
      identitiesInUse: () => 'current',
    })
    const records = [recordOf(LOG[0] as object)]
    const [first] = await ingest.submit({ request_id: 'r', records })
    at += 1_000
    const [second] = await ingest.submit({ request_id: 'r', records })
    expect([first?.status, second?.status]).toEqual(['accepted', 'duplicate'])
  })
})
