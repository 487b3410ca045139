import {
  CanaryHit,
  CanaryHitQuery,
  CanaryHookAnswer,
  CanaryToken,
  CanaryTokenDetail,
  CanaryTokenPatch,
  IngestOne,
  NewCanaryToken,
  pageOf,
} from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NotFoundError, StorageFullError } from '../../platform/errors.js'
import { bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { requestIds } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { loginOf } from '../auth/index.js'
import type { RecordOutcome } from '../ingest/index.js'
import { type Answer, answerOf, NOTHING_HERE } from './answers.js'
import type { CanaryIntake, Visit } from './canary-intake.js'
import { type CanaryTokens, isForeign } from './tokens.js'

export interface CanaryRouteOptions {
  tokens: CanaryTokens
  intake: CanaryIntake
  log: Logger
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

const tags = ['canary']
const MAX_HOOK_BYTES = 1024 * 1024
const MAX_VISIT_BYTES = 64 * 1024
const MAX_SHOWN = 2_000

/** Canary tokens: managed by people, touched by intruders, reported by other systems. */
export async function canaryRoutes(app: App, options: CanaryRouteOptions): Promise<void> {
  await app.register(managementRoutes, options)
  await app.register(hookRoutes, options)
  await app.register(visitRoutes, options)
}

async function managementRoutes(app: App, { tokens }: CanaryRouteOptions): Promise<void> {
  // A token's URL is worth something only as long as nobody knows it: not even viewers need it.
  const config = { access: { role: 'analyst' } } as const
  const byId = z.object({ id: z.uuid() })

  app.get(
    '/canary/tokens',
    {
      config,
      schema: {
        summary: 'Canary tokens, newest first',
        tags,
        response: { 200: z.object({ items: z.array(CanaryToken), next_cursor: z.null() }) },
      },
    },
    async () => ({ items: await tokens.list(), next_cursor: null }),
  )

  app.post(
    '/canary/tokens',
    {
      config,
      schema: {
        summary: 'Make a canary token',
        tags,
        body: NewCanaryToken,
        response: { 201: CanaryTokenDetail },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await tokens.create(request.body, loginOf(request).username)),
  )

  app.get(
    '/canary/tokens/:id',
    {
      config,
      schema: { summary: 'One token and its bait', tags, params: byId, response: { 200: CanaryTokenDetail } },
    },
    async ({ params }) => tokens.find(params.id),
  )

  app.patch(
    '/canary/tokens/:id',
    {
      config,
      schema: {
        summary: 'Rename, enable or disable a token',
        tags,
        params: byId,
        body: CanaryTokenPatch,
        response: { 200: CanaryTokenDetail },
      },
    },
    async ({ params, body }) => tokens.change(params.id, body),
  )

  app.get(
    '/canary/tokens/:id/hits',
    {
      config,
      schema: {
        summary: 'Who touched a token, newest first',
        tags,
        params: byId,
        querystring: CanaryHitQuery,
        response: { 200: pageOf(CanaryHit) },
      },
    },
    async ({ params, query }) => tokens.hits(params.id, query),
  )
}

/** Programs that report a touch. The body stays bytes: its signature is over them. */
async function hookRoutes(app: App, { tokens, intake, storageProblem }: CanaryRouteOptions): Promise<void> {
  const config = { access: { public: true } } as const
  takeBytes(app, MAX_HOOK_BYTES)
  app.addHook('onRequest', (_request, _reply, done) => {
    const problem = storageProblem()
    done(problem === null ? undefined : new StorageFullError(problem))
  })

  app.post(
    '/canary/webhook',
    {
      config,
      schema: {
        summary: 'A canary was touched (signed)',
        description:
          '`X-Canary-Signature: sha256=<hex>`: HMAC-SHA256 of the raw body with CANARY_WEBHOOK_SECRET. The body is an event with a `timestamp` that is minutes old at most. Each message is accepted once.',
        tags,
        response: { 200: IngestOne },
      },
    },
    async (request) =>
      intake.webhook(
        {
          body: bytesOf(request),
          signature: header(request, 'x-canary-signature'),
          timestamp: header(request, 'x-canary-timestamp'),
        },
        requestIds(request),
      ),
  )

  app.post(
    '/canary/hooks/:token',
    {
      config,
      schema: {
        summary: 'A canary of another system was touched (secret path)',
        tags,
        params: z.object({ token: z.string() }),
        response: { 200: CanaryHookAnswer },
      },
    },
    async (request) => {
      const token = await tokens.recognise(request.params.token)
      if (!token || !isForeign(token.kind)) throw new NotFoundError('there is no such hook')
      const outcome = await intake.hook(token, bytesOf(request), requestIds(request))
      // Senders that are answered anything but 200 switch the webhook off.
      return { status: hookStatus(outcome) }
    },
  )
}

function hookStatus(outcome: RecordOutcome | null): CanaryHookAnswer['status'] {
  if (outcome === null) return 'ignored'
  return outcome.status === 'quarantined' ? 'quarantined' : 'processed'
}

/** Intruders. They get an answer whatever happens here, and it is never a problem+json. */
async function visitRoutes(app: App, { tokens, intake, log }: CanaryRouteOptions): Promise<void> {
  takeBytes(app, MAX_VISIT_BYTES)
  app.setErrorHandler((error, request, reply) => {
    log.error('Canary token triggered, but not stored', {
      request_id: request.id,
      source_ip: request.ip,
      cause: (error as Error).message,
    })
    return answer(reply, NOTHING_HERE)
  })
  for (const url of ['/c/:token', '/c/:token/*']) {
    app.route({
      method: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      url,
      config: { access: { public: true } },
      schema: { hide: true },
      handler: visit,
    })
  }

  async function visit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { token: secret } = request.params as { token: string }
    const token = await tokens.recognise(secret)
    if (!token || isForeign(token.kind)) return answer(reply, NOTHING_HERE)
    const visitor = visitOf(request)
    await intake.hit(token, visitor, requestIds(request))
    return answer(reply, answerOf(token.kind, request.method === 'POST'))
  }
}

function answer(reply: FastifyReply, { status, type, body }: Answer): FastifyReply {
  return reply.code(status).type(type).header('cache-control', 'no-store').send(body)
}

function visitOf(request: FastifyRequest): Visit {
  const { method, ip, socket } = request
  const form = new URLSearchParams(method === 'POST' ? bytesOf(request).toString('utf8') : '')
  const given = (name: string) => form.get(name)?.slice(0, MAX_SHOWN)
  return {
    source_ip: ip,
    source_port: socket.remotePort,
    method,
    path: `/${(request.params as { '*'?: string })['*'] ?? ''}`.slice(0, MAX_SHOWN),
    user_agent: header(request, 'user-agent'),
    referer: header(request, 'referer'),
    accept_language: header(request, 'accept-language'),
    username: given('username') ?? awsKeyId(request),
    password: given('password'),
  }
}

/** Who uses a fake key signs with it (AWS Signature Version 4). */
function awsKeyId(request: FastifyRequest): string | undefined {
  return /Credential=([A-Z0-9]{16,128})\//.exec(header(request, 'authorization') ?? '')?.[1]
}

function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value.slice(0, MAX_SHOWN) : undefined
}
