import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Publish } from '../../domain/platform-event.js'
import { bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { idsOf, requestIds } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import { answerOf, NOTHING_HERE } from './answers.js'
import type { CanaryIntake } from './canary-intake.js'
import { isForeign } from './kinds.js'
import { describeMcp, mcpRequestOf } from './mcp.js'
import type { Proofs } from './proofs.js'
import { headerOf, MAX_SHOWN_CHARACTERS } from './request-header.js'
import type { CanaryTokens, RecognisedToken } from './tokens.js'
import type { Visit } from './visit.js'
import { answerWithoutTrace, hideOwnHeaders } from './visitor-answer.js'

export interface CanaryVisitRouteOptions {
  tokens: CanaryTokens
  intake: CanaryIntake
  publish: Publish
  /** Of the check of the URL. */
  proofs: Pick<Proofs, 'answerTo'>
}

const MAX_VISIT_BYTES = 64 * 1024
/** Intruders, on every path below the prefix. They get an answer whatever happens here, and nothing in it is of ours. */
export async function canaryVisitRoutes(
  app: App,
  { tokens, intake, publish, proofs }: CanaryVisitRouteOptions,
): Promise<void> {
  takeBytes(app, MAX_VISIT_BYTES)
  // What cannot be read of a visit, such as a body that is too large, is left out of it.
  app.setErrorHandler((_error, request, reply) => visit(request, reply))
  // Plugins add headers until the end.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    hideOwnHeaders(reply)
    done()
  })
  const about = { config: { access: { public: true } }, schema: { hide: true } } as const
  app.all('/', about, visit)
  app.all('/*', about, visit)
  // Of methods that have no routes.
  app.setNotFoundHandler(visit)

  async function visit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { secret, path } = placeOf(request)
    const { method } = request
    const proof = proofs.answerTo(secret)
    // Of this server itself: no visit, no event and no alert.
    if (proof !== null) return answerWithoutTrace(reply, { status: 200, type: 'text/plain', body: proof })
    let token: RecognisedToken | null = null
    try {
      token = await tokens.recognise(secret)
      if (!token || isForeign(token.kind)) return answerWithoutTrace(reply, NOTHING_HERE)
      await intake.hit(token, visitOf(request, path, token.kind), requestIds(request))
    } catch (error) {
      const { name: reason, message: cause } = error as Error
      publish({ kind: 'canary_visit_failed', ...idsOf(request), client_ip: request.ip, reason, cause })
    }
    return answerWithoutTrace(
      reply,
      token ? answerOf(token.kind, { method, path, body: bodyOf(request) }) : NOTHING_HERE,
    )
  }
}

/** The secret of a token, and what follows it. */
function placeOf({ url }: FastifyRequest): { secret: string; path: string } {
  const [, , secret = '', ...segments] = (url.split('?', 1)[0] ?? '').split('/')
  return { secret, path: `/${decoded(segments.join('/'))}` }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function bodyOf(request: FastifyRequest): Buffer {
  return request.method === 'POST' ? bytesOf(request) : Buffer.alloc(0)
}

function visitOf(request: FastifyRequest, path: string, kind: RecognisedToken['kind']): Visit {
  const { method, ip, socket } = request
  const body = bodyOf(request)
  const form = new URLSearchParams(body.toString('utf8'))
  const mcp = kind === 'mcp_server' ? mcpRequestOf(body) : null
  const given = (name: string) => form.get(name)?.slice(0, MAX_SHOWN_CHARACTERS)
  return {
    protocol: 'http',
    source_ip: ip,
    source_port: socket.remotePort,
    method,
    path: path.slice(0, MAX_SHOWN_CHARACTERS),
    user_agent: headerOf(request, 'user-agent'),
    referer: headerOf(request, 'referer'),
    accept_language: headerOf(request, 'accept-language'),
    username: given('username') ?? awsKeyId(request),
    password: given('password'),
    client_subnet: undefined,
    detail: mcp ? describeMcp(mcp) : undefined,
  }
}

/** Who uses a fake key signs with it (AWS Signature Version 4). */
function awsKeyId(request: FastifyRequest): string | undefined {
  return /Credential=([A-Z0-9]{16,128})\//.exec(headerOf(request, 'authorization') ?? '')?.[1]
}
