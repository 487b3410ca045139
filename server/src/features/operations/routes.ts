import { readFile } from 'node:fs/promises'
import {
  LogLevelName,
  NewOpsSilence,
  OpsAlert,
  OpsAlertsQuery,
  OpsSilence,
  OpsTransition,
} from '@eviltwin/contract'
import { z } from 'zod'
import { NotFoundError } from '../../platform/errors.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import type { Log } from '../../platform/telemetry/log.js'
import { loginOf } from '../auth/index.js'
import type { Operations } from './operations.js'

export interface OperationsRouteOptions {
  operations: Operations
  levels: Pick<Log, 'level' | 'setLevel'>
  log: Logger
}

const RUNBOOKS = new URL('../../../../docs/runbooks/', import.meta.url)
const tags = ['observability']
const read = { access: { role: 'viewer' } } as const
const handle = { access: { role: 'analyst' } } as const
const byRule = z.object({ id: z.string().max(200) })

function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.null() })
}

/** What the operator of the platform needs: operational alerts, silences, the log level and the runbooks. */
export async function operationsRoutes(app: App, options: OperationsRouteOptions): Promise<void> {
  opsAlertRoutes(app, options)
  silenceRoutes(app, options)
  logLevelRoutes(app, options)
  runbookRoutes(app)
}

function opsAlertRoutes(app: App, { operations }: OperationsRouteOptions): void {
  const limit = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) })

  app.get(
    '/ops/alerts',
    {
      config: read,
      schema: {
        summary: 'Operational alerts: every rule and its state',
        tags,
        querystring: OpsAlertsQuery,
        response: { 200: listOf(OpsAlert) },
      },
    },
    async ({ query }) => ({ items: await operations.alerts(query.kind), next_cursor: null }),
  )

  app.get(
    '/ops/alerts/history',
    {
      config: read,
      schema: {
        summary: 'State changes of operational alerts, newest first',
        tags,
        querystring: limit.extend({ rule_id: z.string().max(200).optional() }),
        response: { 200: listOf(OpsTransition) },
      },
    },
    async ({ query }) => ({
      items: await operations.history(query.rule_id ?? null, query.limit),
      next_cursor: null,
    }),
  )

  app.post(
    '/ops/alerts/:id/acknowledge',
    {
      config: { ...handle, audit: { action: 'operational_alert.acknowledge' } },
      schema: {
        summary: 'Acknowledge an operational alert',
        tags,
        params: byRule,
        response: { 200: OpsAlert },
      },
    },
    async (request) => operations.acknowledge(request.params.id, loginOf(request).username),
  )
}

function silenceRoutes(app: App, { operations }: OperationsRouteOptions): void {
  app.get(
    '/ops/silences',
    {
      config: read,
      schema: { summary: 'Silences and maintenance windows', tags, response: { 200: listOf(OpsSilence) } },
    },
    async () => ({ items: await operations.silences(), next_cursor: null }),
  )

  app.post(
    '/ops/silences',
    {
      config: { ...handle, audit: { action: 'silence.add' } },
      schema: {
        summary: 'Silence a rule, or all of them for a maintenance window',
        tags,
        body: NewOpsSilence,
        response: { 201: OpsSilence },
      },
    },
    async (request, reply) => reply.code(201).send(await operations.silence(request.body, loginOf(request))),
  )

  app.delete(
    '/ops/silences/:id',
    {
      config: {
        ...handle,
        audit: {
          action: 'silence.end',
          before: (request) =>
            operations
              .silences()
              .then((all) => all.find(({ id }) => id === (request.params as { id: string }).id)),
        },
      },
      schema: {
        summary: 'End a silence',
        tags,
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null() },
      },
    },
    async ({ params }, reply) => {
      await operations.endSilence(params.id)
      return reply.code(204).send(null)
    },
  )
}

function logLevelRoutes(app: App, { levels, log }: OperationsRouteOptions): void {
  app.get(
    '/ops/log-level',
    {
      config: read,
      schema: { summary: 'The log level', tags, response: { 200: z.object({ level: LogLevelName }) } },
    },
    async () => ({ level: levels.level() }),
  )

  app.put(
    '/ops/log-level',
    {
      config: {
        access: { role: 'admin' },
        audit: { action: 'log_level.change', before: async () => ({ level: levels.level() }) },
      },
      schema: {
        summary: 'Change the log level of this replica until it restarts',
        tags,
        body: z.object({ level: LogLevelName }),
        response: { 200: z.object({ level: LogLevelName }) },
      },
    },
    async (request) => {
      const { level } = request.body
      log.warning('Log level changed', { ...idsOf(request), level, username: loginOf(request).username })
      levels.setLevel(level)
      return { level: levels.level() }
    },
  )
}

function runbookRoutes(app: App): void {
  // Links in alerts are opened by people on call, who may not be logged in; there is nothing secret in a runbook.
  app.get(
    '/runbooks/:id',
    {
      config: { access: { public: true } },
      schema: {
        summary: 'The runbook of an operational alert',
        tags,
        params: byRule,
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
      serializerCompiler: () => String,
    },
    async ({ params }, reply) => {
      const { id } = params
      const text = /^[a-z0-9-]+$/.test(id)
        ? await readFile(new URL(`${id}.md`, RUNBOOKS), 'utf8').catch(() => null)
        : null
      if (text === null)
        throw new NotFoundError(`runbook ${id} was not found; GET /ops/alerts links to the runbooks`)
      return reply.type('text/plain; charset=utf-8').send(text)
    },
  )
}
