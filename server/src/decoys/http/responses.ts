import type { IncomingMessage, ServerResponse } from 'node:http'
import { escapeHtml, type HttpProfile } from './http-profile.js'

/** What a request is answered with. */
export interface HttpAnswer {
  status: number
  contentType: string
  body: string | Buffer
  headers?: Readonly<Record<string, string>>
}

/** The page of an error, as the imitated server makes it. */
export function errorAnswer(profile: HttpProfile, status: number, host: string): HttpAnswer {
  return {
    status,
    contentType: 'text/html',
    body: profile.errorPage(status, escapeHtml(hostNameOf(host, profile))),
  }
}

/** Without a port. What is no name is not repeated. */
function hostNameOf(host: string, { hostName }: HttpProfile): string {
  const name = host.replace(/:\d{1,5}$/, '')
  return /^[\w.-]{1,253}$/.test(name) ? name : hostName
}

/** Sends an answer with the headers of the imitated server, in its order. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, headers = {} }: HttpAnswer,
  { server, poweredBy, kind }: HttpProfile,
  now: number,
): void {
  response.sendDate = false
  const date = new Date(now).toUTCString()
  const first = kind === 'nginx' ? { Server: server, Date: date } : { Date: date, Server: server }
  const type =
    contentType.startsWith('text/html') && !contentType.includes('charset')
      ? `${contentType}; charset=UTF-8`
      : contentType
  response.writeHead(status, {
    ...first,
    ...(poweredBy !== null &&
      contentType.startsWith('text/html') &&
      status < 400 && { 'X-Powered-By': poweredBy }),
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** An answer where no request could be read, as bytes. */
export function rawErrorAnswer(profile: HttpProfile, status: number, reason: string, now: number): string {
  const body = profile.errorPage(status, profile.hostName)
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `Server: ${profile.server}`,
    `Date: ${new Date(now).toUTCString()}`,
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
