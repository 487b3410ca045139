import { GoldenSignals, GoldenSignalsQuery, SloDetail, SloStatus } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import type { GoldenSignalReader } from './golden-signals.js'
import type { SloReader } from './slo-reader.js'

export interface SloRouteOptions {
  slos: SloReader
  goldenSignals: GoldenSignalReader
}

export async function sloRoutes(app: App, { slos, goldenSignals }: SloRouteOptions): Promise<void> {
  const config = { access: { role: 'viewer' } } as const
  const tags = ['observability']

  app.get(
    '/slos',
    {
      config,
      schema: {
        summary: 'Service level objectives and their status',
        tags,
        response: { 200: z.object({ items: z.array(SloStatus), next_cursor: z.null() }) },
      },
    },
    async () => ({ items: await slos.list(), next_cursor: null }),
  )

  app.get(
    '/slos/:id',
    {
      config,
      schema: {
        summary: 'One objective with the history of its error budget',
        tags,
        params: z.object({ id: z.string().max(63) }),
        response: { 200: SloDetail },
      },
    },
    async ({ params }) => slos.find(params.id),
  )

  app.get(
    '/ops/signals',
    {
      config,
      schema: {
        summary: 'The golden signals of the last minutes',
        tags,
        querystring: GoldenSignalsQuery,
        response: { 200: GoldenSignals },
      },
    },
    async ({ query }) => goldenSignals(query.minutes),
  )
}
