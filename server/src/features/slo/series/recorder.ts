import { encodeSketch, newSketch, type Sketch } from '../../../domain/quantile-sketch.js'
import type { SignalBucket, SignalSpan, SignalStore } from '../store.js'

/** What the platform remembers of itself: counts and distributions by the minute and hour, written to the store. */
export interface SignalRecorder {
  count(series: string, good: boolean, times?: number): void
  /** Counts an event that took so long. */
  observe(series: string, milliseconds: number, good: boolean): void
  /** Counts an event by the second, where a minute is too coarse; kept for an hour. */
  tick(series: string): void
  /** Makes sure that the minute of now has an event of this series: "I was there". */
  mark(series: string): void
  /** Writes what changed. Rejects when the store cannot; then it is kept and written with the next flush. */
  flush(): Promise<void>
}

export interface SignalRecorderOptions {
  store: Pick<SignalStore, 'write'>
  /** Of this process; several write beside each other. */
  recorderId: string
  now: () => number
}

interface Accumulator extends Omit<SignalBucket, 'sketch'> {
  distribution: Sketch | null
  dirty: boolean
}

const SPAN_MS: Readonly<Record<SignalSpan, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 }
/** Series come from routes and from our own messages, never from a request's text; this is the net below that. */
const MAX_SERIES = 2_000
/** What could not be written for longer is given up: its minutes show as gaps. */
const KEPT_MS = 6 * 3_600_000

/**
 * A row is the whole of what this process counted in a bucket, written again whenever it changed: writing is idempotent, and
 * what replicas wrote beside each other is summed up when it is read.
 */
export function createSignalRecorder({ store, recorderId, now }: SignalRecorderOptions): SignalRecorder {
  const buckets = new Map<string, Accumulator>()
  const known = new Set<string>()
  let flushing: Promise<void> | null = null

  function accumulator(series: string, span: SignalSpan, at: number): Accumulator | null {
    const start = at - (at % SPAN_MS[span])
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

  function add(
    series: string,
    span: SignalSpan,
    good: boolean,
    times: number,
    milliseconds: number | null,
  ): void {
    const bucket = accumulator(series, span, now())
    if (!bucket) return
    bucket.total += times
    if (good) bucket.good += times
    bucket.dirty = true
    if (milliseconds === null) return
    bucket.distribution ??= newSketch()
    bucket.distribution.accept(milliseconds)
  }

  /** Forgets what is written and over; its last state is in the store. */
  function forget(): void {
    const at = now()
    for (const [key, { span, bucket, dirty }] of buckets) {
      const age = at - (bucket + SPAN_MS[span])
      if (age > KEPT_MS || (!dirty && age > 0)) buckets.delete(key)
    }
  }

  async function write(): Promise<void> {
    const dirty = [...buckets.values()].filter((bucket) => bucket.dirty)
    if (dirty.length === 0) return
    const rows = dirty.map(({ series, span, bucket, total, good, distribution }) => ({
      series,
      span,
      bucket,
      total,
      good,
      sketch: distribution === null ? null : encodeSketch(distribution),
    }))
    for (const bucket of dirty) bucket.dirty = false
    try {
      await store.write(recorderId, rows)
    } catch (error) {
      for (const bucket of dirty) bucket.dirty = true
      throw error
    } finally {
      forget()
    }
  }

  return {
    count(series, good, times = 1) {
      add(series, 'minute', good, times, null)
      add(series, 'hour', good, times, null)
    },
    observe(series, milliseconds, good) {
      add(series, 'minute', good, 1, milliseconds)
      add(series, 'hour', good, 1, milliseconds)
    },
    tick: (series) => add(series, 'second', true, 1, null),
    mark(series) {
      const bucket = accumulator(series, 'minute', now())
      if (!bucket || bucket.total > 0) return
      bucket.total = 1
      bucket.good = 1
    },
    async flush() {
      // A second flush waits for the first and then writes what came in between.
      while (flushing) await flushing.catch(() => {})
      flushing = write().finally(() => {
        flushing = null
      })
      return flushing
    },
  }
}
