import type { IncomingMessage } from 'node:http'
import { canonicalIp } from '../../domain/ip-address.js'

type RawRequest = Pick<IncomingMessage, 'url' | 'headers'>

/**
 * Reads what a client wrote unusually as everybody reads it, before anything here reads it: the target in absolute form, a path that
 * cannot be decoded, forwarded addresses with a port. Fastify asks for the URL of every request first, so this is where its headers change, too.
 * @returns the URL to route by.
 */
export function readRawRequest(request: RawRequest): string {
  const { headers } = request
  const forwarded = headers['x-forwarded-for']
  if (forwarded !== undefined) {
    const addresses = readableAddresses(String(forwarded))
    if (addresses === '') delete headers['x-forwarded-for']
    else headers['x-forwarded-for'] = addresses
  }
  const { path, host } = originForm(request.url ?? '/')
  if (host !== null) headers.host = host
  return decodableUrl(withoutFinalSlash(path))
}

/** Clients of Splunk end its paths with a slash or not. */
function withoutFinalSlash(path: string): string {
  return path.startsWith('/services/') ? path.replace(/\/(?=\?|$)/, '') : path
}

/** The absolute form holds the host to answer for, whatever `Host` says (RFC 9112 3.2.2). */
function originForm(target: string): { path: string; host: string | null } {
  if (target.startsWith('/')) return { path: target, host: null }
  const [, host = '', path = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? []
  if (host === '') return { path: target, host: null }
  return { path: path.startsWith('/') ? path : `/${path}`, host }
}

/**
 * A URL whose path can be decoded: in one that cannot, `%` stands for itself (WHATWG URL 4.4). The router would answer the others by
 * itself, before anything of ours, canaries among it, sees them.
 */
function decodableUrl(url: string): string {
  if (!url.includes('%')) return url
  const [path = ''] = url.split('?', 1)
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length)
  }
}

/**
 * The addresses of X-Forwarded-For as far as they can be read from its end, which is the nearest proxy's: some proxies add a port, or write
 * `unknown` (RFC 7239 6.2). What is before an entry that cannot be read came through somebody unknown, so it says nothing.
 * @returns the addresses in their usual spelling; empty where not even the last can be read.
 */
export function readableAddresses(forwarded: string): string {
  const addresses: string[] = []
  for (const entry of forwarded.split(',').toReversed()) {
    const address = canonicalIp(withoutPort(entry.trim()))
    if (address === null) break
    addresses.unshift(address)
  }
  return addresses.join(', ')
}

/** `192.0.2.1:5555`, `[2001:db8::1]:5555` and `[2001:db8::1]` are addresses; a bare IPv6 address has no port. */
function withoutPort(entry: string): string {
  const [, bracketed, bare] = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(entry) ?? []
  return bracketed ?? bare ?? entry
}
