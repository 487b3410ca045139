import type { Database, Queryable } from '../../platform/postgres/database.js'
import { dropPartitionsBefore } from '../../platform/postgres/partitions.js'

/** Rows a statement deletes at most, so that none holds locks or floods the log for long. */
const BATCH = 10_000
const DAY_MS = 86_400_000
/** Rollups are small and answer "how was last year"; they outlive the events. */
const ROLLUP_DAYS = 400

/** Signals by the second serve alerts alone; minutes carry SLOs, hours the reviews. */
const SIGNAL_DAYS = [
  ['second', 1 / 24],
  ['minute', 90],
  ['hour', ROLLUP_DAYS],
] as const

/** What a retention run removed. */
export interface Removed {
  partitions: string[]
  /** Partitions that were still being read. */
  postponed: string[]
  rows: Record<string, number>
}

/**
 * Removes what was received more than `days` ago: whole partitions of events, then in small batches what belonged to
 * them. Sessions and attackers go when nothing of theirs was received since.
 */
export async function applyRetention(
  database: Database['maintenance'],
  now: number,
  days: number,
): Promise<Removed> {
  // Partitions are whole days, so rows go by whole days, too: nothing that is left points to an event that is gone.
  const cutoff = Math.floor((now - days * DAY_MS) / DAY_MS) * DAY_MS
  const { dropped: partitions, postponed } = await dropPartitionsBefore(database, cutoff)
  const rows: Record<string, number> = {}
  const before = new Date(cutoff)
  for (const [table, column] of [
    ['event_keys', 'received_at'],
    ['record_texts', 'received_on'],
    ['quarantine', 'received_at'],
    ['recordings', 'last_received_at'],
    ['sessions', 'last_received_at'],
    ['attackers', 'last_received_at'],
    ['alerts', 'raised_at'],
    ['alert_mutes', 'expires_at'],
    ['deliveries', 'created_at'],
    ['ws_tickets', 'expires_at'],
    ['token_families', 'expires_at'],
  ] as const) {
    rows[table] = await deleteBefore(database, table, column, before)
  }
  // The last keys of the former identity are gone with the rows above.
  await database.query({
    text: 'UPDATE identity_state SET former_written_at = NULL WHERE former_written_at < $1',
    values: [before],
  })
  for (const [span, days] of SIGNAL_DAYS) {
    rows[`signals (${span})`] = await deleteBefore(
      database,
      'signals',
      'bucket',
      new Date(now - days * DAY_MS),
      span,
    )
  }
  rows['ops_transitions'] = await deleteBefore(
    database,
    'ops_transitions',
    'at',
    new Date(now - ROLLUP_DAYS * DAY_MS),
  )
  const recordsBefore = new Date(now - ROLLUP_DAYS * DAY_MS)
  rows['platform_runs'] = await deleteBefore(database, 'platform_runs', 'alive_until', recordsBefore)
  rows['recording_gaps'] = await deleteBefore(database, 'recording_gaps', 'stopped_at', recordsBefore)
  rows['llm_requests'] = await deleteBefore(database, 'llm_requests', 'day', recordsBefore)
  rows['operational_notifications'] = await deleteBefore(
    database,
    'operational_notifications',
    'at',
    recordsBefore,
  )
  rows['refused_keys'] = await deleteBefore(database, 'refused_keys', 'last_at', before)
  rows['ops_silences'] = await deleteBefore(database, 'ops_silences', 'ends_at', before)
  rows['replicas'] = await deleteBefore(database, 'replicas', 'seen_at', new Date(now - DAY_MS))
  const rollupsBefore = new Date(now - Math.max(ROLLUP_DAYS, days) * DAY_MS)
  for (const table of ['event_rollups', 'session_rollups', 'attacker_hours', 'attacker_days'] as const) {
    rows[table] = await deleteBefore(database, table, 'bucket', rollupsBefore)
  }
  await gatherAttackerCounts(database, now)
  return { partitions, postponed, rows }
}

/** Puts the counts of the sixteen shards of each hour of former days together, and removes the hours without attackers. */
async function gatherAttackerCounts(database: Queryable, now: number): Promise<void> {
  await database.query({
    text: `WITH gone AS (
        DELETE FROM attacker_counts WHERE shard >= 0 AND last_seen_hour < seen_slot($1) / 12 RETURNING last_seen_hour, attackers
      )
      INSERT INTO attacker_counts AS c (last_seen_hour, shard, attackers)
      SELECT last_seen_hour, -1, sum(attackers) FROM gone GROUP BY 1
      ON CONFLICT (last_seen_hour, shard) DO UPDATE SET attackers = c.attackers + excluded.attackers`,
    values: [new Date(now - DAY_MS)],
  })
  await database.query({ text: 'DELETE FROM attacker_counts WHERE shard < 0 AND attackers = 0' })
}

/** Table and column are literals of this file. */
async function deleteBefore(
  database: Queryable,
  table: string,
  column: string,
  before: Date,
  span?: 'second' | 'minute' | 'hour',
): Promise<number> {
  const ofSpan = span === undefined ? '' : ` AND span = '${span}'`
  let deleted = 0
  for (;;) {
    const [row] = await database.query<{ count: number }>({
      text: `WITH gone AS (
          DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${column} < $1${ofSpan} LIMIT ${BATCH})) RETURNING 1
        ) SELECT count(*) FROM gone`,
      values: [before],
    })
    deleted += row?.count ?? 0
    if ((row?.count ?? 0) < BATCH) return deleted
  }
}
