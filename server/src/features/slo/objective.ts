import type { OperationalSeverity } from '@eviltwin/contract'

/** Requests of a route, good when they succeed or when they are fast enough; which of them count is in population.ts. */
export interface HttpIndicator {
  signal: 'http'
  route: string
  /** Other routes to the same handler. */
  aliases?: readonly string[]
  /** Only answers of the LLM count. */
  answered_by?: 'llm'
  good: GoodRule
}

/** What an SLI is read from. */
export type Indicator =
  | HttpIndicator
  /** Alerts, from the receipt of the event to a live feed client's acknowledgement. */
  | { signal: 'alert_delivery'; good: { faster_than_ms: number } }
  /** Minutes in which the LLM was available to whoever needed it. */
  | { signal: 'ai_probe'; good: { outcome: 'succeeded' } }
  /** Expected sensors, each once a minute; good when something proved within its limit that it is there. */
  | { signal: 'sensor_coverage'; good: { outcome: 'succeeded' } }
  /** Attacks of the platform on its own sensors; good when one became an alert. */
  | { signal: 'attack_detection'; good: { outcome: 'succeeded' } }
  /** Those that became an alert, from the attack to the alert. */
  | { signal: 'detection_delay'; good: { faster_than_ms: number } }

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

/**
 * The series that counts an indicator's events; it changes with what counts and with what counts as good, so history is never re-read
 * by a new rule. That of a latency indicator keeps their durations, too.
 */
export function seriesOf(indicator: Indicator): string {
  switch (indicator.signal) {
    case 'http': {
      const by = indicator.answered_by === undefined ? '' : ` by ${indicator.answered_by}`
      return `sli population ${routesOf(indicator).join(', ')}${by} ${ruleOf(indicator)}`
    }
    case 'alert_delivery':
      return `sli alert delivery ${ruleOf(indicator)}`
    case 'ai_probe':
      return `sli ai available ${ruleOf(indicator)}`
    case 'sensor_coverage':
      return SENSOR_COVERAGE
    case 'attack_detection':
      return ATTACK_DETECTION
    case 'detection_delay':
      return `sli detection delay ${ruleOf(indicator)}`
  }
}

/** The series that counts every request of a route, whoever sent it; null for what is no request. */
export function literalSeriesOf(indicator: Indicator): string | null {
  return indicator.signal === 'http' ? `sli ${routesOf(indicator).join(', ')} ${ruleOf(indicator)}` : null
}

export function routesOf({ route, aliases = [] }: HttpIndicator): string[] {
  return [route, ...aliases]
}

function ruleOf({ good }: Indicator): string {
  return 'outcome' in good ? good.outcome : `< ${good.faster_than_ms} ms`
}

/** The series that keeps the distribution of a latency indicator's durations; null for others. */
export function distributionOf(indicator: Indicator): string | null {
  if (!('faster_than_ms' in indicator.good)) return null
  if (indicator.signal === 'detection_delay') return DETECTION_DELAY
  return indicator.signal === 'http' ? seriesOf(indicator) : ALERT_DELIVERY
}

export const SENSOR_COVERAGE = 'sli sensor coverage'
export const ATTACK_DETECTION = 'sli attack detection'
export const DETECTION_DELAY = 'detection delay'
/** Signals that are about sensors and not about requests: the access log has nothing to recompute them from. */
const ABOUT_SENSORS: ReadonlySet<Indicator['signal']> = new Set([
  'sensor_coverage',
  'attack_detection',
  'detection_delay',
])

/** Whether an objective is about sensors, not about what people and programs ask of the platform. */
export function isAboutSensors({ indicator }: Objective): boolean {
  return ABOUT_SENSORS.has(indicator.signal)
}

export const ALERT_DELIVERY = 'alert delivery'
/** One a minute in which some replica ran and recorded. */
export const PLATFORM_UP = 'platform up'

/** All requests of a route; good are those without a server error (5xx). */
export function routeSeries(route: string): string {
  return `route ${route}`
}

/** The page of docs/runbooks for alerts about the budget of an objective. */
export function runbookOf(objective: Objective): string {
  return isAboutSensors(objective) ? objective.indicator.signal.replaceAll('_', '-') : 'slo-burn'
}

/** Milliseconds after which an alert without acknowledgement is late for every objective of alert delivery; infinite without one. */
export function lateAlertMs(objectives: readonly Objective[]): number {
  const thresholds = objectives.flatMap(({ indicator }) =>
    indicator.signal === 'alert_delivery' ? [indicator.good.faster_than_ms] : [],
  )
  return thresholds.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...thresholds)
}
