import {
  EndedSessions,
  LoginRequest,
  LoginSession,
  PasswordChange,
  RefreshRequest,
  TokenPair,
  User,
} from '@eviltwin/contract'
import { z } from 'zod'
import { UnauthorizedError, UnsupportedMediaTypeError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from './access.js'
import type { Accounts } from './accounts.js'
import type { DeviceCookies } from './device-cookies.js'
import {
  deviceCookieIn,
  forgetCookie,
  keepDeviceCookie,
  keepInCookie,
  refreshTokenIn,
} from './login-cookie.js'
import type { Logins } from './logins.js'
import { originOf } from './request-origin.js'

export interface AuthRouteOptions {
  logins: Logins
  accounts: Accounts
  devices: DeviceCookies
  /** How long a cookie keeps the refresh token. */
  refreshDays: number
}

const tags = ['auth']
const open = { access: { public: true } } as const
/** Also for those who must change their password first. */
const people = { access: { role: 'viewer', beforePasswordChange: true } } as const

/** Logins, and what users do with their own account. */
export async function authRoutes(app: App, options: AuthRouteOptions): Promise<void> {
  // Tokens must not stay in a shared cache (RFC 6749 5.1).
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  acceptLoginForms(app)
  registerLogins(app, options)
  registerOwnAccount(app, options)
  registerOwnSessions(app, options)
}

const FORM = 'application/x-www-form-urlencoded'
const MAX_FORM_BYTES = 16 * 1024

/**
 * Takes a login as OAuth 2 clients send it (RFC 6749 4.3.2). Any site can send such a form without asking first, so it never sets the
 * cookie: of all its fields only the credentials are read.
 */
function acceptLoginForms(app: App): void {
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (request, body, done) => {
    if (request.routeOptions.url !== '/auth/login')
      return done(new UnsupportedMediaTypeError('only POST /auth/login takes a form; send application/json'))
    const form = new URLSearchParams(String(body))
    const fields = ['username', 'password'].map((name) => [name, form.get(name) ?? undefined])
    done(null, Object.fromEntries(fields))
  })
}

function registerLogins(app: App, { logins, devices, refreshDays }: AuthRouteOptions): void {
  app.post(
    '/auth/login',
    {
      config: open,
      schema: {
        summary: 'Log in',
        tags,
        consumes: ['application/json', FORM],
        body: LoginRequest,
        response: { 200: TokenPair },
      },
    },
    async (request, reply) => {
      const { username, password, cookie } = request.body
      const credentials = { username, password, deviceCookie: deviceCookieIn(request) }
      const pair = await logins.login(credentials, originOf(request))
      if (!cookie) return pair
      keepDeviceCookie(request, reply, devices.issue(username))
      return keepInCookie(request, reply, pair, refreshDays)
    },
  )

  app.post(
    '/auth/refresh',
    {
      config: open,
      schema: {
        summary: 'Exchange a refresh token; each is valid once',
        tags,
        body: RefreshRequest,
        response: { 200: TokenPair },
      },
    },
    async (request, reply) => {
      const { refresh_token } = request.body
      if (refresh_token !== undefined) return logins.refresh(refresh_token, originOf(request))
      const token = refreshTokenIn(request)
      if (token === null)
        throw new UnauthorizedError(
          'the request has no refresh token, in the body or in a cookie; log in with POST /auth/login',
        )
      const pair = await logins.refresh(token, originOf(request))
      return keepInCookie(request, reply, pair, refreshDays)
    },
  )

  app.post(
    '/auth/logout',
    {
      config: { ...people, audit: { action: 'logout' } },
      schema: { summary: 'End this login', tags, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await logins.logout(loginOf(request).family_id)
      forgetCookie(request, reply)
      return reply.code(204).send(null)
    },
  )
}

function registerOwnAccount(app: App, { logins, accounts }: AuthRouteOptions): void {
  app.get(
    '/auth/me',
    { config: people, schema: { summary: 'The current user', tags, response: { 200: User } } },
    async (request) => accounts.find(loginOf(request).user_id),
  )

  app.post(
    '/auth/password',
    {
      config: { ...people, audit: { action: 'user.change_own_password' } },
      schema: { summary: 'Change my password', tags, body: PasswordChange, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const { current_password, new_password } = request.body
      await logins.changePassword(loginOf(request), current_password, new_password, originOf(request))
      return reply.code(204).send(null)
    },
  )
}

function registerOwnSessions(app: App, { logins }: AuthRouteOptions): void {
  const config = { access: { role: 'viewer' } } as const

  app.get(
    '/auth/sessions',
    {
      config,
      schema: {
        summary: 'My logins, the most recently used first',
        tags,
        response: { 200: z.object({ items: z.array(LoginSession), next_cursor: z.null() }) },
      },
    },
    async (request) => ({ items: await logins.sessions(loginOf(request)), next_cursor: null }),
  )

  app.delete(
    '/auth/sessions',
    {
      config: { ...config, audit: { action: 'login.end_others' } },
      schema: { summary: 'End all my other logins', tags, response: { 200: EndedSessions } },
    },
    async (request) => ({ ended: await logins.endOtherSessions(loginOf(request)) }),
  )

  app.delete(
    '/auth/sessions/:id',
    {
      config: { ...config, audit: { action: 'login.end' } },
      schema: {
        summary: 'End one of my logins',
        tags,
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await logins.endSession(loginOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}
