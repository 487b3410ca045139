import { Health } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../http/types.js'
import { VERSION } from '../version.js'
import type { Module } from './module.js'

export interface HealthModuleOptions {
  isDatabaseReachable: () => Promise<boolean>
  alertQueueDepth: () => number
  isModelLoaded: () => boolean
  /** What works, but wants somebody's attention, in words that anybody may read. */
  degradations: () => string[]
  /** Whether all data is of the demo. */
  demo: boolean
  /** How long the server runs, whichever of its processes answers. */
  uptimeSeconds: () => number
}

/** State of the platform, for people and orchestrators. */
export interface HealthModule extends Module {
  /** A shutdown has begun: load balancers stop sending. */
  refuseTraffic(): void
}

export function createHealthModule(options: HealthModuleOptions): HealthModule {
  let accepting = true
  return {
    refuseTraffic() {
      accepting = false
    },
    async routes(app) {
      await app.register(healthRoutes, { ...options, isAccepting: () => accepting })
    },
  }
}

function statusOf(database: boolean, reasons: readonly string[]): Health['status'] {
  if (!database) return 'unavailable'
  return reasons.length > 0 ? 'degraded' : 'ok'
}

interface HealthRouteOptions extends HealthModuleOptions {
  isAccepting: () => boolean
}

async function healthRoutes(app: App, options: HealthRouteOptions): Promise<void> {
  const config = { access: { public: true } } as const
  const tags = ['health']
  const Probe = z.object({ status: z.enum(['ok', 'unavailable']) })

  app.get(
    '/health',
    { config, schema: { summary: 'State of the platform', tags, response: { 200: Health, 503: Health } } },
    async (_request, reply) => {
      const database = await options.isDatabaseReachable()
      const reasons = options.degradations()
      const health: Health = {
        status: statusOf(database, reasons),
        reasons,
        database,
        demo: options.demo,
        alert_queue_depth: options.alertQueueDepth(),
        model_loaded: options.isModelLoaded(),
        uptime_seconds: Math.round(options.uptimeSeconds() * 10) / 10,
        version: VERSION,
      }
      return reply.code(database ? 200 : 503).send(health)
    },
  )

  app.get(
    '/health/live',
    { config, schema: { summary: 'The process answers', tags, response: { 200: Probe } } },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/health/ready',
    { config, schema: { summary: 'Requests can be served', tags, response: { 200: Probe, 503: Probe } } },
    async (_request, reply) => {
      const ready = options.isAccepting() && (await options.isDatabaseReachable())
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' })
    },
  )
}
