import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** The delay that the demo injects into POST /log, so that its slow minute is really slow. */
export interface IngestDelay {
  /** Makes each request of the next `forMs` wait `delayMs`. */
  inject(delayMs: number, forMs: number): void
  /** How long a request that comes now waits, in milliseconds. */
  now(): number
  /** Makes POST /log of this application wait; must come before its routes. */
  guard(app: FastifyInstance): void
}

/** @param clock milliseconds, by a clock that never goes back. */
export function createIngestDelay(clock: () => number): IngestDelay {
  let injected = { delayMs: 0, until: 0 }
  const now = () => (clock() < injected.until ? injected.delayMs : 0)
  return {
    inject(delayMs, forMs) {
      injected = { delayMs, until: clock() + forMs }
    },
    now,
    guard(app) {
      app.addHook('preHandler', async (request) => {
        if (request.routeOptions.url === '/log' && now() > 0) await sleep(now())
      })
    },
  }
}
