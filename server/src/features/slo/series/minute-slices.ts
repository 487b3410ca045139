import type { MinuteSlice } from '../store.js'
import { MINUTE_MS } from '../time-ranges.js'

/** The minutes that this process observed and has not written. */
export interface MinuteSlices {
  /** Observes the present minute of a series: it is good unless anything that was observed in it is not. */
  observe(series: string, good: boolean): void
  /** Those to be written. */
  unwritten(): MinuteSlice[]
  /** Forgets slices that were written, unless they became bad meanwhile. */
  written(slices: readonly MinuteSlice[]): void
}

/** What could not be written for longer is given up, as that of buckets is. */
const MAX_UNWRITTEN = 360

export function createMinuteSlices(now: () => number): MinuteSlices {
  const slices = new Map<string, MinuteSlice>()
  return {
    observe(series, good) {
      const at = now()
      const minute = at - (at % MINUTE_MS)
      const key = `${minute} ${series}`
      slices.set(key, { series, minute, good: good && slices.get(key)?.good !== false })
      if (slices.size <= MAX_UNWRITTEN) return
      const [oldest] = slices.keys()
      if (oldest !== undefined) slices.delete(oldest)
    },
    unwritten: () => [...slices.values()],
    written(done) {
      for (const slice of done) {
        const key = `${slice.minute} ${slice.series}`
        if (slices.get(key) === slice) slices.delete(key)
      }
    },
  }
}
