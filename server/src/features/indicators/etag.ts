import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A body that is sent as it is. */
export interface Content {
  /** Media type. */
  type: string
  body: string
}

/** Sends content with its ETag; 304 for whoever has this very content already. */
export function sendWithEtag(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, body }: Content,
): FastifyReply {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  reply.header('etag', etag).header('cache-control', 'private, no-cache')
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
  if (known.includes(etag)) return reply.code(304).send()
  return reply.type(type).serializer(String).send(body)
}
