/** Work that is done when it is asked for, with pauses. */
export interface Paced {
  /** Does the work now, or once the pause is over; once more if it is being done. */
  request(): void
  stop(): void
}

export interface PacedOptions {
  /** Milliseconds that only grow. */
  now: () => number
  /** Calls after so many milliseconds. @returns cancels it. */
  later: (call: () => void, ms: number) => () => void
}

/** From the end of the work to its next beginning, at least. */
const SHORTEST_PAUSE_MS = 500
/** What takes long is done less often: it takes a fifth of the time of whoever answers. */
const PAUSE_FACTOR = 4

/** @param work may fail: the next request does it again. */
export function createPaced(work: () => Promise<unknown>, { now, later }: PacedOptions): Paced {
  let isRequested = false
  let isBusy = false
  let hasStopped = false
  let cancel = () => {}

  async function run(): Promise<void> {
    isRequested = false
    isBusy = true
    const begun = now()
    await work().catch(() => {})
    if (hasStopped) return
    cancel = later(
      () => {
        isBusy = false
        if (isRequested) void run()
      },
      Math.max(SHORTEST_PAUSE_MS, (now() - begun) * PAUSE_FACTOR),
    )
  }

  return {
    request() {
      isRequested = true
      if (!isBusy && !hasStopped) void run()
    },
    stop() {
      hasStopped = true
      cancel()
    },
  }
}
