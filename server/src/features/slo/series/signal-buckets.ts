import { newSketch, type Sketch } from '../../../domain/quantile-sketch.js'
import type { SignalBucket, SignalSpan } from '../store.js'

/** A bucket that still changes. */
export interface OpenBucket extends Omit<SignalBucket, 'sketch'> {
  distribution: Sketch | null
  /** It changed since it was last written. */
  dirty: boolean
}

/** The buckets that this process counts in. */
export interface SignalBuckets {
  /** @param milliseconds how long each event took; null: it is only counted. */
  add(series: string, span: SignalSpan, good: boolean, times: number, milliseconds: number | null): void
  /** Counts one good event in the present minute of a series, unless the minute has events. */
  mark(series: string): void
  dirty(): OpenBucket[]
  /** Removes what is written and over; its last state is in the store. */
  prune(): void
}

const SPAN_MS: Readonly<Record<SignalSpan, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 }
/** Series come from routes and from our own messages, never from a request's text; this is the net below that. */
const MAX_SERIES = 2_000
/** What could not be written for longer is given up: that time shows as a gap. */
export const KEPT_MS = 6 * 3_600_000

/** At most `MAX_SERIES` series have buckets; events of further series are not counted. */
export function createSignalBuckets(now: () => number): SignalBuckets {
  const buckets = new Map<string, OpenBucket>()
  const known = new Set<string>()
  /** The bucket of each series that was counted in last: a request counts in a dozen, nearly always the same ones. */
  const last: Readonly<Record<SignalSpan, Map<string, OpenBucket>>> = {
    second: new Map(),
    minute: new Map(),
    hour: new Map(),
  }

  function bucketOf(series: string, span: SignalSpan, at: number): OpenBucket | null {
    const start = at - (at % SPAN_MS[span])
    const recent = last[span].get(series)
    if (recent?.bucket === start) return recent
    const found = findOrOpen(series, span, start)
    if (found) last[span].set(series, found)
    return found
  }

  function findOrOpen(series: string, span: SignalSpan, start: number): OpenBucket | null {
    const key = `${span} ${start} ${series}`
    const present = buckets.get(key)
    if (present) return present
    if (!known.has(series)) {
      if (known.size >= MAX_SERIES) return null
      known.add(series)
    }
    const fresh = { series, span, bucket: start, total: 0, good: 0, distribution: null, dirty: true }
    buckets.set(key, fresh)
    return fresh
  }

  return {
    add(series, span, good, times, milliseconds) {
      const bucket = bucketOf(series, span, now())
      if (!bucket) return
      bucket.total += times
      if (good) bucket.good += times
      bucket.dirty = true
      if (milliseconds === null) return
      bucket.distribution ??= newSketch()
      bucket.distribution.accept(milliseconds)
    },
    mark(series) {
      const bucket = bucketOf(series, 'minute', now())
      if (!bucket || bucket.total > 0) return
      bucket.total = 1
      bucket.good = 1
    },
    dirty: () => [...buckets.values()].filter((bucket) => bucket.dirty),
    prune() {
      const at = now()
      for (const [key, { series, span, bucket, dirty }] of buckets) {
        const age = at - (bucket + SPAN_MS[span])
        if (age <= KEPT_MS && (dirty || age <= 0)) continue
        buckets.delete(key)
        if (last[span].get(series)?.bucket === bucket) last[span].delete(series)
      }
    },
  }
}
