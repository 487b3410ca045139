/** How many answers each address may have in a second. */
export interface AnswerBudget {
  /** `truncate`: every second query beyond the limit, so that a resolver whose address is forged by others still gets through, over TCP. */
  take(block: string): 'answer' | 'truncate' | 'drop'
}

const WINDOW_MS = 1_000
/** Further ones count as one. */
const MAX_COUNTED = 10_000
/** The key of those that count as one; no address is called so. */
const OTHERS = ''

/** @param now milliseconds since the epoch. */
export function createAnswerBudget(
  answersPerSecond: number,
  now: () => number,
  maxCounted = MAX_COUNTED,
): AnswerBudget {
  const counts = new Map<string, number>()
  let window = Number.NaN
  return {
    take(block) {
      const present = Math.floor(now() / WINDOW_MS)
      if (present !== window) {
        window = present
        counts.clear()
      }
      const key = counts.has(block) || counts.size < maxCounted ? block : OTHERS
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count <= answersPerSecond) return 'answer'
      return (count - answersPerSecond) % 2 === 1 ? 'truncate' : 'drop'
    },
  }
}
