import type { TokenPair } from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ForbiddenError } from '../../platform/errors.js'

const PLAIN_NAME = 'eviltwin_refresh'
/** Browsers take a cookie of this prefix only with Secure and from TLS: nobody on the way can plant one (RFC 6265bis 4.1.3.1). */
const SECURE_NAME = `__Secure-${PLAIN_NAME}`
const PATH = '/auth'
/** A page of another site cannot send this without asking first (CORS preflight), and is refused when it asks. */
const PROOF = 'x-eviltwin-dashboard'

/**
 * The refresh token of a browser: in a cookie that no script can read, that no other site's request carries (SameSite), and that is
 * taken only with a header of our own page (OWASP Cross-Site Request Forgery Prevention Cheat Sheet).
 */
export function keepInCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  pair: TokenPair,
  refreshDays: number,
): TokenPair {
  if (pair.refresh_token === null) return pair
  reply.setCookie(nameFor(request), pair.refresh_token, {
    path: PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: isByTls(request),
    maxAge: refreshDays * 86_400,
  })
  return { ...pair, refresh_token: null }
}

/** @returns null where there is no cookie. @throws {ForbiddenError} when it is there, and our page did not send it. */
export function refreshTokenIn(request: FastifyRequest): string | null {
  const token = request.cookies[nameFor(request)]
  if (token === undefined) return null
  const site = request.headers['sec-fetch-site']
  if (request.headers[PROOF] === undefined || (site !== undefined && site !== 'same-origin'))
    throw new ForbiddenError('the login cookie is for the dashboard of this server alone')
  return token
}

export function forgetCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(nameFor(request), { path: PATH, secure: isByTls(request) })
}

function nameFor(request: FastifyRequest): string {
  return isByTls(request) ? SECURE_NAME : PLAIN_NAME
}

/** Also by a proxy that TRUST_PROXY names. */
function isByTls({ protocol }: FastifyRequest): boolean {
  return protocol === 'https'
}
