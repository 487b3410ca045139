import { stringify } from 'yaml'
import { wayOf } from '../../domain/ingest-population.js'
import { burnWindows } from './burn-windows.js'
import { type HttpIndicator, type Indicator, type Objective, runbookOf } from './objective.js'
import { durationText } from './openslo.js'

interface Rule {
  record?: string
  alert?: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations?: Record<string, string>
}

/**
 * Recording and alerting rules over our /metrics, for those who run Prometheus: the share of bad events over each window, and
 * the same multi-window, multi-burn-rate alerts that the platform evaluates itself. Recorded names follow
 * `level:metric:operations` (https://prometheus.io/docs/practices/rules/).
 */
export function prometheusRules(objectives: readonly Objective[]): string {
  const groups = objectives.map((objective) => ({
    name: `eviltwin-slo-${objective.id}`,
    rules: rulesOf(objective),
  }))
  return stringify({ groups }, { aliasDuplicateObjects: false })
}

function rulesOf(objective: Objective): Rule[] {
  const { id, name, description, indicator, target, windowMinutes, maximumSeverity } = objective
  const labels = { slo: id, service: 'eviltwin' }
  const windows = burnWindows(windowMinutes, target, maximumSeverity)
  const lengths = [
    ...new Set([
      ...windows.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes]),
      windowMinutes,
    ]),
  ].sort((a, b) => a - b)
  const recorded = (minutes: number) => `slo:sli_error:ratio_rate${durationText(minutes)}`
  const budget = Number((1 - target).toFixed(9))
  return [
    ...lengths.map((minutes) => ({
      record: recorded(minutes),
      expr: errorRatio(indicator, durationText(minutes)),
      labels,
    })),
    ...windows.map(({ longMinutes, shortMinutes, factor, severity, minimumEvents }) => ({
      alert: 'EvilTwinSloBurn',
      expr: [
        `${recorded(longMinutes)}{slo="${id}"} > ${factor} * ${budget}`,
        `${recorded(shortMinutes)}{slo="${id}"} > ${factor} * ${budget}`,
        ...enoughEvents(indicator, durationText(longMinutes), minimumEvents),
      ].join('\nand on () '),
      labels: { ...labels, severity, long_window: durationText(longMinutes) },
      annotations: {
        summary: `${name}: the error budget burns more than ${factor} times its pace`,
        description,
        runbook: `docs/runbooks/${runbookOf(objective)}.md`,
      },
    })),
  ]
}

/** Counters whose sum, less that of `except`, is a number of events. */
interface Counted {
  of: string
  except?: string
}

/** Events of an indicator as counters: all, and the good ones. Null for those that are no counters. */
function countersOf(indicator: Indicator): { total: Counted; good: Counted } | null {
  switch (indicator.signal) {
    case 'ai_probe':
      return null
    case 'sensor_coverage':
      return {
        total: { of: 'eviltwin_sensor_coverage_checks_total' },
        good: { of: 'eviltwin_sensor_coverage_checks_total{proven="true"}' },
      }
    case 'attack_detection':
      return {
        total: { of: 'eviltwin_synthetic_attacks_total' },
        good: { of: 'eviltwin_synthetic_attacks_total{outcome="detected"}' },
      }
    case 'detection_delay': {
      const metric = 'eviltwin_synthetic_detection_delay_seconds'
      return {
        total: { of: `${metric}_count` },
        good: { of: `${metric}_bucket{le="${indicator.good.faster_than_ms / 1000}"}` },
      }
    }
    case 'alert_delivery': {
      const metric = 'eviltwin_alert_delivery_duration_seconds'
      return {
        total: { of: `${metric}_count{mode="live"}` },
        good: { of: `${metric}_bucket{mode="live",le="${indicator.good.faster_than_ms / 1000}"}` },
      }
    }
    case 'http':
      return requestCounters(indicator)
  }
}

/** The population of population.ts, except that nothing tells which analyses the LLM made. */
function requestCounters({ route, good }: HttpIndicator): { total: Counted; good: Counted } {
  const way = wayOf(route)
  const [method, path] = route.split(' ')
  const metric =
    way === null ? 'http_server_request_duration_seconds' : 'eviltwin_ingest_request_duration_seconds'
  const served =
    way === null
      ? `http_request_method="${method}",http_route="${path}"`
      : `way="${way}",population="platform"`
  const answered = way === null ? 'http_response_status_code!~"5..|499|429"' : 'outcome="answered"'
  const failed = way === null ? 'http_response_status_code=~"5..|499"' : 'outcome="failed"'
  const notRefused = way === null ? 'http_response_status_code!="429"' : 'outcome!="overloaded"'
  if ('outcome' in good)
    return {
      total: { of: `${metric}_count{${served}}` },
      good: { of: `${metric}_count{${served},${answered}}` },
    }
  const le = `le="${good.faster_than_ms / 1000}"`
  return {
    total: {
      of: `${metric}_count{${served},${notRefused}}`,
      except: `${metric}_bucket{${served},${failed},${le}}`,
    },
    good: { of: `${metric}_bucket{${served},${answered},${le}}` },
  }
}

/** A sum over time of counters; one that has no series at all counts as none. */
function sumOf({ of, except }: Counted, operation: 'rate' | 'increase', window: string): string {
  const sum = (selector: string) => `sum(${operation}(${selector}[${window}]))`
  return except === undefined ? sum(of) : `(${sum(of)} - (${sum(except)} or vector(0)))`
}

function errorRatio(indicator: Indicator, window: string): string {
  const counters = countersOf(indicator)
  if (!counters) return `1 - avg_over_time(max(eviltwin_ai_available)[${window}:1m])`
  const good = sumOf(counters.good, 'rate', window)
  // Without one good event the numerator has no series at all, which must not make a total outage look like no data.
  return `1 - ((${good} or vector(0)) / (${sumOf(counters.total, 'rate', window)} > 0))`
}

function enoughEvents(indicator: Indicator, window: string, minimum: number): string[] {
  const counters = countersOf(indicator)
  return counters ? [`${sumOf(counters.total, 'increase', window)} >= ${minimum}`] : []
}
