import type { SloStatus } from '@eviltwin/contract'
import { burnWindows } from './burn-windows.js'
import type { Objective } from './objective.js'

/** Burn rate and counts of the window of so many minutes that ends now. */
export type BurnRateOver = (minutes: number) => SloStatus['burn_rates'][number]

/** The burn conditions of an objective; one fires when its long and its short window both burn faster than its factor. */
export function burnAlertsOf(
  { windowMinutes, target, maximumSeverity }: Objective,
  rateOver: BurnRateOver,
): SloStatus['burn_alerts'] {
  return burnWindows(windowMinutes, target, maximumSeverity).map((window) => {
    const long = rateOver(window.longMinutes)
    const short = rateOver(window.shortMinutes)
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
