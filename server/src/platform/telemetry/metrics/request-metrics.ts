import type { Meter } from '@opentelemetry/api'
import { UNANSWERED, wayOf } from '../../../domain/ingest-population.js'
import type { RequestCompleted } from '../../../domain/platform-event.js'
import type { EventHandlers } from '../../events.js'
import type { Exemplars } from './openmetrics.js'

/** Bounds of the HTTP conventions, with more at our objectives. */
export const REQUEST_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 0.8, 1, 2.5, 5, 7.5, 10,
]

function outcomeOf({ status, overloaded }: RequestCompleted): 'answered' | 'failed' | 'overloaded' {
  if (overloaded || status === 429) return 'overloaded'
  return status >= 500 || status === UNANSWERED ? 'failed' : 'answered'
}

/** Requests that ended; 499 is the status of one whose client left without an answer. https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
export function requestMetrics(meter: Meter, exemplars: Exemplars): EventHandlers {
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
    advice: { explicitBucketBoundaries: REQUEST_SECONDS },
  })
  const ingest = meter.createHistogram('eviltwin.ingest.request.duration', {
    unit: 's',
    description:
      'Duration of requests that send events, by way in, population (docs/slos.md) and outcome: answered, failed, or refused by overload',
    advice: { explicitBucketBoundaries: REQUEST_SECONDS },
  })
  return {
    request_completed(request) {
      const { method, route, status, milliseconds, population, trace } = request
      const seconds = milliseconds / 1000
      requests.record(seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      })
      const way = wayOf(`${method} ${route}`)
      if (way !== null && population !== null)
        ingest.record(seconds, { way, population, outcome: outcomeOf(request) })
      exemplars.add(`${method} ${route} ${status}`, seconds, trace.trace_id)
    },
  }
}
