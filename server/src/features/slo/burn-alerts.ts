import type { SloStatus } from '@eviltwin/contract'
import { burnWindows } from './burn-windows.js'
import type { Objective } from './objective.js'

/**
 * Burn rate and counts of the window of so many minutes that ends now.
 * @param counts `judged`: with what gaps are estimated to have cost.
 */
export type BurnRateOver = (minutes: number, counts: 'measured' | 'judged') => SloStatus['burn_rates'][number]

/**
 * The burn conditions of an objective; one fires when its long and its short window both burn faster than its factor. What a gap cost is
 * estimated from the traffic before it: until the series is as old as the long window, one restart would be a large part of all that is
 * known and page somebody, as a single error at low traffic would. Gaps count from then on.
 * @param ageMinutes since the first event of the series.
 */
export function burnAlertsOf(
  { windowMinutes, target, maximumSeverity }: Objective,
  rateOver: BurnRateOver,
  ageMinutes: number,
): SloStatus['burn_alerts'] {
  return burnWindows(windowMinutes, target, maximumSeverity).map((window) => {
    const counts = ageMinutes >= window.longMinutes ? 'judged' : 'measured'
    const long = rateOver(window.longMinutes, counts)
    const short = rateOver(window.shortMinutes, counts)
    return {
      long_window: long.window,
      short_window: short.window,
      factor: window.factor,
      severity: window.severity,
      minimum_events: window.minimumEvents,
      long_rate: long.rate,
      short_rate: short.rate,
      firing:
        long.total >= window.minimumEvents &&
        (long.rate ?? 0) > window.factor &&
        (short.rate ?? 0) > window.factor,
    }
  })
}
