/** When a worker that ended is replaced. */
export interface Restarts {
  /** A worker ended. @returns milliseconds until another one begins; null: too many have ended, and no other will do better. */
  next(): number | null
}

/** The n-th end within the window waits so long. */
const DELAYS_MS = [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]
/** Ends that are remembered. */
const WINDOW_MS = 5 * 60_000

/**
 * The first worker that ends is replaced at once, each further one within five minutes later than the one before, and after ten in five
 * minutes none is: the server ends, which its supervisor notices.
 * @param now milliseconds of a clock that only goes forward.
 */
export function createRestarts(now: () => number): Restarts {
  let ends: number[] = []
  return {
    next() {
      const at = now()
      ends = [...ends.filter((end) => at - end < WINDOW_MS), at]
      return DELAYS_MS[ends.length - 1] ?? null
    },
  }
}
