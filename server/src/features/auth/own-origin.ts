import type { FastifyRequest } from 'fastify'

/**
 * Whether a request comes from a page of this server, or of an origin that may call it: browsers let any page open a WebSocket
 * (RFC 6455 10.2). Programs send no Origin, and are admitted.
 * @param others origins that may call this server, as in PUBLIC_URL and CORS_ORIGINS.
 */
export function isOwnOrigin(
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  others: readonly string[],
): boolean {
  const { origin } = headers
  if (origin === undefined || others.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
