import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WeakLogins } from '../bait/weak-logins.js'
import type { CaptureBudget } from '../connection/capture.js'
import type { SessionLog } from '../connection/session-log.js'
import type { DecoyAction } from '../decoy.js'
import type { BaitPage } from './bait-pages.js'
import { authorizationOf, bodyCredentials, type HttpCredentials, queryCredentials } from './credentials.js'
import { exploitsIn } from './exploits.js'
import type { HttpProfile } from './http-profile.js'
import type { LoginPage } from './login-pages.js'
import { bodyText, type ReadRequest, readRequest } from './requests.js'
import { errorAnswer, type HttpAnswer, sendAnswer } from './responses.js'
import { fileNameIn, type Multipart, multipartOf } from './uploads.js'

/** What the decoy shows. */
export interface Site {
  profile: HttpProfile
  pages: ReadonlyMap<string, BaitPage>
  /** By path in lower case, without a slash at its end. */
  logins: ReadonlyMap<string, LoginPage>
  weakLogins: WeakLogins
  budget: CaptureBudget
  now: () => number
}

/** Of a body, when it is looked at or recorded. */
const MAX_TEXT = 65_536
const MAX_RECORDED = 4_096
const MAX_HEADER = 512
const MAX_HEADERS = 40
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'])

/** Answers one request, and records what it is. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  log: SessionLog,
  site: Site,
): Promise<void> {
  const read = await readRequest(request, site.budget)
  const text = bodyText(read, MAX_TEXT)
  const multipart = multipartOf(read.contentType, read.body)
  const login = loginPageOf(read, site)
  const credentials = credentialsOf(request, read, text, multipart)
  const isAccepted =
    credentials !== null && site.weakLogins.accepts(credentials.username, credentials.password)
  const answer = answerTo(read, { login, credentials, isAccepted }, site)
  recordRequest(request, read, text, answer, log)
  recordExploits(request, read, text, log)
  if (credentials !== null) recordLogin(read, credentials, login, isAccepted, log)
  recordFiles(read, multipart, log)
  if (!response.writable) return
  sendAnswer(request, response, answer, site.profile, site.now())
}

interface LoginFacts {
  login: LoginPage | null
  credentials: HttpCredentials | null
  isAccepted: boolean
}

/** An answer, and which bait it shows. */
interface NamedAnswer extends HttpAnswer {
  bait?: string
}

function answerTo(
  read: ReadRequest,
  { login, credentials, isAccepted }: LoginFacts,
  site: Site,
): NamedAnswer {
  const { profile } = site
  if (read.isProxied) return errorAnswer(profile, 403, read.host)
  if (!METHODS.has(read.method)) return errorAnswer(profile, profile.kind === 'apache' ? 501 : 405, read.host)
  const page = site.pages.get(withoutSlash(read.path.toLowerCase()))
  if (page) {
    const { name, status, contentType, body } = page
    return { status, contentType, body, bait: name }
  }
  if (login !== null) return loginAnswer(login, credentials, isAccepted)
  if (read.method === 'PUT') return { status: 201, contentType: 'text/html', body: '' }
  return errorAnswer(profile, 404, read.host)
}

function loginAnswer(
  login: LoginPage,
  credentials: HttpCredentials | null,
  isAccepted: boolean,
): NamedAnswer {
  const { realm, headers = {}, failure, name } = login
  const common = { contentType: 'text/html', bait: name }
  const asks = realm === undefined ? {} : { 'WWW-Authenticate': `Basic realm="${realm}"` }
  if (credentials === null)
    return {
      ...common,
      status: realm === undefined ? 200 : 401,
      headers: { ...headers, ...asks },
      body: login.html(''),
    }
  // There is nothing behind it: whoever is in is asked to wait.
  if (isAccepted) return { ...common, status: 503, headers: { 'Retry-After': '120' }, body: MAINTENANCE }
  return {
    ...common,
    status: failure.status,
    headers: { ...headers, ...asks },
    body: login.html(failure.message),
  }
}

const MAINTENANCE =
  '<!DOCTYPE html>\n<html lang="en"><head><title>Maintenance</title></head><body><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1></body></html>\n'

function loginPageOf({ path }: ReadRequest, { logins }: Site): LoginPage | null {
  return logins.get(withoutSlash(path.toLowerCase())) ?? null
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function credentialsOf(
  request: IncomingMessage,
  read: ReadRequest,
  text: string,
  multipart: Multipart | null,
): HttpCredentials | null {
  return (
    authorizationOf(request.headers.authorization) ??
    multipart?.credentials ??
    (read.body.length === 0 || multipart !== null ? null : bodyCredentials(read.contentType, text)) ??
    queryCredentials(read.query)
  )
}

/** A body that is a login is for the record of the login. */
function recordRequest(
  request: IncomingMessage,
  read: ReadRequest,
  text: string,
  answer: NamedAnswer,
  log: SessionLog,
): void {
  const { method, target, host, bodyBytes, isProxied } = read
  const userAgent = request.headers['user-agent']
  const action: DecoyAction = {
    event_type: isProxied ? 'proxy_request' : 'other',
    action: isProxied ? 'http.proxy' : `http.${METHODS.has(method) ? method.toLowerCase() : 'other'}`,
    url: isProxied ? target : `http://${host || 'unknown'}${target}`,
    ...(userAgent !== undefined && { client: userAgent }),
    ...(text !== '' && { message: text.slice(0, MAX_RECORDED) }),
    details: {
      method,
      host,
      status: answer.status,
      body_bytes: bodyBytes,
      headers: headerLines(request),
      ...(answer.bait !== undefined && { shown: answer.bait }),
    },
  }
  log.record(action)
}

function headerLines({ rawHeaders }: IncomingMessage): string[] {
  const lines: string[] = []
  for (let at = 0; at < rawHeaders.length && lines.length < MAX_HEADERS; at += 2)
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`.slice(0, MAX_HEADER))
  return lines
}

function recordExploits(request: IncomingMessage, read: ReadRequest, text: string, log: SessionLog): void {
  const headers = headerLines(request).join('\n')
  const found = exploitsIn({
    url: `${read.target}\n${read.path}\n${[...read.query].flat().join('\n')}`,
    headers,
    body: text,
  })
  for (const action of found)
    log.record({ event_type: 'exploit', action, url: read.target, message: text.slice(0, MAX_RECORDED) })
}

function recordLogin(
  { path }: ReadRequest,
  { username, password, by }: HttpCredentials,
  login: LoginPage | null,
  isAccepted: boolean,
  log: SessionLog,
): void {
  log.record({
    event_type: 'login_attempt',
    action: `http.login.${login?.name ?? 'other'}`,
    outcome: isAccepted ? 'success' : 'failure',
    username,
    password,
    url: path,
    details: { by },
  })
}

/** Files of a form, and the body of PUT. */
function recordFiles(read: ReadRequest, multipart: Multipart | null, log: SessionLog): void {
  const put =
    read.method === 'PUT' && read.body.length > 0 ? [{ name: fileNameIn(read.path), content: read.body }] : []
  for (const file of [...(multipart?.files ?? []), ...put]) {
    log.record({
      event_type: 'file_upload',
      action: 'http.upload',
      file_sha256: log.keepFile(file),
      url: read.path,
      message: file.name,
      details: { bytes: file.content.length, is_cut: read.isBodyCut },
    })
  }
}
