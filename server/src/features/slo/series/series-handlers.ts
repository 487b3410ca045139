import type { EventHandlers } from '../../../platform/events.js'
import { ALERT_DELIVERY, hasSucceeded, isGood, type Objective, routeSeries, seriesOf } from '../objective.js'
import {
  AI_ANALYSES,
  clientErrorSeries,
  FAILED_LOGINS,
  LOGINS,
  logSeries,
  POOL_EXHAUSTED,
  UNMEASURED_ALERTS,
} from './names.js'
import type { SignalRecorder } from './recorder.js'

const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })

/** Counts events in the series that SLOs, operational alerts and the review read. */
export function seriesHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  return {
    ...requestHandlers(recorder, objectives),
    ...alertHandlers(recorder, objectives),
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

function requestHandlers(recorder: SignalRecorder, objectives: readonly Objective[]): EventHandlers {
  const indicators = new Map<string, Array<{ series: string; good: Parameters<typeof isGood>[0] }>>()
  for (const { indicator } of objectives) {
    if (indicator.signal !== 'http') continue
    const { route, good } = indicator
    indicators.set(route, [...(indicators.get(route) ?? []), { series: seriesOf(indicator), good }])
  }
  return {
    request_completed({ method, route: pattern, status, milliseconds }) {
      const route = `${method} ${pattern}`
      recorder.observe(routeSeries(route), milliseconds, hasSucceeded(status))
      if (status >= 400 && status < 500 && status !== 429) recorder.count(clientErrorSeries(route), false)
      for (const { series, good } of indicators.get(route) ?? []) {
        recorder.count(series, isGood(good, status, milliseconds))
      }
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
