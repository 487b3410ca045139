import type { Queryable } from './database.js'

/** The time as the database has it, by which replicas with clocks of their own agree. */
export interface DatabaseClock {
  /**
   * Milliseconds since the epoch: the time of this process, corrected by its measured skew. Before the first measurement, and
   * where the skew is too small or too large to correct, the time of this process.
   */
  now(): number
  /**
   * How far the clock of this process is at least ahead of the database's (negative: behind), in milliseconds; null before the first
   * measurement. What may be an error of the measurement is left out.
   */
  skewMs(): number | null
  /** Compares the clocks. Rejects when the database cannot be asked; what was measured before then stays. */
  measure(): Promise<void>
}

/** One comparison of the clocks. Milliseconds. */
export interface ClockSample {
  /** When it was made, by the clock of this process. */
  at: number
  /** How far that clock was ahead; within half of the round trip. */
  skewMs: number
  roundTripMs: number
}

/** Clocks drift apart, so a better sample is kept for so long only. */
const SAMPLE_KEPT_MS = 60_000
/** Below it the correction would move the time more than it sets it right. */
const SMALLEST_CORRECTION_MS = 50
/** A clock that is further off is set wrongly, and its operator must set it. */
const LARGEST_CORRECTION_MS = 600_000

/** Starts without a measurement. @param now milliseconds since the epoch, by the clock of this process. */
export function createDatabaseClock(database: Queryable, now: () => number): DatabaseClock {
  let sample: ClockSample | null = null
  return {
    now: () => now() - correctionOf(sample),
    skewMs: () => (sample === null ? null : certainSkewOf(sample)),
    async measure() {
      const before = now()
      const [row] = await database.query<{ at: number }>({
        name: 'database-clock',
        text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
      })
      const after = now()
      if (row) sample = betterOf(sample, sampleOf(before, row.at, after))
    },
  }
}

/** The database read its clock between `before` and `after`; the middle is wrong by half of the round trip at most (RFC 5905, 8). */
export function sampleOf(before: number, database: number, after: number): ClockSample {
  return { at: after, skewMs: (before + after) / 2 - database, roundTripMs: after - before }
}

/**
 * The sample to go by: the one with the shorter round trip, unless it is old or contradicts the newer one, as it does after a clock
 * was set. Pure.
 */
export function betterOf(known: ClockSample | null, fresh: ClockSample): ClockSample {
  if (known === null || known.roundTripMs >= fresh.roundTripMs) return fresh
  const age = fresh.at - known.at
  if (age < 0 || age > SAMPLE_KEPT_MS) return fresh
  const apart = Math.abs(known.skewMs - fresh.skewMs)
  return apart > (known.roundTripMs + fresh.roundTripMs) / 2 ? fresh : known
}

/** The part of a measured skew that cannot be its error, in milliseconds. */
export function certainSkewOf({ skewMs, roundTripMs }: ClockSample): number {
  return Math.sign(skewMs) * Math.max(0, Math.abs(skewMs) - roundTripMs / 2)
}

/** Milliseconds to take from the clock of this process. A skew within the round trip may be none at all. */
export function correctionOf(sample: ClockSample | null): number {
  if (sample === null) return 0
  const skew = Math.abs(sample.skewMs)
  const isKnown = skew > Math.max(SMALLEST_CORRECTION_MS, sample.roundTripMs)
  return isKnown && skew <= LARGEST_CORRECTION_MS ? sample.skewMs : 0
}
