import { z } from 'zod'
import type { App } from '../http/types.js'
import type { Metrics } from '../telemetry/metrics/metrics.js'
import type { Module } from './module.js'

const OPENMETRICS = 'application/openmetrics-text'

/** GET /metrics. @param open METRICS_OPEN: whoever reaches the port may read it, without a key. */
export function createMetricsModule(metrics: Metrics, open: boolean): Module {
  return {
    async routes(app) {
      await app.register(metricsRoutes, { metrics, open })
    },
  }
}

async function metricsRoutes(
  app: App,
  { metrics, open }: { metrics: Metrics; open: boolean },
): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { access: open ? { public: true } : { scope: 'metrics:read' } },
      schema: {
        summary: 'Metrics for Prometheus',
        description: 'OpenMetrics with exemplars for whoever accepts it, else the Prometheus text format.',
        tags: ['observability'],
        produces: ['text/plain', OPENMETRICS],
        response: { 200: z.string() },
      },
      serializerCompiler: () => String,
    },
    async (request, reply) => {
      const wantsOpenMetrics = (request.headers.accept ?? '').includes(OPENMETRICS)
      reply.type(
        wantsOpenMetrics
          ? `${OPENMETRICS}; version=1.0.0; charset=utf-8`
          : 'text/plain; version=0.0.4; charset=utf-8',
      )
      return metrics.exposition(wantsOpenMetrics ? 'openmetrics' : 'prometheus')
    },
  )
}
