import {
  pageOf,
  QuarantinedRecord,
  QuarantineQuery,
  QuarantineReplay,
  QuarantineReplayResult,
} from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import type { Quarantine } from './quarantine.js'

export async function quarantineRoutes(app: App, { quarantine }: { quarantine: Quarantine }): Promise<void> {
  const tags = ['ingest']

  app.get(
    '/quarantine',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Records that are no events',
        tags,
        querystring: QuarantineQuery,
        response: { 200: pageOf(QuarantinedRecord) },
      },
    },
    async ({ query }) => quarantine.list(query),
  )

  app.post(
    '/quarantine/replay',
    {
      config: { access: { role: 'admin' }, audit: { action: 'quarantine.replay' } },
      schema: {
        summary: 'Try quarantined records again',
        tags,
        body: QuarantineReplay,
        response: { 200: QuarantineReplayResult },
      },
    },
    async ({ body, id }) => quarantine.replay(body, id),
  )
}
