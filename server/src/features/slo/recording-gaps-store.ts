import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { PLATFORM_UP } from './objective.js'
import type { GapCost, RecordingGap } from './recording-gaps.js'
import type { TimeRange } from './time-ranges.js'

/** When processes recorded and when none did, by the clock of the database. Times are milliseconds since the epoch. */
export interface RecordingGapsStore {
  /** The clock of the database. */
  now(): Promise<number>
  /**
   * Ranges, which may overlap, in which a process lived, or whose records a restore replaced; of those that end since then.
   * Of a process of release 0.1.0 each minute is a range in which it recorded `platform up`.
   */
  alive(since: number | null): Promise<TimeRange[]>
  /** Times between a backup and its restore, oldest first, of restores since then. They do not overlap. */
  restores(since: number): Promise<TimeRange[]>
  /** Stored gaps that end after `since`, oldest first. */
  gaps(since: number): Promise<RecordingGap[]>
  /** Every gap that began before is stored; null before the first search. */
  searchedUntil(): Promise<number | null>
}

/** Stores gaps, each once. */
export interface GapSearchStore {
  /**
   * Lets `search` find the gaps since the last search, and stores them with where the next one begins. Does nothing while another
   * process searches. A gap that is stored already stays as it is.
   */
  search(
    search: (
      searchedUntil: number | null,
    ) => Promise<{ gaps: readonly RecordingGap[]; searchedUntil: number | null }>,
  ): Promise<void>
}

/** A backup holds what was written by its last sign of life, at most so long before it. */
const LAST_SIGN_OF_LIFE = "interval '30 seconds'"
const UNMEASURED = `tstzrange(backup_made_at - ${LAST_SIGN_OF_LIFE}, restored_at)`
const AS_RANGE = `(extract(epoch FROM start) * 1000)::float8 AS "from", (extract(epoch FROM stop) * 1000)::float8 AS "to"`

const ALIVE = `
  SELECT ${AS_RANGE} FROM (
    SELECT started_at AS start, alive_until AS stop FROM platform_runs
    WHERE $1::float8 IS NULL OR alive_until >= to_timestamp($1 / 1000)
    UNION ALL
    SELECT DISTINCT bucket, bucket + interval '1 minute' FROM signals
    WHERE series = $2 AND span = 'minute' AND ($1::float8 IS NULL OR bucket >= to_timestamp($1 / 1000) - interval '1 minute')
      AND NOT EXISTS (SELECT FROM platform_runs WHERE platform_runs.recorder = signals.recorder)
    UNION ALL
    SELECT lower(${UNMEASURED}), upper(${UNMEASURED}) FROM restores
    WHERE restored_at >= backup_made_at AND ($1::float8 IS NULL OR restored_at >= to_timestamp($1 / 1000))
  ) AS ranges ORDER BY start`

interface CostRow extends TimeRange {
  series: string | null
  cost: number
  low: number
  high: number
  method: GapCost['method']
}

export function createRecordingGapsStore(database: Queryable): RecordingGapsStore {
  return {
    async now() {
      const [row] = await database.query<{ now: number }>({
        text: 'SELECT (extract(epoch FROM now()) * 1000)::float8 AS now',
      })
      return row?.now ?? Number.NaN
    },
    alive: (since) => database.query<TimeRange>({ text: ALIVE, values: [since, PLATFORM_UP] }),
    restores: (since) =>
      database.query<TimeRange>({
        text: `SELECT (extract(epoch FROM lower(r)) * 1000)::float8 AS "from", (extract(epoch FROM upper(r)) * 1000)::float8 AS "to"
          FROM (
            SELECT unnest(range_agg(${UNMEASURED})) FROM restores
            WHERE restored_at >= to_timestamp($1 / 1000.0) AND restored_at >= backup_made_at
          ) AS ranges (r) ORDER BY 1`,
        values: [since],
      }),
    async gaps(since) {
      const rows = await database.query<CostRow>({
        text: `SELECT (extract(epoch FROM started_at) * 1000)::float8 AS "from", (extract(epoch FROM stopped_at) * 1000)::float8 AS "to",
            series, cost, low, high, method
          FROM recording_gaps LEFT JOIN recording_gap_costs USING (started_at)
          WHERE stopped_at > to_timestamp($1 / 1000.0) ORDER BY started_at, series`,
        values: [since],
      })
      return gapsFrom(rows)
    },
    async searchedUntil() {
      const [row] = await database.query<{ at: number | null }>({ text: SEARCHED_UNTIL })
      return row?.at ?? null
    },
  }
}

const SEARCHED_UNTIL =
  'SELECT (extract(epoch FROM searched_until) * 1000)::float8 AS at FROM recording_gap_search'

export function createGapSearchStore(database: Transactional): GapSearchStore {
  return {
    search: (search) =>
      database.transaction(async (client) => {
        const [state] = await client.query<{ at: number | null }>({
          text: `${SEARCHED_UNTIL} FOR UPDATE SKIP LOCKED`,
        })
        if (!state) return
        const { gaps, searchedUntil } = await search(state.at)
        for (const gap of gaps) await insert(client, gap)
        await client.query({
          text: 'UPDATE recording_gap_search SET searched_until = greatest(searched_until, to_timestamp($1::float8 / 1000))',
          values: [searchedUntil],
        })
      }),
  }
}

async function insert(client: Queryable, { from, to, costs }: RecordingGap): Promise<void> {
  const stored = await client.query({
    text: `INSERT INTO recording_gaps (started_at, stopped_at) VALUES (to_timestamp($1::float8 / 1000), to_timestamp($2::float8 / 1000))
      ON CONFLICT DO NOTHING RETURNING 1`,
    values: [from, to],
  })
  if (stored.length === 0) return
  const rows = [...costs]
  await client.query({
    text: `INSERT INTO recording_gap_costs (started_at, series, cost, low, high, method)
      SELECT to_timestamp($1::float8 / 1000), * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])`,
    values: [
      from,
      rows.map(([series]) => series),
      rows.map(([, { cost }]) => cost),
      rows.map(([, { low }]) => low),
      rows.map(([, { high }]) => high),
      rows.map(([, { method }]) => method),
    ],
  })
}

function gapsFrom(rows: readonly CostRow[]): RecordingGap[] {
  const gaps: Array<TimeRange & { costs: Map<string, GapCost> }> = []
  for (const { from, to, series, cost, low, high, method } of rows) {
    let gap = gaps.at(-1)
    if (gap?.from !== from) {
      gap = { from, to, costs: new Map() }
      gaps.push(gap)
    }
    if (series !== null) gap?.costs.set(series, { cost, low, high, method })
  }
  return gaps
}
