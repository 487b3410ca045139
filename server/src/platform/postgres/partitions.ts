import type pg from 'pg'
import type { Database, Queryable } from './database.js'
import { sqlState } from './sqlstate.js'

/** Days ahead for which partitions exist: maintenance may fail that long before anybody notices. */
const DAYS_AHEAD = 7
const DAY_MS = 86_400_000
const LOCK_NOT_AVAILABLE = '55P03'
/** Who waits for a lock makes others wait behind; nobody waits longer than this. */
const LOCK_TIMEOUT_MS = 2_000
const CREATE_ATTEMPTS = 5
/** With the timeout, a minute for each run; the next one is an hour later. */
const DROP_ATTEMPTS = 30

/**
 * Makes sure that events received from today until a week ahead have a partition. Days are UTC.
 * Safe to run from several servers at once.
 */
export async function ensurePartitions(database: Queryable, now: number): Promise<void> {
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
    await ensurePartition(database, new Date(now + ahead * DAY_MS).toISOString().slice(0, 10))
  }
}

/** @param day a UTC date, `YYYY-MM-DD`. */
export async function ensurePartition(database: Queryable, day: string): Promise<void> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new RangeError(`not a day: ${day}`)
  const [found] = await database.query<{ attached: boolean }>({
    text: `SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'events'::regclass AND inhrelid = to_regclass('${partitionOf(day)}')) AS attached`,
  })
  if (found?.attached) return
  const next = new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10)
  // One text is one transaction. Unlike CREATE ... PARTITION OF, ATTACH does not wait for readers of the other partitions.
  const name = partitionOf(day)
  const text = `SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}ms', true);
    CREATE TABLE ${name} (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);
    ALTER TABLE events ATTACH PARTITION ${name} FOR VALUES FROM ('${day}Z') TO ('${next}Z')`
  for (let attempt = 1; ; attempt += 1) {
    try {
      await database.query({ text })
      return
    } catch (error) {
      const madeByAnother = ['42P07', '23505', '40P01'].includes(sqlState(error))
      if (madeByAnother) return
      if (sqlState(error) !== LOCK_NOT_AVAILABLE || attempt === CREATE_ATTEMPTS) throw error
    }
  }
}

/** What became of the partitions that are too old. */
export interface DroppedPartitions {
  dropped: string[]
  /** Readers held them for too long; the next run goes on with them. */
  postponed: string[]
}

/**
 * Drops the partitions of days before `cutoff` without ever making a writer of `events` wait: each is detached first,
 * which waits for its readers without a lock that an INSERT needs, and never longer than the bound.
 */
export async function dropPartitionsBefore(
  database: Database['maintenance'],
  cutoff: number,
): Promise<DroppedPartitions> {
  const first = partitionOf(new Date(cutoff).toISOString().slice(0, 10))
  return database.borrow(async (client) => {
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
    const old = (await oldPartitions(client)).filter(({ name }) => name < first)
    const result: DroppedPartitions = { dropped: [], postponed: [] }
    for (const { name } of old) {
      const done = await dropPartition(client, name)
      result[done ? 'dropped' : 'postponed'].push(name)
      // PostgreSQL detaches one partition of a table at a time.
      if (!done) {
        result.postponed.push(
          ...old.slice(old.findIndex((each) => each.name === name) + 1).map((each) => each.name),
        )
        break
      }
    }
    return result
  })
}

type PartitionState = 'attached' | 'detaching' | 'detached'

/** Those that an interrupted run left half detached come first, then by day. */
async function oldPartitions(client: pg.PoolClient): Promise<Array<{ name: string; state: PartitionState }>> {
  const { rows } = await client.query<{ name: string; state: PartitionState }>(`
    SELECT c.relname::text AS name,
      CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END AS state
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'events'::regclass
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '^events_[0-9]{8}$'
    ORDER BY i.inhdetachpending DESC NULLS LAST, c.relname`)
  return rows
}

/** @returns false when its readers did not end in time. */
async function dropPartition(client: pg.PoolClient, name: string): Promise<boolean> {
  for (let attempt = 1; attempt <= DROP_ATTEMPTS; attempt += 1) {
    try {
      const state = (await oldPartitions(client)).find((each) => each.name === name)?.state
      if (state === 'attached') await client.query(`ALTER TABLE events DETACH PARTITION ${name} CONCURRENTLY`)
      if (state === 'detaching') await client.query(`ALTER TABLE events DETACH PARTITION ${name} FINALIZE`)
      await client.query(`DROP TABLE IF EXISTS ${name}`)
      return true
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error
    }
  }
  return false
}

function partitionOf(day: string): string {
  return `events_${day.replaceAll('-', '')}`
}
