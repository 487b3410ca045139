import type { KeyScope, Role } from '@eviltwin/contract'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { RequestFacts } from '../../domain/ingest-population.js'
import type { EventOf } from '../../domain/platform-event.js'
import { isSyntheticBinding } from '../../domain/synthetic-sensors.js'
import { ForbiddenError, PasswordChangeRequiredError, UnauthorizedError } from '../../platform/errors.js'
import { withinTime } from '../../platform/postgres/translate-error.js'
import type { KeyIdentity } from './api-key-store.js'
import type { ApiKeys } from './api-keys.js'
import type { Logins } from './logins.js'
import { isOwnOrigin } from './own-origin.js'
import type { Login } from './password-change.js'
import { includesRole } from './roles.js'

/** Who may use a route. Every route must say; one that does not keeps the server from starting. */
export interface Access {
  /** Anybody. */
  public?: true
  /** People with at least this role. */
  role?: Role
  /** Programs whose key has this scope. */
  scope?: KeyScope
  /** People with at least this role who bring a ticket in the query: for WebSockets, which carry no Authorization. */
  ticket?: Role
  /** The key may be in the query, as `token`, where the operator allows that: for senders that cannot set a header. */
  queryKey?: true
  /** Also for somebody who must change the password first. */
  beforePasswordChange?: true
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    login: Login | null
    apiKey: KeyIdentity | null
  }
}

/** Admission to a WebSocket by a ticket in its URL. */
export interface TicketRedeemer {
  /** @returns null for a ticket that is not good. */
  redeem(ticket: string): Promise<Login | null>
}

export interface AccessOptions {
  logins: Logins
  tickets: TicketRedeemer
  apiKeys: ApiKeys
  /** Other origins whose pages may open WebSockets. */
  origins: readonly string[]
  /** INGEST_AUTH=none: whoever reaches the port may send events. */
  openIngest: boolean
  /** Whether a key in a query counts, on routes that take it there (Splunk's `allowQueryStringAuth`). */
  queryKeys: boolean
  /** Longest time that a sensor waits for the lookup of its key. */
  keyLookupMs: number
  /** A key that was refused on a route of sensors. */
  onRefusedKey: (key: string, request: FastifyRequest, reason: KeyRefusal) => void
}

/** Why a key is refused: nobody has it any more, or never had; or it is for something else. */
export type KeyRefusal = EventOf<'key_refused'>['reason']

/** Denies by default: decides before the body is read, from nothing but the headers and the route's own word. */
export function enforceAccess(
  app: FastifyInstance,
  { openIngest, queryKeys, keyLookupMs, ...options }: AccessOptions,
): void {
  const { apiKeys } = options
  const { admit, identify } = createAdmission(options)
  app.decorateRequest('login', null)
  app.decorateRequest('apiKey', null)

  requireAccessOfEveryRoute(app)
  app.addHook('onRequest', (request, reply, done) => {
    const access = request.routeOptions.config.access
    // What only some may see is kept by no cache, of a browser or in between (RFC 9111 5.2.2.5).
    if (access && !access.public) reply.header('cache-control', 'no-store')
    // A path without a route has no access rule, and is answered 404 to everybody.
    if (!access || access.public) return done()
    if (access.scope === 'ingest' && openIngest) {
      request.facts.admitted = true
      return done()
    }
    if (access.ticket) return void admit(request, access).then(() => done(), done)
    const credential = credentialIn(request, queryKeys && access.queryKey === true)
    if (credential === null) return done(new UnauthorizedError(missingCredential(access)))
    const known = access.scope && apiKeys.remembered(credential)
    // The usual case of ingest: a key seen a moment ago costs neither a query nor a turn of the event loop.
    if (known && access.scope && known.scopes.includes(access.scope)) {
      admitKey(request, known)
      return done()
    }
    const identified = identify(request, access, credential)
    const inTime = access.scope === 'ingest' ? withinTime(identified, keyLookupMs) : identified
    return void inTime.then(() => done(), done)
  })
}

/** Says who asks, and refuses whoever may not. */
function createAdmission({
  logins,
  tickets,
  apiKeys,
  origins,
  onRefusedKey,
}: Pick<AccessOptions, 'logins' | 'tickets' | 'apiKeys' | 'origins' | 'onRefusedKey'>) {
  return { admit, identify }

  async function admit(request: FastifyRequest, access: Access): Promise<void> {
    if (!isOwnOrigin(request, origins))
      throw new ForbiddenError(
        'pages of this origin cannot open the live feed; add the origin to CORS_ORIGINS',
      )
    const { ticket } = request.query as { ticket?: unknown }
    const login = typeof ticket === 'string' ? await tickets.redeem(ticket) : null
    if (!login)
      throw new UnauthorizedError(
        'the ticket is missing, used or expired; get a new one from POST /auth/ws-ticket',
      )
    admitLogin(request, login, access)
  }

  async function identify(request: FastifyRequest, access: Access, credential: string): Promise<void> {
    const key = access.scope && (await identifyKey(apiKeys, request, access.scope, credential))
    if (key) return admitIfInScope(request, access, key, credential)
    const login = access.role ? await logins.authenticate(credential) : null
    if (!login && access.scope === 'ingest') onRefusedKey(credential, request, 'unknown_or_revoked')
    if (!login)
      throw new UnauthorizedError(
        'the token or key is unknown, expired or revoked; log in again, or use another key',
      )
    admitLogin(request, login, access)
  }

  function admitIfInScope(
    request: FastifyRequest,
    { scope }: Access,
    key: KeyIdentity,
    credential: string,
  ): void {
    if (scope && key.scopes.includes(scope)) {
      admitKey(request, key)
      return
    }
    request.apiKey = key
    if (scope === 'ingest') onRefusedKey(credential, request, 'missing_scope')
    throw new ForbiddenError(`this key does not have the scope ${scope}; use a key that has it`)
  }
}

/** While the store does not answer, the request counts as that of the key which it was the last time. */
async function identifyKey(
  apiKeys: Pick<ApiKeys, 'lastKnown' | 'identify'>,
  { facts }: FastifyRequest,
  scope: KeyScope,
  credential: string,
): Promise<KeyIdentity | undefined> {
  const last = apiKeys.lastKnown(credential)
  noteKey(facts, last, last?.scopes.includes(scope) ?? false)
  const key = await apiKeys.identify(credential)
  noteKey(facts, key, false)
  return key
}

function noteKey(facts: RequestFacts, key: KeyIdentity | undefined, admitted: boolean): void {
  facts.admitted = admitted
  facts.keyPrefix = key?.prefix ?? null
  // Whatever becomes of the request, it is no sensor's.
  facts.isSynthetic = key !== undefined && isSyntheticBinding(key.binding)
}

/** A route that does not state its access keeps the application from starting. */
function requireAccessOfEveryRoute(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  // Not earlier: plugins that bring routes of their own are given their access by a hook that runs after the one above.
  app.addHook('onReady', (done) => {
    const silent = routes.find(({ config }) => !config?.access)
    done(silent && new Error(`route ${String(silent.method)} ${silent.url} does not say who may use it`))
  })
}

function admitKey(request: FastifyRequest, key: KeyIdentity): void {
  request.apiKey = key
  noteKey(request.facts, key, true)
}

function admitLogin(request: FastifyRequest, login: Login, access: Access): void {
  // Known also where the role does not suffice: the audit log says who was refused.
  request.login = login
  const role = access.role ?? access.ticket
  if (role && !includesRole(login.role, role))
    throw new ForbiddenError(
      `this needs the role ${role}, and your role is ${login.role}; ask an administrator`,
    )
  if (login.must_change_password && !access.beforePasswordChange) throw new PasswordChangeRequiredError()
}

/**
 * The login of a request to a route for people only.
 * @throws {UnauthorizedError} never happens on a route with a role and no scope.
 */
export function loginOf(request: FastifyRequest): Login {
  if (!request.login)
    throw new UnauthorizedError('the request has no access token; log in with POST /auth/login')
  return request.login
}

/** Bearer for people and keys, `Splunk` or Basic (the key as password, RFC 7617) for HEC clients, `X-API-Key` for whoever cannot set Authorization. */
function credentialOf({ headers }: FastifyRequest): string | null {
  const key = headers['x-api-key']
  if (typeof key === 'string' && key !== '') return key
  const [, scheme = '', credential = ''] =
    /^(Bearer|Splunk|ApiKey|Basic)\s+(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (scheme.toLowerCase() !== 'basic') return credential || null
  const pair = Buffer.from(credential, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1) || null
}

/** Of the headers, or else of the query. @param orQuery whether the query counts. */
function credentialIn(request: FastifyRequest, orQuery: boolean): string | null {
  const credential = credentialOf(request)
  if (credential !== null || !orQuery) return credential
  const { token } = request.query as { token?: unknown }
  return typeof token === 'string' && token !== '' ? token : null
}

function missingCredential({ role, scope }: Access): string {
  if (scope === 'ingest') return 'send the sensor key: `Authorization: Bearer <key>` or `X-API-Key: <key>`'
  return role
    ? 'send `Authorization: Bearer <access token>` from POST /auth/login'
    : `send an API key with the scope ${scope} as \`Authorization: Bearer <key>\` or \`X-API-Key: <key>\``
}
