/** A visit as its limits see it. */
export interface LimitedVisit {
  /** The token, or the hook by which another canary system reports. */
  token: string
  /** Which canary of that system it is; empty for a token of our own. */
  canary: string
  /** The visitor by whose limit it counts (IPv6: a /64); null where another system reports it. */
  address: string | null
}

/** Limits of visits that are stored, in windows of a minute: once for all processes of a server. Plain values in and out. */
export interface VisitBudget {
  /** Counts a visit that is within the limits. */
  takeVisit(visit: LimitedVisit): TakenVisit
}

export interface TakenVisit {
  /** False beyond the limits; nothing is counted then. */
  isWithin: boolean
  /** Canaries and addresses that are counted in this window. */
  counted: number
}

export interface VisitLimits {
  /** Visits of one token in a minute. */
  perToken: number
  /** Visits of one address in a minute, of all tokens. */
  perAddress: number
}

const WINDOW_MS = 60_000
/** Of tokens, canaries and addresses each: further ones count as one. */
const MAX_COUNTED = 10_000
/** The key of those that count as one; no token, canary or address is called so. */
const OTHERS = ''

/**
 * Canary URLs are public, so whoever knows one decides how often it is visited. The first visit of a canary in a window is always
 * within the limits: whatever else an address did, its visit of another token is stored and raises an alert. Of a system that reports
 * several canaries as many first visits are stored again as visits of one token may be.
 * @param now milliseconds since the epoch.
 */
export function createVisitBudget(
  { perToken, perAddress }: VisitLimits,
  now: () => number,
  maxCounted = MAX_COUNTED,
): VisitBudget {
  const tokens = createCounts(maxCounted)
  const canaries = createCounts(maxCounted)
  const addresses = createCounts(maxCounted)
  let window = Number.NaN

  function beginWindow(): void {
    const present = Math.floor(now() / WINDOW_MS)
    if (present === window) return
    window = present
    for (const counts of [tokens, canaries, addresses]) counts.clear()
  }

  return {
    takeVisit({ token, canary, address }) {
      beginWindow()
      const name = `${token} ${canary}`
      const isFirst = canaries.of(name) === 0
      const isWithin = isFirst
        ? tokens.of(token) < 2 * perToken
        : tokens.of(token) < perToken && (address === null || addresses.of(address) < perAddress)
      if (isWithin) {
        tokens.add(token)
        canaries.add(name)
        if (address !== null) addresses.add(address)
      }
      return { isWithin, counted: canaries.size() + addresses.size() }
    },
  }
}

/** How often each of a bounded number of keys was counted. */
function createCounts(max: number) {
  const counts = new Map<string, number>()
  const keyOf = (key: string) => (counts.has(key) || counts.size < max ? key : OTHERS)
  return {
    of: (key: string) => counts.get(keyOf(key)) ?? 0,
    add(key: string): void {
      const counted = keyOf(key)
      counts.set(counted, (counts.get(counted) ?? 0) + 1)
    },
    size: () => counts.size,
    clear: () => counts.clear(),
  }
}
