import type { TokenPair } from '@eviltwin/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ForbiddenError } from '../../platform/errors.js'
import { DEVICE_COOKIE_DAYS } from './device-cookies.js'

const REFRESH = 'eviltwin_refresh'
const DEVICE = 'eviltwin_device'
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
  setCookie(request, reply, { name: REFRESH, value: pair.refresh_token, days: refreshDays })
  return { ...pair, refresh_token: null }
}

/** @returns null where there is no cookie. @throws {ForbiddenError} when it is there, and our page did not send it. */
export function refreshTokenIn(request: FastifyRequest): string | null {
  const token = request.cookies[nameFor(REFRESH, request)]
  if (token === undefined) return null
  const site = request.headers['sec-fetch-site']
  if (request.headers[PROOF] === undefined || (site !== undefined && site !== 'same-origin'))
    throw new ForbiddenError(
      'only the dashboard of this server can use the login cookie; send the refresh token in the body',
    )
  return token
}

export function forgetCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(nameFor(REFRESH, request), { path: PATH, secure: isByTls(request) })
}

/** Marks the browser as one in which its user has logged in; the mark outlives the login. */
export function keepDeviceCookie(request: FastifyRequest, reply: FastifyReply, value: string): void {
  setCookie(request, reply, { name: DEVICE, value, days: DEVICE_COOKIE_DAYS })
}

/** @returns the mark of the browser, which anybody can forge; null without one. */
export function deviceCookieIn(request: FastifyRequest): string | null {
  return request.cookies[nameFor(DEVICE, request)] ?? null
}

function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, value, days }: { name: string; value: string; days: number },
): void {
  reply.setCookie(nameFor(name, request), value, {
    path: PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: isByTls(request),
    maxAge: days * 86_400,
  })
}

/** Browsers take a cookie of this prefix only with Secure and from TLS: nobody on the way can plant one (RFC 6265bis 4.1.3.1). */
function nameFor(name: string, request: FastifyRequest): string {
  return isByTls(request) ? `__Secure-${name}` : name
}

/** Also by a proxy that TRUST_PROXY names. */
function isByTls({ protocol }: FastifyRequest): boolean {
  return protocol === 'https'
}
