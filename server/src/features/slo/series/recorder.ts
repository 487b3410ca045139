import { encodeSketch } from '../../../domain/quantile-sketch.js'
import type { SignalBucket, SignalStore } from '../store.js'
import { createMinuteSlices } from './minute-slices.js'
import { createSignalBuckets, type OpenBucket } from './signal-buckets.js'

/** What the platform remembers of itself: counts and distributions by the minute and hour, written to the store. */
export interface SignalRecorder {
  count(series: string, good: boolean, times?: number): void
  /** Counts an event that took so long. */
  observe(series: string, milliseconds: number, good: boolean): void
  /** Counts an event by the second, where a minute is too coarse; kept for an hour. */
  tick(series: string): void
  /** Observes the present minute of a series of good and bad minutes: one bad observation makes it bad, on whichever replica. */
  slice(series: string, good: boolean): void
  /** Makes sure that the minute of now has an event of this series: "I was there". */
  mark(series: string): void
  /** Writes what changed. Rejects when the store cannot; then it is kept and written with the next flush. */
  flush(): Promise<void>
}

export interface SignalRecorderOptions {
  store: Pick<SignalStore, 'write' | 'writeSlices'>
  /** Of this process; several write beside each other. */
  recorderId: string
  now: () => number
}

/**
 * A row is the whole of what this process counted in a bucket, written again whenever it changed: writing is idempotent, and
 * what replicas wrote beside each other is summed up when it is read.
 */
export function createSignalRecorder({ store, recorderId, now }: SignalRecorderOptions): SignalRecorder {
  const buckets = createSignalBuckets(now)
  const slices = createMinuteSlices(now)
  let flushing: Promise<void> | null = null

  async function write(): Promise<void> {
    await Promise.all([writeBuckets(), writeSlices()])
  }

  async function writeSlices(): Promise<void> {
    const unwritten = slices.unwritten()
    if (unwritten.length === 0) return
    await store.writeSlices(unwritten)
    slices.written(unwritten)
  }

  async function writeBuckets(): Promise<void> {
    const dirty = buckets.dirty()
    if (dirty.length === 0) return
    const rows = dirty.map(rowOf)
    for (const bucket of dirty) bucket.dirty = false
    try {
      await store.write(recorderId, rows)
    } catch (error) {
      for (const bucket of dirty) bucket.dirty = true
      throw error
    } finally {
      buckets.prune()
    }
  }

  return {
    count(series, good, times = 1) {
      buckets.add(series, 'minute', good, times, null)
      buckets.add(series, 'hour', good, times, null)
    },
    observe(series, milliseconds, good) {
      buckets.add(series, 'minute', good, 1, milliseconds)
      buckets.add(series, 'hour', good, 1, milliseconds)
    },
    tick: (series) => buckets.add(series, 'second', true, 1, null),
    slice: slices.observe,
    mark: buckets.mark,
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

function rowOf({ series, span, bucket, total, good, distribution }: OpenBucket): SignalBucket {
  const sketch = distribution === null ? null : encodeSketch(distribution)
  return { series, span, bucket, total, good, sketch }
}
