/** Passes time on while something plays. */
export interface Ticker {
  /** Begins, unless it has, and goes on for as long as something plays. */
  start(): void
}

export interface TickerOptions {
  isPlaying: () => boolean
  /** Seconds that passed. */
  onTick: (seconds: number) => void
  /** Milliseconds that only grow. */
  now: () => number
  /** Calls back soon, commonly when the next picture is drawn. */
  soon: (call: () => void) => void
}

/** A page that was hidden goes on where it was. */
const MAX_STEP_SECONDS = 0.25

export function createTicker({ isPlaying, onTick, now, soon }: TickerOptions): Ticker {
  let isTicking = false
  let before = 0

  function tick(): void {
    isTicking = false
    if (!isPlaying()) return
    onTick(Math.min(MAX_STEP_SECONDS, (now() - before) / 1000))
    start()
  }

  function start(): void {
    if (isTicking || !isPlaying()) return
    isTicking = true
    before = now()
    soon(tick)
  }

  return { start }
}
