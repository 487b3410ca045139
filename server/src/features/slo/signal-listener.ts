import type { LogObserver } from '../../platform/telemetry/log.js'
import { ALERT_DELIVERY, hasSucceeded, isGood, type Objective, routeSeries, seriesOf } from './objective.js'
import {
  AI_ANALYSES,
  clientErrorSeries,
  FAILED_LOGINS,
  LOGINS,
  logSeries,
  POOL_EXHAUSTED,
} from './series/names.js'
import type { SignalRecorder } from './series/recorder.js'

/** Turns what happens into the series that SLOs, operational alerts and the review read. */
export interface SignalListener {
  /** @param route method and pattern, such as `GET /sessions/:id`; never a path that somebody asked for. */
  requestCompleted(route: string, status: number, milliseconds: number): void
  alertDelivered(milliseconds: number): void
  aiProbed(available: boolean): void
  /** A session was analysed, by the LLM or without it. */
  aiAnalyzed(byLlm: boolean): void
  logged: LogObserver
}

export function createSignalListener(
  recorder: SignalRecorder,
  objectives: readonly Objective[],
): SignalListener {
  const byRoute = new Map<string, Objective[]>()
  for (const objective of objectives) {
    if (objective.indicator.signal !== 'http') continue
    const { route } = objective.indicator
    byRoute.set(route, [...(byRoute.get(route) ?? []), objective])
  }
  const seriesById = new Map(objectives.map((objective) => [objective.id, seriesOf(objective.indicator)]))
  const deliveries = objectives.flatMap(({ id, indicator }) =>
    indicator.signal === 'alert_delivery' ? [{ series: seriesById.get(id) ?? id, good: indicator.good }] : [],
  )
  const aiProbe = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })

  return {
    requestCompleted(route, status, milliseconds) {
      recorder.observe(routeSeries(route), milliseconds, hasSucceeded(status))
      if (status >= 400 && status < 500 && status !== 429) recorder.count(clientErrorSeries(route), false)
      for (const { id, indicator } of byRoute.get(route) ?? []) {
        recorder.count(seriesById.get(id) ?? id, isGood(indicator.good, status, milliseconds))
      }
    },
    alertDelivered(milliseconds) {
      recorder.observe(ALERT_DELIVERY, milliseconds, true)
      for (const { series, good } of deliveries) recorder.count(series, milliseconds < good.faster_than_ms)
    },
    aiAnalyzed: (byLlm) => recorder.count(AI_ANALYSES, byLlm),
    aiProbed: (available) => recorder.count(aiProbe, available),
    logged(level, logger, message) {
      if (message === 'Auth login failed') {
        recorder.tick(FAILED_LOGINS)
        recorder.count(LOGINS, false)
      } else if (message === 'Auth login success') recorder.count(LOGINS, true)
      else if (message === 'DB connection pool exhausted') recorder.count(POOL_EXHAUSTED, false)
      if (level === 'ERROR' || level === 'CRITICAL') recorder.count(logSeries(level, logger, message), false)
    },
  }
}
