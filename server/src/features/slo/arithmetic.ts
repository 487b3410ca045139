/** Good and all events (or minutes) of a window. */
export interface Counts {
  good: number
  total: number
}

export const NOTHING: Counts = { good: 0, total: 0 }

export function plus(a: Counts, b: Counts): Counts {
  return { good: a.good + b.good, total: a.total + b.total }
}

/** SLI = good / total (Google SRE Workbook, ch. 2). `null` without events: absence is not success. */
export function compliance({ good, total }: Counts): number | null {
  return total === 0 ? null : good / total
}

/**
 * Share of the period's error budget that its events have used up: (bad / total) / (1 - target). 1 is all of it, more is a
 * breach.
 */
export function budgetConsumed(counts: Counts, target: number): number | null {
  return burnRate(counts, target)
}

/**
 * Burn rate of a window: its share of bad events divided by the share the objective allows (Google SRE Workbook, ch. 5). 1 means that
 * the budget lasts exactly one period. `null` where the window holds no events.
 */
export function burnRate({ good, total }: Counts, target: number): number | null {
  if (total === 0) return null
  return (total - good) / total / (1 - target)
}

/** Whether the objective holds; true without events. Rounding of 1 - target does not turn "exactly at the target" into a breach. */
export function meetsTarget(counts: Counts, target: number): boolean {
  return (burnRate(counts, target) ?? 0) <= 1 + 1e-9
}

/**
 * Minutes until the rest of the budget is gone if the burn rate stays: a period of P minutes at burn rate b uses b / P of the
 * budget a minute. Infinity at a rate that does not outlast what the window forgets (b <= 1).
 * @param consumed share of the budget that is used, 0..1 and beyond.
 */
export function minutesToExhaustion(consumed: number, rate: number, windowMinutes: number): number {
  if (consumed >= 1) return 0
  if (rate <= 1) return Number.POSITIVE_INFINITY
  return ((1 - consumed) * windowMinutes) / rate
}

/**
 * The fewest events at which a single bad one does not exceed the burn rate `factor`: below it, one error at low traffic
 * would page somebody.
 */
export function minimumEvents(factor: number, target: number): number {
  return Math.max(10, Math.floor(1 / (factor * (1 - target))) + 1)
}
