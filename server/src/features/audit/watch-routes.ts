import type { AuditActor } from '@eviltwin/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { clientBlockOf } from '../../domain/ip-address.js'
import { AppError } from '../../platform/errors.js'
import type { AuditRule } from '../../platform/http/audit-rule.js'
import type {} from '../auth/index.js'
import type { AuditRecord } from './chain.js'
import { redacted } from './redact.js'
import type { RepeatedRecords } from './repeated.js'
import type { AuditWriter } from './writer.js'

export interface WatchOptions {
  writer: Pick<AuditWriter, 'write'>
  repeated: RepeatedRecords
  /** Milliseconds since the epoch. */
  now: () => number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the rule of the route read before the change. */
    auditBefore: unknown
    /** What the route answers. */
    auditAfter: unknown
    /** Why the request was refused, in our words; null when it was not. */
    auditReason: string | null
  }
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])
const REFUSED = new Set([401, 403])
const MAX_REASON = 300

/**
 * Writes an entry for whatever a route with an audit rule does, before it is answered, and counts who is refused. A route that changes
 * something and has no rule keeps the application from starting.
 */
export function watchRoutes(app: FastifyInstance, { writer, repeated, now }: WatchOptions): void {
  app.decorateRequest('auditBefore', null)
  app.decorateRequest('auditAfter', null)
  app.decorateRequest('auditReason', null)
  requireRuleOfEveryChange(app)

  // Of each route that it concerns, not of the application: the way of events pays nothing for it.
  app.addHook('onRoute', (route) => {
    const { audit: rule, access } = route.config ?? {}
    if (!rule && !access?.role) return
    if (rule) {
      route.preHandler = [route.preHandler ?? [], readBefore].flat()
      route.preSerialization = [route.preSerialization ?? [], keepAnswer].flat()
    }
    route.onError = [route.onError ?? [], keepReason].flat()
    route.onSend = [route.onSend ?? [], writeDown].flat()
  })

  async function readBefore(request: FastifyRequest): Promise<void> {
    const rule: AuditRule | false | undefined = request.routeOptions.config.audit
    if (rule && rule.before !== undefined) request.auditBefore = await rule.before(request).catch(() => null)
  }

  async function keepAnswer(
    request: FastifyRequest,
    _reply: FastifyReply,
    payload: unknown,
  ): Promise<unknown> {
    request.auditAfter = payload
    return payload
  }

  async function keepReason(request: FastifyRequest, _reply: FastifyReply, error: Error): Promise<void> {
    if (error instanceof AppError) request.auditReason = error.message.slice(0, MAX_REASON)
  }

  async function writeDown(request: FastifyRequest, { statusCode }: FastifyReply): Promise<void> {
    const { audit: rule } = request.routeOptions.config
    if (REFUSED.has(statusCode)) return noteRefusal(request, statusCode)
    if (!rule || statusCode >= 400) return
    const record = recordOf(request, rule.action, now())
    if (rule.isRepeated) repeated.add(kindOf(record), record)
    else await writer.write(record)
  }

  /** Somebody without a login who asks to read is no refusal worth an entry: every visit of an expired page would be one. */
  function noteRefusal(request: FastifyRequest, status: number): void {
    const { audit: rule } = request.routeOptions.config
    if (status === 401 && !rule) return
    const action = rule ? rule.action : `${request.method} ${request.routeOptions.url ?? ''}`.slice(0, 100)
    const { detail, ...record } = recordOf(request, action, now())
    const refusal = {
      ...record,
      outcome: 'refused' as const,
      detail: { ...detail, before: null, after: null, reason: request.auditReason },
    }
    repeated.add(kindOf(refusal), refusal)
  }
}

function requireRuleOfEveryChange(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  app.addHook('onReady', (done) => {
    const silent = routes.find(({ method, config }) => {
      const changes = [method].flat().some((each) => !READS.has(each))
      const isOfStrangers = config?.access?.public || config?.access?.scope === 'ingest'
      return changes && !isOfStrangers && config?.audit === undefined
    })
    done(silent && new Error(`route ${String(silent.method)} ${silent.url} does not say how it is audited`))
  })
}

function recordOf(request: FastifyRequest, action: string, at: number): AuditRecord {
  const { auditBefore: before, auditAfter: after } = request
  return {
    at,
    action,
    outcome: 'succeeded',
    count: 1,
    detail: {
      actor: actorOf(request),
      address: request.ip,
      request_id: request.id,
      target: {
        id: textIn(request.params, 'id') ?? textIn(after, 'id'),
        name: nameIn(after) ?? nameIn(before),
      },
      before: redacted(before),
      after: redacted(after),
      reason: null,
    },
  }
}

function actorOf({ login, apiKey }: FastifyRequest): AuditActor {
  if (login) return { kind: 'user', id: login.user_id, name: login.username }
  if (apiKey) return { kind: 'key', id: apiKey.id, name: `${apiKey.name} (${apiKey.prefix}…)` }
  return { kind: 'unknown', id: null, name: null }
}

function kindOf({ action, outcome, detail: { actor, address } }: AuditRecord): string {
  return [action, outcome, actor.id, actor.id === null ? clientBlockOf(address ?? '') : ''].join(' ')
}

function nameIn(value: unknown): string | null {
  return textIn(value, 'username') ?? textIn(value, 'name')
}

function textIn(value: unknown, member: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const found = (value as Record<string, unknown>)[member]
  return typeof found === 'string' ? found.slice(0, 200) : null
}
