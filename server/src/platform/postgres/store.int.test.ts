import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { planCommit } from '../../features/ingest/commit-plan.js'
import { NO_KEY } from '../../features/ingest/commit-rows.js'
import { createIngestStore } from '../../features/ingest/store.js'
import { gather } from '../../features/ingest/write-group.js'
import { writeStatement } from '../../features/ingest/write-statement-store.js'
import { applyRetention } from '../../features/retention/store.js'
import { createRuleScorer } from '../../features/scoring/rules.js'
import { anEvent } from '../../testing/events.js'
import { silent } from '../../testing/silent.js'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { until } from '../../testing/until.js'
import { StoreUnavailableError } from '../errors.js'
import { openDatabase } from './database.js'
import { MigrationError, migrate } from './migrate.js'
import { ensurePartitions } from './partitions.js'
import { isConflict } from './sqlstate.js'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-03-22T12:00:00Z')

describe.each(inject('postgresServers'))('the store on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterEach(() => store.drop())
  const rows = (text: string) => store.database.app.query<Record<string, unknown>>({ text })
  const write = (...events: ReturnType<typeof anEvent>[]) =>
    createIngestStore(store.database.ingest).write(
      writeStatement(
        gather([{ request_id: 'r', traceparent: '', key_id: NO_KEY, records: [{ events }] }]),
        events,
        planCommit(events, new Map(), createRuleScorer()),
      ),
    )

  test('migrations lead to the schema that schema.txt describes', async () => {
    const described = await rows(`
      SELECT format('%s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
      UNION ALL
      SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '^events_'
      UNION ALL
      SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype = 'f'
      ORDER BY 1`)
    const schema = `${described.map(({ line }) => line).join('\n')}\n`
    await expect(schema).toMatchFileSnapshot('../../../schema.txt')
  })

  test('migrating again changes nothing; a newer database is used while nothing of it is breaking', async () => {
    expect(await migrate(store.database, silent('test'))).toEqual([])
    await rows(`INSERT INTO schema_migrations (name) VALUES ('9998-from-the-future.sql')`)
    expect(await migrate(store.database, silent('test'))).toEqual([])
    await rows(`INSERT INTO schema_migrations (name, breaking) VALUES ('9999-from-the-future.sql', true)`)
    await expect(migrate(store.database, silent('test'))).rejects.toThrow(MigrationError)
  })

  test('every migration since 0.1.0 states its lock, its disk and its rollback', () => {
    const directory = new URL('../../../migrations/', import.meta.url)
    for (const name of readdirSync(directory).filter((file) => file > '0006')) {
      const header = readFileSync(new URL(name, directory), 'utf8')
      for (const what of ['Lock', 'Disk', 'Rollback'])
        expect([name, header]).toEqual([name, expect.stringMatching(new RegExp(`^-- ${what}: .`, 'm'))])
    }
  })

  test('two servers that start together migrate once', async () => {
    await rows('DROP SCHEMA public CASCADE')
    await rows('CREATE SCHEMA public')
    const applied = await Promise.all([
      migrate(store.database, silent('a')),
      migrate(store.database, silent('b')),
    ])
    expect(applied.flat()).toEqual(readdirSync(new URL('../../../migrations/', import.meta.url)).sort())
  })

  test('writing an event twice, or a session that changed meanwhile, is a conflict and writes nothing', async () => {
    const event = anEvent()
    await write(event)
    for (const late of [event, anEvent()]) {
      const failed = await write(late).then(
        () => null,
        (error: unknown) => error,
      )
      expect(isConflict(failed)).toBe(true)
    }
    expect(
      await rows(
        'SELECT (SELECT count(*) FROM events) AS events, (SELECT sum(events)::int FROM attacker_hours) AS hours',
      ),
    ).toEqual([{ events: 1, hours: 1 }])
  })

  test('retention drops what was received before, and nothing after', async () => {
    const old = NOW - 100 * DAY_MS
    await ensurePartitions(store.database.maintenance, old)
    const received = (ms: number) => ({ received_at: `${new Date(ms).toISOString().slice(0, -1)}000Z` })
    await write(anEvent({ ...received(old), session_key: 'old', source_ip: '203.0.113.1' }))
    await write(anEvent({ ...received(NOW), session_key: 'new', source_ip: '203.0.113.2' }))
    const removed = await applyRetention(store.database.maintenance, NOW, 90)
    expect(removed.partitions).toContain('events_20251212')
    expect(removed.rows).toMatchObject({ event_keys: 1, sessions: 1, attackers: 1 })
    for (const table of ['events', 'event_keys', 'sessions', 'attackers']) {
      expect(await rows(`SELECT host(source_ip) AS ip FROM ${table}`)).toEqual([{ ip: '203.0.113.2' }])
    }
  })

  test('retention waits for a reader of events, and no INSERT waits behind it', async () => {
    const old = NOW - 100 * DAY_MS
    await ensurePartitions(store.database.maintenance, old)
    const retention = await store.database.maintenance.borrow(async (reader) => {
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await reader.query('SELECT count(*) FROM events')
      const running = applyRetention(store.database.maintenance, NOW, 95)
      await until(async () => (await rows(`SELECT FROM pg_inherits WHERE inhdetachpending`)).length > 0)
      await write(anEvent())
      // A day that nobody has prepared gets its partition, too.
      await ensurePartitions(store.database.maintenance, NOW + 30 * DAY_MS)
      await reader.query('COMMIT')
      return running
    })
    expect(await retention).toMatchObject({
      partitions: expect.arrayContaining(['events_20251212']),
      postponed: [],
    })
    expect(await rows(`SELECT FROM pg_class WHERE relname = 'events_20251212'`)).toEqual([])
    expect(await rows('SELECT count(*) FROM events')).toEqual([{ count: 1 }])
  })

  test('a partition that an interrupted run left half detached is finished by the next', async () => {
    await ensurePartitions(store.database.maintenance, NOW - 100 * DAY_MS)
    await store.database.maintenance.borrow(async (reader) => {
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await reader.query('SELECT count(*) FROM events')
      await store.database.maintenance.borrow(async (client) => {
        await client.query(`SET lock_timeout = '1ms'`)
        await expect(
          client.query('ALTER TABLE events DETACH PARTITION events_20251213 CONCURRENTLY'),
        ).rejects.toThrow('lock timeout')
      })
    })
    const removed = await applyRetention(store.database.maintenance, NOW, 90)
    expect(removed.partitions).toHaveLength(8)
    expect(removed.postponed).toEqual([])
  })

  test('timestamps come back as they went in, to the microsecond', async () => {
    await write(
      anEvent({ occurred_at: '2026-03-22T11:59:00.120000Z' }),
      anEvent({ occurred_at: '2026-03-22T11:59:00.000001Z' }),
    )
    expect(await rows('SELECT occurred_at FROM events ORDER BY 1')).toEqual([
      { occurred_at: '2026-03-22T11:59:00.000001Z' },
      { occurred_at: '2026-03-22T11:59:00.120000Z' },
    ])
  })
})

test.each(inject('postgresServers'))(
  'a database that is closed has no connection left on $version',
  async (postgres) => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const database = openDatabase({ connectionString: url }, silent('test'), () => {})
    const watching = openDatabase({ connectionString: url }, silent('test'), () => {})
    try {
      const pids = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const [row] = await database.app.query<{ pid: number }>({
            text: 'SELECT pg_backend_pid() AS pid, pg_sleep(0.05)',
          })
          return row?.pid
        }),
      )
      await database.close()
      expect(
        await watching.app.query({
          text: 'SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1)',
          values: [pids],
        }),
      ).toEqual([])
    } finally {
      await watching.close()
      await drop()
    }
  },
)

test('a database that is not there is said to be so, quickly', async () => {
  const database = openDatabase(
    { connectionString: 'postgres://nobody@127.0.0.1:9/none' },
    silent('test'),
    () => {},
  )
  expect([await database.isReachable(), await database.isReachable()]).toEqual([true, false])
  await expect(database.app.query({ text: 'SELECT 1' })).rejects.toThrow(StoreUnavailableError)
  await database.close()
})
