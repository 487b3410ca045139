import type { FastifyReply } from 'fastify'
import type { Answer } from './answer.js'

/** Of what the platform says everywhere, visitors of canaries get nothing else: it would name this server. */
const SHOWN_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'cache-control',
  'connection',
])

/** Answers a visitor. */
export function answerWithoutTrace(reply: FastifyReply, { status, type, body }: Answer): FastifyReply {
  hideOwnHeaders(reply)
  return reply.code(status).type(type).header('cache-control', 'no-store').send(body)
}

/** Takes away whatever headers name this server. */
export function hideOwnHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (!SHOWN_HEADERS.has(name)) reply.removeHeader(name)
}
