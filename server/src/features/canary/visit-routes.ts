import type { FastifyReply, FastifyRequest } from 'fastify'
import { bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { requestIds } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { type Answer, answerOf, NOTHING_HERE } from './answers.js'
import type { CanaryIntake } from './canary-intake.js'
import { headerOf, MAX_SHOWN_CHARACTERS } from './request-header.js'
import { type CanaryTokens, isForeign } from './tokens.js'
import type { Visit } from './visit.js'

export interface CanaryVisitRouteOptions {
  tokens: CanaryTokens
  intake: CanaryIntake
  log: Logger
}

const MAX_VISIT_BYTES = 64 * 1024

/** Intruders. They get an answer whatever happens here, and it is never a problem+json. */
export async function canaryVisitRoutes(
  app: App,
  { tokens, intake, log }: CanaryVisitRouteOptions,
): Promise<void> {
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
  const given = (name: string) => form.get(name)?.slice(0, MAX_SHOWN_CHARACTERS)
  return {
    source_ip: ip,
    source_port: socket.remotePort,
    method,
    path: `/${(request.params as { '*'?: string })['*'] ?? ''}`.slice(0, MAX_SHOWN_CHARACTERS),
    user_agent: headerOf(request, 'user-agent'),
    referer: headerOf(request, 'referer'),
    accept_language: headerOf(request, 'accept-language'),
    username: given('username') ?? awsKeyId(request),
    password: given('password'),
  }
}

/** Who uses a fake key signs with it (AWS Signature Version 4). */
function awsKeyId(request: FastifyRequest): string | undefined {
  return /Credential=([A-Z0-9]{16,128})\//.exec(headerOf(request, 'authorization') ?? '')?.[1]
}
