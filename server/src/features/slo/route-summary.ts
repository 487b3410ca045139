import { UNANSWERED } from '../../domain/ingest-population.js'
import { newSketch, quantileOf, type Sketch } from '../../domain/quantile-sketch.js'
import type { EventHandlers } from '../../platform/events.js'
import type { Logger } from '../../platform/logger.js'

/** Requests of each route since the last summary: one line a route and minute, so that logs alone give rates. */
export interface RouteSummary {
  handlers: EventHandlers
  /** Logs what there is and starts anew. */
  summarize(): void
}

interface Served {
  requests: number
  client_errors: number
  server_errors: number
  /** The client left without an answer. */
  unanswered: number
  durations: Sketch
}

export function createRouteSummary(log: Logger): RouteSummary {
  let served = new Map<string, Served>()
  return {
    handlers: {
      request_completed({ method, route: pattern, status, milliseconds }) {
        const route = `${method} ${pattern}`
        let sum = served.get(route)
        if (!sum) {
          sum = { requests: 0, client_errors: 0, server_errors: 0, unanswered: 0, durations: newSketch() }
          served.set(route, sum)
        }
        sum.requests += 1
        if (status === UNANSWERED) sum.unanswered += 1
        else if (status >= 500) sum.server_errors += 1
        else if (status >= 400) sum.client_errors += 1
        sum.durations.accept(milliseconds)
      },
    },
    summarize() {
      for (const [route, { durations, ...counts }] of served) {
        const p95 = quantileOf(durations, 0.95)
        log.info('Route served', { route, ...counts, p95_ms: p95 === null ? null : Number(p95.toFixed(1)) })
      }
      served = new Map()
    },
  }
}
