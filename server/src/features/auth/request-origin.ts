import type { FastifyRequest } from 'fastify'
import { idsOf } from '../../platform/http/request-context.js'

/** Where a request comes from, for limits and the log. */
export interface Origin {
  ip: string
  /** As its client wrote it, and nothing to log. */
  user_agent: string | null
  request_id: string
  trace_id: string
}

const MAX_USER_AGENT = 256

/** The origin of a request as limits count it and log lines name it. */
export function originOf(request: FastifyRequest): Origin {
  return {
    ip: request.ip,
    user_agent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
    ...idsOf(request),
  }
}
