/** Work that is done again and again, and at once when somebody asks for it. Never twice at the same time. */
export interface Poller {
  /** Asks for a run as soon as the present one, if any, has ended. */
  wake(): void
  /** Resolves when the present run has ended; there is no other. */
  stop(): Promise<void>
}

export interface PollerOptions {
  work: () => Promise<void>
  /** Milliseconds between runs that nobody asked for. */
  pauseMs: number
  /** A failed run is followed by another one after the pause. */
  onError: (error: unknown) => void
}

const MINUTE_MS = 60_000

/**
 * Work for a poller that is done once in each minute of a clock, however often the poller calls.
 * @param now milliseconds since the epoch.
 */
export function oncePerMinute(now: () => number, work: () => Promise<void>): () => Promise<void> {
  let lastMinute = Number.NaN
  return async () => {
    const minute = Math.floor(now() / MINUTE_MS)
    if (minute === lastMinute) return
    lastMinute = minute
    await work()
  }
}

export function createPoller({ work, pauseMs, onError }: PollerOptions): Poller {
  let stopped = false
  let wanted = false
  let failed = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null

  function run(): void {
    if (stopped || running) return
    clearTimeout(timer)
    wanted = false
    running = work()
      .then(
        () => {
          failed = false
        },
        (error: unknown) => {
          failed = true
          onError(error)
        },
      )
      .then(() => {
        running = null
        if (stopped) return
        // What failed just now would most likely fail again at once, however much it is wanted.
        if (wanted && !failed) run()
        else timer = setTimeout(run, pauseMs)
      })
  }

  run()
  return {
    wake() {
      wanted = true
      if (!failed) run()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
