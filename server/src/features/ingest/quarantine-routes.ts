import {
  pageOf,
  QuarantineDeletion,
  QuarantineDeletionResult,
  QuarantinedRecord,
  QuarantineFilter,
  QuarantinePreview,
  QuarantineQuery,
  QuarantineReplay,
  QuarantineReplayResult,
  QuarantineUsage,
} from '@eviltwin/contract'
import { z } from 'zod'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import type { Quarantine } from './quarantine.js'

export interface QuarantineRouteOptions {
  quarantine: Quarantine
  log: Logger
}

const tags = ['ingest']
const reading = { access: { role: 'viewer' } } as const
const changing = { access: { role: 'admin' } } as const
const ById = z.object({ id: z.uuid() })

/** What was no event: who holds how much of it, and what to do with it. */
export async function quarantineRoutes(app: App, options: QuarantineRouteOptions): Promise<void> {
  registerReading(app, options)
  registerChanges(app, options)
}

function registerReading(app: App, { quarantine }: QuarantineRouteOptions): void {
  app.get(
    '/quarantine',
    {
      config: reading,
      schema: {
        summary: 'Quarantined records, newest first',
        tags,
        querystring: QuarantineQuery,
        response: { 200: pageOf(QuarantinedRecord) },
      },
    },
    async ({ query }) => quarantine.list(query),
  )
  app.get(
    '/quarantine/usage',
    {
      config: reading,
      schema: {
        summary: 'Usage of the quarantine by key, and evictions',
        tags,
        response: { 200: QuarantineUsage },
      },
    },
    async () => quarantine.usage(),
  )
  app.get(
    '/quarantine/preview',
    {
      config: reading,
      schema: {
        summary: 'The number of quarantined records that match',
        tags,
        querystring: QuarantineFilter,
        response: { 200: QuarantinePreview },
      },
    },
    async ({ query }) => quarantine.preview(query),
  )
  app.get(
    '/quarantine/:id',
    {
      config: reading,
      schema: {
        summary: 'A quarantined record, with the first and last 4 KiB of it',
        tags,
        params: ById,
        response: { 200: QuarantinedRecord },
      },
    },
    async ({ params }) => quarantine.find(params.id),
  )
}

function registerChanges(app: App, { quarantine, log }: QuarantineRouteOptions): void {
  app.post(
    '/quarantine/replay',
    {
      config: { ...changing, audit: { action: 'quarantine.replay', before: async ({ body }) => body } },
      schema: {
        summary: 'Replay quarantined records',
        description:
          'At most 1,000 records and 8 MiB a call; call again with `next_cursor` until it is null.',
        tags,
        body: QuarantineReplay,
        response: { 200: QuarantineReplayResult },
      },
    },
    async (request) => {
      const result = await quarantine.replay(request.body, request.id)
      const { next_cursor: _, ...counts } = result
      log.info('Quarantine replayed', { ...idsOf(request), username: request.login?.username, ...counts })
      return result
    },
  )
  app.delete(
    '/quarantine/:id',
    {
      config: {
        ...changing,
        audit: {
          action: 'quarantine.delete',
          before: (request) => quarantine.find((request.params as { id: string }).id),
        },
      },
      schema: { summary: 'Delete a quarantined record', tags, params: ById, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await quarantine.deleteOne(request.params.id)
      log.info('Quarantine deleted', { ...idsOf(request), username: request.login?.username, deleted: 1 })
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/quarantine',
    {
      config: { ...changing, audit: { action: 'quarantine.delete', before: async ({ query }) => query } },
      schema: {
        summary: 'Delete the quarantined records that match',
        description: 'At most 10,000 records a call, the oldest first; call again while `more` is true.',
        tags,
        querystring: QuarantineDeletion,
        response: { 200: QuarantineDeletionResult },
      },
    },
    async (request) => {
      const result = await quarantine.deleteMatching(request.query)
      const { deleted, bytes } = result
      log.info('Quarantine deleted', {
        ...idsOf(request),
        username: request.login?.username,
        deleted,
        bytes,
      })
      return result
    },
  )
}
