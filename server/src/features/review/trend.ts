import type { Trend } from '@eviltwin/contract'

/** A number beside that of the week before; its change is relative, null where it cannot be. */
export function trend(this_week: number | null, last_week: number | null): Trend {
  const change =
    this_week === null || last_week === null || last_week === 0 ? null : this_week / last_week - 1
  return { this_week, last_week, change }
}

/** Whether the days rise: Kendall's tau (1938) above one half. Null with fewer than four days that say anything. */
export function isTrendingUp(days: ReadonlyArray<number | null>): boolean | null {
  const values = days.filter((value) => value !== null)
  if (values.length < 4) return null
  let concordance = 0
  let pairs = 0
  for (const [n, earlier] of values.entries()) {
    for (const later of values.slice(n + 1)) {
      concordance += Math.sign(later - earlier)
      pairs += 1
    }
  }
  return concordance / pairs > 0.5
}
