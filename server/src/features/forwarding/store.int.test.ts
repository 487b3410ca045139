import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { until } from '../../testing/until.js'
import { createForwardStore, type ForwardStore } from './store.js'

const START = Date.parse('2026-03-22T12:00:00Z')
const CURSOR = 'test'

describe.each(inject('postgresServers'))('forwarding from $version', (server) => {
  let store: TestDatabase
  let events: ForwardStore
  let client: pg.Client
  let now: number
  beforeEach(async () => {
    now = START
    store = await createTestDatabase(server, START)
    events = createForwardStore(store.database.maintenance)
    client = new pg.Client({ connectionString: store.url })
    await client.connect()
  })
  afterEach(async () => {
    await client.end()
    await store.drop()
  })

  /** Stores an event as the present release does, or as 0.1.0: without a transaction id. */
  async function write(connection: pg.Client, xid = 'pg_current_xact_id()::text::bigint'): Promise<string> {
    const { id, sensor_id, sensor_kind, event_type, session_id, source_ip } = anEvent()
    await connection.query(
      `INSERT INTO events (id, received_at, occurred_at, sensor_id, sensor_kind, event_type, session_id, source_ip, commit_xid)
       VALUES ($1, $2, $2, $3, $4, $5, $6, $7, ${xid})`,
      [id, new Date(now), sensor_id, sensor_kind, event_type, session_id, source_ip],
    )
    return id
  }

  /** Transaction ids are those of the whole server: waits for the transactions that other databases have under way. */
  async function othersSettled(): Promise<void> {
    const underWay = async () => {
      const { rows } = await client.query<{ xid: string }>(
        `SELECT backend_xid::text AS xid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname <> current_database()`,
      )
      return rows.map(({ xid }) => xid)
    }
    const before = await underWay()
    await until(async () => {
      const still = await underWay()
      return !before.some((xid) => still.includes(xid))
    })
  }

  /** Everything that is forwarded now. */
  async function forwarded(limit = 2): Promise<string[]> {
    await othersSettled()
    const ids: string[] = []
    for (;;) {
      const batch = await events.next(CURSOR, new Date(now), limit)
      await events.advance(CURSOR, batch.position)
      if (batch.events.length === 0) return ids
      ids.push(...batch.events.map(({ id }) => id))
    }
  }

  test('an event that is committed an hour after its receipt is forwarded, once, whatever was forwarded meanwhile', async () => {
    await forwarded()
    const slow = new pg.Client({ connectionString: store.url })
    await slow.connect()
    await slow.query('BEGIN')
    const late = await write(slow)
    now += 3_600_000
    const meanwhile = [await write(client), await write(client), await write(client)]
    expect(await forwarded()).toEqual([])
    await slow.query('COMMIT')
    await slow.end()
    expect(await forwarded()).toEqual([late, ...meanwhile])
    now += 3_600_000
    expect(await forwarded()).toEqual([])
  })

  test('events of release 0.1.0 are forwarded, and its cursor goes on where it was', async () => {
    const before = await write(client, 'NULL')
    await client.query('INSERT INTO forward_cursors (name, received_at, id) VALUES ($1, $2, $3)', [
      CURSOR,
      new Date(now),
      before,
    ])
    now += 1_000
    const old = await write(client, 'NULL')
    const own = await write(client)
    now += 60_000
    expect((await forwarded()).sort()).toEqual([old, own].sort())
    const later = await write(client, 'NULL')
    now += 60_000
    expect(await forwarded()).toEqual([later])
  })

  test('after a restore into another cluster what was not forwarded and what is new is, whatever its transaction ids are', async () => {
    const done = await write(client)
    await forwarded()
    now += 1_000
    const pending = [await write(client, '900000000000'), await write(client, '1')]
    await client.query(
      `UPDATE forward_cursors SET cluster = 'another', commit_xid = 800000000000, received_at = $1`,
      [new Date(now - 500)],
    )
    expect(await forwarded()).toEqual([])
    now += 1_000
    const fresh = await write(client)
    expect(await forwarded()).toEqual([fresh])
    now += 60_000
    expect((await forwarded()).sort()).toEqual(pending.sort())
    expect(await forwarded()).not.toContain(done)
  })

  test('an index of the order of commits is on every partition that may hold transaction ids', async () => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS partitions, count(*) FILTER (WHERE EXISTS (
         SELECT FROM pg_indexes x WHERE x.tablename = c.relname AND x.indexdef LIKE '%brin (commit_xid)%'))::int AS indexed
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE inhparent = 'events'::regclass`,
    )
    expect(rows[0].partitions).toBeGreaterThan(0)
    expect(rows[0].indexed).toBe(rows[0].partitions)
  })
})
