import type { Queryable } from '../../platform/postgres/database.js'
import type { TimeRange } from './time-ranges.js'

export type SignalSpan = 'second' | 'minute' | 'hour'

/** What one process counted of one series in one span of time. */
export interface SignalBucket {
  series: string
  span: SignalSpan
  /** Start, milliseconds since the epoch. */
  bucket: number
  total: number
  good: number
  /** An encoded distribution, of series that have one. */
  sketch: Buffer | null
}

/** The same, of all processes together. */
export interface SignalCounts {
  series: string
  bucket: number
  total: number
  good: number
}

export interface SignalSketch {
  series: string
  bucket: number
  sketches: Buffer[]
}

/** One minute of a series that knows only good minutes and bad ones. */
export interface MinuteSlice {
  series: string
  /** Start, milliseconds since the epoch. */
  minute: number
  good: boolean
}

/** The time series that replicas count in. */
export interface SignalStore {
  write(recorder: string, buckets: readonly SignalBucket[]): Promise<void>
  /** Writes slices, at most one of a series and minute; a minute that anybody wrote as bad stays bad, however many write it. */
  writeSlices(slices: readonly MinuteSlice[]): Promise<void>
  /** Counts of the series in any of the ranges, oldest first. */
  counts(series: readonly string[], span: SignalSpan, ranges: readonly TimeRange[]): Promise<SignalCounts[]>
  /** The same of every series whose name starts with `prefix`, summed up over the range. */
  totals(prefix: string, span: SignalSpan, range: TimeRange): Promise<Array<Omit<SignalCounts, 'bucket'>>>
  sketches(series: readonly string[], span: SignalSpan, ranges: readonly TimeRange[]): Promise<SignalSketch[]>
  /** When the populations of the objectives last changed, milliseconds since the epoch; null: never. */
  populationChangedAt(): Promise<number | null>
  /** Start of the newest minute of each series. */
  newest(series: readonly string[], since: number): Promise<Map<string, number>>
  /** Start of the oldest minute of each series. */
  oldest(series: readonly string[]): Promise<Map<string, number>>
}

const WRITE = {
  name: 'signals-write',
  text: `
    INSERT INTO signals (series, span, bucket, recorder, total, good, sketch)
    SELECT series, span, to_timestamp(bucket / 1000.0), $1, total, good, sketch
    FROM unnest($2::text[], $3::text[], $4::float8[], $5::bigint[], $6::bigint[], $7::bytea[])
      AS u (series, span, bucket, total, good, sketch)
    ORDER BY series, span, bucket
    ON CONFLICT (series, span, bucket, recorder) DO UPDATE SET
      total = excluded.total, good = excluded.good, sketch = excluded.sketch`,
}

/** Slices belong to the minute and not to a process: what every process writes of one is the same row. */
const SLICE_RECORDER = '00000000-0000-0000-0000-000000000000'

/** `xmax` is 0 in a row that was inserted. The hour is what its minutes sum up to, so it changes by what changed in them. */
const WRITE_SLICES = {
  name: 'signals-write-slices',
  text: `
    WITH slices AS (
      INSERT INTO signals (series, span, bucket, recorder, total, good)
      SELECT series, 'minute', to_timestamp(minute / 1000.0), $1, 1, good
      FROM unnest($2::text[], $3::float8[], $4::bigint[]) AS u (series, minute, good)
      ORDER BY series, minute
      ON CONFLICT (series, span, bucket, recorder) DO UPDATE SET good = excluded.good WHERE signals.good > excluded.good
      RETURNING series, bucket, good, xmax = 0 AS is_new
    )
    INSERT INTO signals (series, span, bucket, recorder, total, good)
    SELECT series, 'hour', date_trunc('hour', bucket), $1, count(*) FILTER (WHERE is_new), sum(CASE WHEN is_new THEN good ELSE -1 END)
    FROM slices GROUP BY series, date_trunc('hour', bucket) ORDER BY 1, 3
    ON CONFLICT (series, span, bucket, recorder) DO UPDATE SET
      total = signals.total + excluded.total, good = signals.good + excluded.good`,
}

const IN_RANGES = `
  FROM unnest($3::float8[], $4::float8[]) AS r (start, stop)
  JOIN signals ON bucket >= to_timestamp(r.start / 1000) AND bucket < to_timestamp(r.stop / 1000)
  WHERE series = ANY ($1::text[]) AND span = $2`
const BUCKET_MS = `(extract(epoch FROM bucket) * 1000)::float8 AS bucket`

export function createSignalStore(database: Queryable): SignalStore {
  return { ...bucketWriter(database), ...bucketReader(database), ...coverageReader(database) }
}

function bucketWriter(database: Queryable): Pick<SignalStore, 'write' | 'writeSlices'> {
  return {
    async writeSlices(slices) {
      await database.query({
        ...WRITE_SLICES,
        values: [
          SLICE_RECORDER,
          slices.map(({ series }) => series),
          slices.map(({ minute }) => minute),
          slices.map(({ good }) => Number(good)),
        ],
      })
    },
    async write(recorder, buckets) {
      await database.query({
        ...WRITE,
        values: [
          recorder,
          buckets.map(({ series }) => series),
          buckets.map(({ span }) => span),
          buckets.map(({ bucket }) => bucket),
          buckets.map(({ total }) => total),
          buckets.map(({ good }) => good),
          buckets.map(({ sketch }) => sketch),
        ],
      })
    },
  }
}

/** What the buckets of series hold. */
function bucketReader(database: Queryable): Pick<SignalStore, 'counts' | 'totals' | 'sketches'> {
  return {
    counts: (series, span, ranges) =>
      database.query<SignalCounts>({
        name: 'signals-counts',
        text: `SELECT series, ${BUCKET_MS}, sum(total)::bigint AS total, sum(good)::bigint AS good
          ${IN_RANGES} GROUP BY series, signals.bucket ORDER BY series, signals.bucket`,
        values: [series, span, ranges.map(({ from }) => from), ranges.map(({ to }) => to)],
      }),
    totals: (prefix, span, { from, to }) =>
      database.query<Omit<SignalCounts, 'bucket'>>({
        text: `SELECT series, sum(total)::bigint AS total, sum(good)::bigint AS good FROM signals
          WHERE starts_with(series, $1) AND span = $2 AND bucket >= to_timestamp($3 / 1000.0) AND bucket < to_timestamp($4 / 1000.0)
          GROUP BY series ORDER BY series`,
        values: [prefix, span, from, to],
      }),
    sketches: (series, span, ranges) =>
      database.query<SignalSketch>({
        name: 'signals-sketches',
        text: `SELECT series, ${BUCKET_MS}, array_agg(sketch) AS sketches
          ${IN_RANGES} AND sketch IS NOT NULL GROUP BY series, signals.bucket ORDER BY series, signals.bucket`,
        values: [series, span, ranges.map(({ from }) => from), ranges.map(({ to }) => to)],
      }),
  }
}

/** When series have buckets. */
function coverageReader(database: Queryable): Pick<SignalStore, 'populationChangedAt' | 'newest' | 'oldest'> {
  return {
    async populationChangedAt() {
      const [row] = await database.query<{ at: number | null }>({
        text: `SELECT (extract(epoch FROM max(changed_at)) * 1000)::float8 AS at FROM slo_population_changes`,
      })
      return row?.at ?? null
    },
    async newest(series, since) {
      const rows = await database.query<{ series: string; bucket: number }>({
        text: `SELECT s.series, (extract(epoch FROM n.bucket) * 1000)::float8 AS bucket
          FROM unnest($1::text[]) AS s (series), LATERAL (
            SELECT bucket FROM signals WHERE signals.series = s.series AND span = 'minute' AND bucket >= to_timestamp($2 / 1000.0)
            ORDER BY bucket DESC LIMIT 1) n`,
        values: [series, since],
      })
      return new Map(rows.map(({ series: name, bucket }) => [name, bucket]))
    },
    async oldest(series) {
      const rows = await database.query<{ series: string; bucket: number }>({
        text: `SELECT s.series, (extract(epoch FROM o.bucket) * 1000)::float8 AS bucket
          FROM unnest($1::text[]) AS s (series), LATERAL (
            SELECT bucket FROM signals WHERE signals.series = s.series AND span = 'minute' ORDER BY bucket LIMIT 1) o`,
        values: [series],
      })
      return new Map(rows.map(({ series: name, bucket }) => [name, bucket]))
    },
  }
}
