import type { Queryable } from './database.js'
import { sqlState } from './sqlstate.js'

/** Days ahead for which partitions exist: maintenance may fail that long before anybody notices. */
const DAYS_AHEAD = 7
const DAY_MS = 86_400_000

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
  const next = new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10)
  // Both are dates, checked above; DDL takes no parameters.
  const text = `CREATE TABLE IF NOT EXISTS ${partitionOf(day)} PARTITION OF events FOR VALUES FROM ('${day}Z') TO ('${next}Z')`
  await database.query({ text }).catch((error: unknown) => {
    const madeByAnother = ['42P07', '23505', '40P01'].includes(sqlState(error))
    if (!madeByAnother) throw error
  })
}

/** Drops the partitions of days before `cutoff`. @returns names of those dropped. */
export async function dropPartitionsBefore(database: Queryable, cutoff: number): Promise<string[]> {
  const partitions = await database.query<{ name: string }>({
    text: `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass`,
  })
  const first = partitionOf(new Date(cutoff).toISOString().slice(0, 10))
  const old = partitions.map(({ name }) => name).filter((name) => /^events_\d{8}$/.test(name) && name < first)
  for (const name of old) await database.query({ text: `DROP TABLE IF EXISTS ${name}` })
  return old.sort()
}

function partitionOf(day: string): string {
  return `events_${day.replaceAll('-', '')}`
}
