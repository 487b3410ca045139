import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import type { Exemplars } from './openmetrics.js'

/** Bounds of the HTTP conventions, with more at our objectives. */
export const REQUEST_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 0.8, 1, 2.5, 5, 7.5, 10,
]

/** Answered requests. https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
export function requestMetrics(meter: Meter, exemplars: Exemplars): EventHandlers {
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
    advice: { explicitBucketBoundaries: REQUEST_SECONDS },
  })
  return {
    request_completed({ method, route, status, milliseconds, trace }) {
      const seconds = milliseconds / 1000
      requests.record(seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      })
      exemplars.add(`${method} ${route} ${status}`, seconds, trace.trace_id)
    },
  }
}
