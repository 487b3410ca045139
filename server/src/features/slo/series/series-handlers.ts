import { type IngestWay, UNANSWERED, wayOf } from '../../../domain/ingest-population.js'
import type { RequestCompleted } from '../../../domain/platform-event.js'
import type { EventHandlers } from '../../../platform/events.js'
import {
  ALERT_DELIVERY,
  ATTACK_DETECTION,
  DETECTION_DELAY,
  type HttpIndicator,
  literalSeriesOf,
  type Objective,
  routeSeries,
  routesOf,
  SENSOR_COVERAGE,
  seriesOf,
} from '../objective.js'
import { isLiterallyGood, judge } from '../population.js'
import {
  AI_ANALYSES,
  clientErrorSeries,
  FAILED_LOGINS,
  ingestApartSeries,
  ingestSeries,
  LOGINS,
  logSeries,
  POOL_EXHAUSTED,
  UNMEASURED_ALERTS,
  unansweredSeries,
} from './names.js'
import type { SignalRecorder } from './recorder.js'

const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })

/**
 * The threshold of the operational alert about ingest latency: a request that failed before it had taken so long says nothing about
 * latency, one that took longer was slow.
 */
const SLOW_INGEST_MS = 1_000

/** Counts events in the series that SLOs, operational alerts and the review read. */
export function seriesHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  return {
    ...requestHandlers(recorder, objectives),
    ...alertHandlers(recorder, objectives),
    ...detectionHandlers(recorder, objectives),
    session_analyzed: ({ by_llm }) => recorder.count(AI_ANALYSES, by_llm),
    llm_minute_observed: ({ available }) => recorder.slice(AI_PROBE, available),
    login_failed() {
      recorder.tick(FAILED_LOGINS)
      recorder.count(LOGINS, false)
    },
    login_succeeded: () => recorder.count(LOGINS, true),
    pool_exhausted: () => recorder.count(POOL_EXHAUSTED, false),
    problem_logged({ level, logger, message }) {
      if (level !== 'WARNING') recorder.count(logSeries(level, logger, message), false)
    },
  }
}

type RequestCounter = (request: RequestCompleted) => void

function requestHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  const counters = new Map<string, RequestCounter[]>()
  for (const { indicator } of objectives) {
    if (indicator.signal !== 'http') continue
    const counter = indicatorCounter(recorder, indicator)
    for (const route of routesOf(indicator)) counters.set(route, [...(counters.get(route) ?? []), counter])
  }
  return {
    request_completed(request) {
      const { method, route: pattern, status, milliseconds } = request
      const route = `${method} ${pattern}`
      const way = wayOf(route)
      if (way !== null) countIngest(recorder, way, request)
      // What the platform sends itself is nobody's request: no golden signal and no objective has it.
      if (request.population === 'synthetic') return
      recorder.observe(routeSeries(route), milliseconds, status < 500)
      if (status === UNANSWERED) recorder.count(unansweredSeries(route), false)
      else if (status >= 400 && status < 500) recorder.count(clientErrorSeries(route), false)
      for (const count of counters.get(route) ?? []) count(request)
    },
  }
}

/** Counts requests for an indicator: by its population, and literally. */
function indicatorCounter(recorder: SignalRecorder, indicator: HttpIndicator): RequestCounter {
  const { good } = indicator
  const series = seriesOf(indicator)
  const literal = literalSeriesOf(indicator)
  return (request) => {
    if (literal !== null) recorder.count(literal, isLiterallyGood(good, request))
    const isGood = judge(indicator, request)
    if (isGood === null) return
    if ('outcome' in good) recorder.count(series, isGood)
    else recorder.observe(series, request.milliseconds, isGood)
  }
}

/** For the operational alerts: each way in alone. */
function countIngest(recorder: SignalRecorder, way: IngestWay, request: RequestCompleted): void {
  const { population, milliseconds } = request
  if (population === null) return
  if (population !== 'platform') {
    recorder.count(ingestApartSeries(population, way), false)
    return
  }
  const isGood = judge({ good: { outcome: 'succeeded' } }, request) === true
  const isTimed = judge({ good: { faster_than_ms: SLOW_INGEST_MS } }, request) !== null
  if (isTimed) recorder.observe(ingestSeries(way), milliseconds, isGood)
  else recorder.count(ingestSeries(way), isGood)
}

/** Attacks of the platform, and sensors that are proven to be there. */
function detectionHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  const delays = objectives.flatMap(({ indicator }) =>
    indicator.signal === 'detection_delay' ? [{ series: seriesOf(indicator), good: indicator.good }] : [],
  )
  return {
    synthetic_attack_judged({ detected, seconds }) {
      recorder.count(ATTACK_DETECTION, detected)
      if (seconds === null) return
      recorder.observe(DETECTION_DELAY, seconds * 1000, true)
      for (const { series, good } of delays) recorder.count(series, seconds * 1000 < good.faster_than_ms)
    },
    sensors_covered({ proven, expected }) {
      if (proven > 0) recorder.count(SENSOR_COVERAGE, true, proven)
      if (expected > proven) recorder.count(SENSOR_COVERAGE, false, expected - proven)
    },
  }
}

function alertHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  const indicators = objectives.flatMap(({ indicator }) =>
    indicator.signal === 'alert_delivery' ? [{ series: seriesOf(indicator), good: indicator.good }] : [],
  )
  return {
    alert_delivered({ seconds, mode }) {
      // What a client missed while it was away says nothing about our delay.
      if (mode !== 'live') return
      const milliseconds = seconds * 1000
      recorder.observe(ALERT_DELIVERY, milliseconds, true)
      for (const { series, good } of indicators) recorder.count(series, milliseconds < good.faster_than_ms)
    },
    alert_unmeasured: () => recorder.count(UNMEASURED_ALERTS, false),
  }
}
