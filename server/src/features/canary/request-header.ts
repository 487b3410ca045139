import type { FastifyRequest } from 'fastify'

/** Of anything that a stranger sends, no more than this is kept. */
export const MAX_SHOWN_CHARACTERS = 2_000

/** A header that was sent once, cut to `MAX_SHOWN_CHARACTERS`. */
export function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value.slice(0, MAX_SHOWN_CHARACTERS) : undefined
}
