import { AuditEntry, AuditHead, AuditQuery, pageOf } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import type { AuditStore } from './store.js'
import type { AuditWriter } from './writer.js'

export interface AuditRouteOptions {
  store: Pick<AuditStore, 'list' | 'head'>
  writer: Pick<AuditWriter, 'waiting' | 'lost'>
}

const tags = ['administration']
const config = { access: { role: 'admin' } } as const

/** Who changed what. Reading only: entries are made by what happens, and removed by age. */
export async function auditRoutes(app: App, { store, writer }: AuditRouteOptions): Promise<void> {
  app.get(
    '/audit',
    {
      config,
      schema: {
        summary: 'The audit log, newest first',
        tags,
        querystring: AuditQuery,
        response: { 200: pageOf(AuditEntry) },
      },
    },
    async ({ query }) => store.list(query),
  )

  app.get(
    '/audit/head',
    {
      config,
      schema: {
        summary: 'The newest entry and its hash, for storage elsewhere',
        description:
          '`eviltwin audit verify --anchor SEQ:HASH` proves that nothing up to it was changed since.',
        tags,
        response: { 200: AuditHead },
      },
    },
    async () => ({ ...(await store.head()), unwritten: writer.waiting(), lost: writer.lost() }),
  )
}
