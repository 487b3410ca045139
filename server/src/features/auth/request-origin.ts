import type { FastifyRequest } from 'fastify'
import { idsOf } from '../../platform/http/request-context.js'

/** Where a request comes from, for limits and the log. */
export interface Origin {
  ip: string
  request_id: string
  trace_id: string
}

/** The origin of a request as limits count it and log lines name it. */
export function originOf(request: FastifyRequest): Origin {
  return { ip: request.ip, ...idsOf(request) }
}
