import type { FastifyRequest } from 'fastify'

/** How a route appears in the audit log. */
export interface AuditRule {
  /** What the route does, `<thing>.<verb>`: `user.change`. */
  action: string
  /** Reads the thing before it is changed. A rejection leaves it out. */
  before?: (request: FastifyRequest) => Promise<unknown>
  /** Asked for again and again by programs: the first time in a period, and then how often. */
  isRepeated?: true
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route that is no mere reading and needs a login or key says it; `false`: it changes nothing that anybody must answer for. */
    audit?: AuditRule | false
  }
}
