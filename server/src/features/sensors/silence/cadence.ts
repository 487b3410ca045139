/**
 * How often a sensor sends, learned from what it sent, and how long it may be silent. Pure.
 *
 * A sensor is a renewal process: between two receipts lies a gap of g seconds. At a random moment the sensor has been silent for longer
 * than L with the probability
 *
 *     P(silence > L) = Σ max(0, g − L) / Σ g
 *
 * (the age of a renewal process, Cox, Renewal Theory, 1962, chapter 5). A quantile of the gaps themselves would not do: a sensor that
 * sends each minute by day and nothing by night has one long gap in a thousand, and is silent for a third of its time.
 */

/** Gaps are counted by length: bucket n holds those up to 60 · 2^(n/2) seconds; the last one is 30 days and above. */
const FIRST_BOUND_SECONDS = 60
const BUCKETS_AN_OCTAVE = 2
export const GAP_BUCKETS = 32
/** After so long a gap counts half. */
const HALF_LIFE_SECONDS = 7 * 86_400
/** Share of the time that a sensor may be silent for longer than the quantile. */
const SILENT_SHARE = 0.01
/** The limit is so many times the quantile. */
const SAFETY_FACTOR = 2
/** Nobody is alerted of a shorter silence of a sensor without heartbeats. */
export const SHORTEST_LIMIT_SECONDS = 30 * 60
/** Longest limit, learned or set. */
export const LONGEST_LIMIT_SECONDS = 30 * 86_400
/** Heartbeats that may be missed. */
const MISSED_HEARTBEATS = 3
/** A limit by heartbeats is at least that: looks are a minute apart. */
const SHORTEST_HEARTBEAT_LIMIT_SECONDS = 120

/** What suffices to judge a sensor that nobody set a limit for. */
export const EVIDENCE = {
  events: { gaps: 24, observedSeconds: 24 * 3600 },
  heartbeats: { gaps: 5, observedSeconds: 10 * 60 },
} as const

/** The longest gap that a bucket holds, in seconds. */
export function boundOf(bucket: number): number {
  return FIRST_BOUND_SECONDS * 2 ** (bucket / BUCKETS_AN_OCTAVE)
}

/** The bucket of a gap. @param seconds any number; what is longer than every bound is in the last one. */
export function bucketOf(seconds: number): number {
  if (!(seconds > FIRST_BOUND_SECONDS)) return 0
  const bucket = Math.ceil(Math.log2(seconds / FIRST_BOUND_SECONDS) * BUCKETS_AN_OCTAVE)
  return Math.min(bucket, GAP_BUCKETS - 1)
}

/**
 * Counts a gap; those before it weigh half after {@link HALF_LIFE_SECONDS}. A gap counts at most as twice the present limit: a sensor that
 * was broken for a week has not learned to be silent for a week, and one that is silent each night has learned it after some nights.
 * @param weights of {@link GAP_BUCKETS} buckets, or none at first. @param gapSeconds of the platform's own time.
 * @param limitSeconds the present limit; null before there is one.
 */
export function learnGap(
  weights: readonly number[],
  gapSeconds: number,
  limitSeconds: number | null,
): number[] {
  const decay = 2 ** (-Math.max(0, gapSeconds) / HALF_LIFE_SECONDS)
  const counted = limitSeconds === null ? gapSeconds : Math.min(gapSeconds, 2 * limitSeconds)
  const learned = Array.from({ length: GAP_BUCKETS }, (_, bucket) => (weights[bucket] ?? 0) * decay)
  const bucket = bucketOf(counted)
  learned[bucket] = (learned[bucket] ?? 0) + 1
  return learned
}

/**
 * The silence that is exceeded during `share` of the time, in seconds: the smallest L with Σ w · max(0, g − L) ≤ share · Σ w · g, where g is
 * the bound of a bucket and w its weight. A bound is up to 41 % longer than a gap in its bucket, so the answer is rather too long. 0 without gaps.
 */
export function silenceQuantile(weights: readonly number[], share = SILENT_SHARE): number {
  const total = weights.reduce((sum, weight, bucket) => sum + weight * boundOf(bucket), 0)
  if (!(total > 0)) return 0
  const allowed = share * total
  // Between two bounds the excess is linear in L; from the longest gap down it grows by the weight of all longer gaps.
  let excess = 0
  let longer = 0
  for (let bucket = weights.length - 1; bucket >= 0; bucket -= 1) {
    const bound = boundOf(bucket)
    longer += weights[bucket] ?? 0
    const next = bucket === 0 ? 0 : boundOf(bucket - 1)
    const grown = excess + longer * (bound - next)
    if (grown >= allowed) return longer > 0 ? bound - (allowed - excess) / longer : bound
    excess = grown
  }
  return 0
}

/** How long a sensor without heartbeats may be silent, in whole seconds. */
export function learnedLimit(weights: readonly number[]): number {
  const limit = Math.ceil(SAFETY_FACTOR * silenceQuantile(weights))
  return Math.min(Math.max(limit, SHORTEST_LIMIT_SECONDS), LONGEST_LIMIT_SECONDS)
}

/** How long a sensor with heartbeats may be silent, in whole seconds: three of its usual gaps, which are the median. @param gaps in seconds. */
export function heartbeatLimit(gaps: readonly number[]): number {
  const limit = Math.ceil(MISSED_HEARTBEATS * (medianOf(gaps) ?? 0))
  return Math.min(Math.max(limit, SHORTEST_HEARTBEAT_LIMIT_SECONDS), LONGEST_LIMIT_SECONDS)
}

/** The middle value; of an even number of values the mean of both. Null without values. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
