/** What is judged of the database, and since when it is in doubt. Times are milliseconds of one clock. */
export interface ReachabilityState {
  reachable: boolean
  /** When the last ping failed; null after one that was answered. */
  failedAt: number | null
}

export const REACHABLE: ReachabilityState = { reachable: true, failedAt: null }

/** Two failures this close make the database unreachable. */
const CONFIRMED_WITHIN_MS = 5_000
/** A first failure is followed by another ping this much later, so that the judgement does not depend on who asks how often. */
const CONFIRM_AFTER_MS = 1_000

/**
 * The judgement after one more ping. Pure. The database is unreachable after two failures within 5 s, since a single one may be
 * this process that was busy; it is reachable again at the first answer.
 */
export function nextReachability(
  before: ReachabilityState,
  answered: boolean,
  at: number,
): ReachabilityState {
  if (answered) return REACHABLE
  const confirmed = before.failedAt !== null && at - before.failedAt <= CONFIRMED_WITHIN_MS
  return { reachable: before.reachable && !confirmed, failedAt: at }
}

/** The one judgement of whether the database can be reached: GET /health and the operational alert both use it. */
export interface Reachability {
  /** Pings, and gives the judgement after it. Those who ask at once share one ping. Never rejects. */
  isReachable(): Promise<boolean>
  /** No ping follows by itself any more. */
  stop(): void
}

export interface ReachabilityOptions {
  /** Whether the database answered in time. Never rejects. */
  ping: () => Promise<boolean>
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
  /** Does something after so many milliseconds, unless what it returns is called. */
  later?: (ms: number, work: () => void) => () => void
}

export function createReachability({
  ping,
  now = () => performance.now(),
  later = unrefTimer,
}: ReachabilityOptions): Reachability {
  let state = REACHABLE
  let pinging: Promise<boolean> | null = null
  let cancel: (() => void) | null = null
  let stopped = false

  async function judge(): Promise<boolean> {
    const answered = await ping()
    state = nextReachability(state, answered, now())
    const inDoubt = state.reachable && state.failedAt !== null
    if (inDoubt && !stopped) {
      cancel?.()
      cancel = later(CONFIRM_AFTER_MS, () => {
        cancel = null
        void isReachable()
      })
    }
    return state.reachable
  }

  function isReachable(): Promise<boolean> {
    pinging ??= judge().finally(() => {
      pinging = null
    })
    return pinging
  }

  return {
    isReachable,
    stop() {
      stopped = true
      cancel?.()
      cancel = null
    },
  }
}

function unrefTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref()
  return () => clearTimeout(timer)
}
