import type { OperationalSeverity } from '@eviltwin/contract'
import { minimumEvents } from './arithmetic.js'
import { durationText } from './openslo.js'

/** A multi-window, multi-burn-rate alert condition: both windows must burn faster than `factor`. */
export interface BurnWindow {
  /** Unique among the windows of an objective, and the same in every release: `52m`, or `10m-7x` where a faster burn has `10m`. */
  id: string
  longMinutes: number
  shortMinutes: number
  factor: number
  severity: OperationalSeverity
  /** Events that the long window must hold before it says anything. */
  minimumEvents: number
}

/** Divisors of the period and factors as Pyrra takes them (slo.go): for 28 days they give 1 h, 6 h, 1 d and 4 d. */
const STEPS = [
  { divisor: 672, factor: 14, severity: 'critical' },
  { divisor: 112, factor: 7, severity: 'high' },
  { divisor: 28, factor: 2, severity: 'medium' },
  { divisor: 7, factor: 1, severity: 'low' },
] as const

/** What is recorded by the minute cannot be judged by less than a few of them. */
const SHORTEST_LONG_MINUTES = 10
const SHORTEST_SHORT_MINUTES = 2
/** Short = long / 12, so that an alert ends soon after the cause (Google SRE Workbook, ch. 5). */
const SHORT_DIVISOR = 12

/**
 * The windows of an objective, scaled to its period and rounded up to whole minutes. Short periods make several as long as each
 * other: they differ in factor and severity.
 * @param maximumSeverity no window is more severe, however fast the budget burns.
 */
export function burnWindows(
  windowMinutes: number,
  target: number,
  maximumSeverity: OperationalSeverity = 'critical',
): BurnWindow[] {
  const lengths = new Set<number>()
  return STEPS.map(({ divisor, factor, severity: unlimited }) => {
    const severity = lessSevere(unlimited, maximumSeverity)
    const longMinutes = Math.max(SHORTEST_LONG_MINUTES, Math.ceil(windowMinutes / divisor))
    const shortMinutes = Math.max(SHORTEST_SHORT_MINUTES, Math.ceil(longMinutes / SHORT_DIVISOR))
    const length = durationText(longMinutes)
    const id = lengths.has(longMinutes) ? `${length}-${factor}x` : length
    lengths.add(longMinutes)
    return { id, longMinutes, shortMinutes, factor, severity, minimumEvents: minimumEvents(factor, target) }
  })
}

/** From the most to the least severe. */
const SEVERITIES: readonly OperationalSeverity[] = ['critical', 'high', 'medium', 'low']

function lessSevere(a: OperationalSeverity, b: OperationalSeverity): OperationalSeverity {
  return SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b) ? a : b
}

/**
 * Minutes without any event after which its absence is worth telling: half of what a total outage would take to use up the
 * whole budget.
 */
export function absenceMinutes(windowMinutes: number, target: number): number {
  return Math.max(SHORTEST_LONG_MINUTES, Math.round((windowMinutes * (1 - target)) / 2))
}
