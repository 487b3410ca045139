import { z } from 'zod'
import type { Metrics } from '../observability/metrics.js'
import type { App } from './types.js'

export async function metricsRoutes(app: App, { metrics }: { metrics: Metrics }): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { access: { scope: 'metrics:read', openOnLoopback: true } },
      schema: { summary: 'Metrics for Prometheus', tags: ['health'], response: { 200: z.string() } },
      serializerCompiler: () => String,
    },
    async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return metrics.exposition()
    },
  )
}
