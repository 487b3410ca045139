import type { OperationalSeverity } from '@eviltwin/contract'

/** What an SLI is read from. */
export type Indicator =
  /** Requests of one route, good when they succeed or when they are fast enough. */
  | { signal: 'http'; route: string; good: GoodRule }
  /** Alerts, from the receipt of the event to a live feed client's acknowledgement. */
  | { signal: 'alert_delivery'; good: { faster_than_ms: number } }
  /** Minutes in which the LLM was available to whoever needed it. */
  | { signal: 'ai_probe'; good: { outcome: 'succeeded' } }

export type GoodRule = { outcome: 'succeeded' } | { faster_than_ms: number }

/** A service level objective. https://github.com/OpenSLO/OpenSLO */
export interface Objective {
  /** Stable, in URLs: `ingest-latency`. */
  id: string
  name: string
  description: string
  service: string
  indicator: Indicator
  /** Share of events (or of minutes, for time slices) that must be good, 0..1 exclusive. */
  target: number
  /** The rolling window, in minutes. */
  windowMinutes: number
  budgeting: 'occurrences' | 'time_slices'
  /** However fast its budget burns, its alerts are not more severe; `critical` where it is absent. */
  maximumSeverity?: OperationalSeverity | undefined
}

/** The series that counts an indicator's events; it changes with what counts as good, so history is never re-read by a new rule. */
export function seriesOf(indicator: Indicator): string {
  const { good } = indicator
  const rule = 'outcome' in good ? good.outcome : `< ${good.faster_than_ms} ms`
  switch (indicator.signal) {
    case 'http':
      return `sli ${indicator.route} ${rule}`
    case 'alert_delivery':
      return `sli alert delivery ${rule}`
    case 'ai_probe':
      return `sli ai available ${rule}`
  }
}

/** The series that keeps the distribution of a latency indicator's durations; null for others. */
export function distributionOf(indicator: Indicator): string | null {
  if (!('faster_than_ms' in indicator.good)) return null
  return indicator.signal === 'http' ? routeSeries(indicator.route) : ALERT_DELIVERY
}

export const ALERT_DELIVERY = 'alert delivery'
/** One a minute in which some replica ran and recorded. */
export const PLATFORM_UP = 'platform up'

/** All requests of a route; good are those that did not fail. */
export function routeSeries(route: string): string {
  return `route ${route}`
}

/** Whether we answered as we promise: no 5xx, and no refusal by overload (429). */
export function hasSucceeded(status: number): boolean {
  return status < 500 && status !== 429
}

/** Whether an event of an indicator is good. @param milliseconds how long it took. */
export function isGood(good: GoodRule, status: number, milliseconds: number): boolean {
  return 'outcome' in good ? hasSucceeded(status) : milliseconds < good.faster_than_ms
}

/** Milliseconds after which an alert without acknowledgement is late for every objective of alert delivery; infinite without one. */
export function lateAlertMs(objectives: readonly Objective[]): number {
  const thresholds = objectives.flatMap(({ indicator }) =>
    indicator.signal === 'alert_delivery' ? [indicator.good.faster_than_ms] : [],
  )
  return thresholds.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...thresholds)
}
