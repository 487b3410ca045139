import { METHODS } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, HTTPMethods, InjectOptions } from 'fastify'

/** What Node's parser gives with its refusal. */
interface ParserError extends Error {
  code?: string
  rawPacket?: Buffer
  /** How many bytes of `rawPacket` were read. */
  bytesParsed?: number
}

const REQUEST_LINE = /^([A-Z]+) (\/c\/[^ ]+) HTTP\/1\.[01]$/
const MAX_HEADERS = 100

/**
 * Makes a visit of what Node refuses to parse only for characters in its URL, such as a query in UTF-8 that is not encoded: proxies pass it
 * on, and its sender has the URL of a canary. The answer is Node's refusal.
 */
export function recordMalformedVisits(app: FastifyInstance): void {
  // Before the listener that ends the connection, and with it the address.
  app.server.prependListener('clientError', (error: ParserError, socket) => {
    const visit = error.code === 'HPE_INVALID_URL' ? visitIn(error) : null
    const { remoteAddress } = socket as Socket
    if (visit && remoteAddress) app.inject({ ...visit, remoteAddress }, () => {})
  })
}

/**
 * A visit of a canary in the request that the parser stopped in; null without one. What is before it may be the body of another request,
 * whose sender must not choose the headers of this one. Bodies are left out.
 */
function visitIn({ rawPacket, bytesParsed = 0 }: ParserError): InjectOptions | null {
  const text = rawPacket?.toString('latin1') ?? ''
  const start = text.lastIndexOf('\r\n', bytesParsed - 1)
  const [requestLine = '', ...lines] = (
    text.slice(start < 0 ? 0 : start + 2).split('\r\n\r\n', 1)[0] ?? ''
  ).split('\r\n')
  const [, method = '', target = ''] = REQUEST_LINE.exec(requestLine) ?? []
  // Path segments that lead elsewhere would make it a request for something else.
  if (!METHODS.includes(method) || /\/\.{1,2}(?:[/?]|$)/.test(target)) return null
  const headers: Record<string, string> = { 'user-agent': '' }
  for (const line of lines.slice(0, MAX_HEADERS)) {
    const [, name = '', value = ''] = /^([\w-]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name !== '' && !/^(?:content-length|transfer-encoding)$/i.test(name))
      headers[name.toLowerCase()] = value
  }
  return { method: method as HTTPMethods, url: encoded(target), headers }
}

/** Everything but the printable characters of ASCII. */
function encoded(target: string): string {
  return target.replace(/[^!-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
