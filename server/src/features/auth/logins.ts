import type { LoginSession, TokenPair } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import type { Publish } from '../../domain/platform-event.js'
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import type { AccessTokens } from './access-tokens.js'
import { type AttemptCounter, createAttemptCounter } from './attempt-counter.js'
import { type Credentials, createCredentialCheck } from './credential-check.js'
import type { DeviceCookies } from './device-cookies.js'
import type { LoginLimits } from './login-limits.js'
import { type PasswordPolicy, requireAccepted } from './password-policy.js'
import type { Passwords } from './passwords.js'
import { hashOf, newRefreshToken } from './refresh-token.js'
import type { Origin } from './request-origin.js'
import type { LiveLogin, TokenStore } from './token-store.js'
import type { PasswordState, StoredUser, UserStore } from './user-store.js'

/** A login that is in force. */
export interface Login extends LiveLogin {
  family_id: string
}

export interface Logins {
  /** @throws {UnauthorizedError} the same for an unknown user, a wrong password and a disabled user. @throws {TooManyRequestsError} */
  login(credentials: Credentials, origin: Origin): Promise<TokenPair>
  /** @throws {UnauthorizedError} for a token that is unknown, expired or used; a used one ends its whole family. */
  refresh(refreshToken: string, origin: Origin): Promise<TokenPair>
  logout(family_id: string): Promise<void>
  /** The user's logins that are in force, at most 200, those that were used last first. */
  sessions(login: Login): Promise<LoginSession[]>
  /** Ends one of the user's logins. @throws {NotFoundError} when the user has no such login in force. */
  endSession(login: Login, id: string): Promise<void>
  /** Ends every login of the user but the one that asks. @returns how many. */
  endOtherSessions(login: Login): Promise<number>
  /** Who holds this access token; null when it, its login or its user is no longer good. */
  authenticate(accessToken: string): Promise<Login | null>
  /**
   * Changes the user's own password and ends the other logins.
   * @throws {ForbiddenError} when the old one is wrong; the fifth time within 15 minutes this login ends.
   * @throws {TooManyRequestsError} when five are being checked. @throws {InvalidInputError} when the policy refuses the new one.
   * @throws {ConflictError} when somebody else changed it meanwhile.
   */
  changePassword(login: Login, current: string, next: string, origin: Origin): Promise<void>
}

export interface LoginsOptions {
  users: UserStore
  tokens: TokenStore
  passwords: Passwords
  policy: PasswordPolicy
  accessTokens: AccessTokens
  limits: LoginLimits
  devices: DeviceCookies
  publish: Publish
  log: Logger
  now: () => number
  refreshDays: number
}

const DAY_MS = 86_400_000
/** Whoever has a stolen login may guess its password this often, and then has no login. */
const PASSWORD_CHANGES = { attempts: 5, windowMs: 15 * 60_000 }

export function createLogins(options: LoginsOptions): Logins {
  const { users, tokens, passwords, policy, accessTokens, publish, log, now, refreshDays } = options
  const checkCredentials = createCredentialCheck(options)
  const changes = createAttemptCounter(PASSWORD_CHANGES, now)

  async function pairOf(
    login: { user_id: string; family_id: string },
    refresh_token: string,
  ): Promise<TokenPair> {
    return {
      access_token: await accessTokens.issue(login, now()),
      refresh_token,
      token_type: 'Bearer',
      expires_in: accessTokens.lifetimeSeconds,
    }
  }

  /** A password of before there was a policy is judged at the first login that shows its text. */
  async function passwordStateOf(user: StoredUser, password: string): Promise<PasswordState> {
    if (user.password_state !== 'unchecked') return user.password_state
    return (await policy.problemOf(password, user.username)) === null ? 'accepted' : 'must_change'
  }

  /** @returns the hash of the user's password when this is it; null when it is not. */
  async function currentHash(user_id: string, password: string): Promise<string | null> {
    const stored = (await users.findById(user_id))?.password_hash
    return (await passwords.matches(password, stored, 'known')) ? (stored ?? null) : null
  }

  return {
    async login(credentials, origin) {
      const { ip, user_agent, ...ids } = origin
      const user = await checkCredentials(credentials, origin)
      const family_id = uuidV7()
      const refresh = newRefreshToken()
      const issued = new Date(now())
      const started = await tokens.start({
        id: family_id,
        user_id: user.id,
        password_hash: user.password_hash,
        token_hash: hashOf(refresh),
        now: issued,
        address: ip,
        user_agent,
        expires_at: new Date(now() + refreshDays * DAY_MS),
      })
      if (!started) {
        publish({
          kind: 'login_failed',
          ...ids,
          client_ip: ip,
          username: user.username,
          reason: 'wrong_credentials',
        })
        throw new UnauthorizedError('the username or the password is wrong')
      }
      await users.recordLogin(user, issued, await passwordStateOf(user, credentials.password))
      publish({ kind: 'login_succeeded', ...ids, client_ip: ip, username: user.username, role: user.role })
      return pairOf({ user_id: user.id, family_id }, refresh)
    },
    async refresh(refreshToken, { ip, user_agent, ...ids }) {
      const successor = newRefreshToken()
      const redemption = await tokens.redeem(hashOf(refreshToken), hashOf(successor), {
        now: new Date(now()),
        address: ip,
        user_agent,
      })
      if (redemption.outcome !== 'rotated') {
        if (redemption.outcome === 'reused') {
          const { username } = redemption
          log.warning('Refresh token reused; the login is revoked', { ...ids, client_ip: ip, username })
          publish({ kind: 'refresh_token_reused', ...ids, client_ip: ip, username })
        }
        throw new UnauthorizedError('the refresh token is used, expired or revoked; log in again')
      }
      publish({ kind: 'token_refreshed', ...ids, client_ip: ip, username: redemption.username })
      return pairOf(redemption, successor)
    },
    async sessions({ user_id, family_id }) {
      const sessions = await tokens.ofUser(user_id, new Date(now()))
      return sessions.map((session) => ({ ...session, current: session.id === family_id }))
    },
    async endSession({ user_id }, id) {
      if (!(await tokens.revokeOf(user_id, id, 'ended by its user', new Date(now()))))
        throw new NotFoundError(
          `login ${id} was not found or has ended; GET /auth/sessions lists your logins`,
        )
    },
    endOtherSessions: ({ user_id, family_id }) =>
      tokens.revokeAll(user_id, 'ended by its user', new Date(now()), family_id),
    logout: (family_id) => tokens.revoke(family_id, 'logout', new Date(now())),
    async authenticate(accessToken) {
      const claims = await accessTokens.read(accessToken, now())
      if (!claims) return null
      const live = await tokens.live(claims.family_id, new Date(now()))
      return live && live.user_id === claims.user_id ? { ...live, family_id: claims.family_id } : null
    },
    async changePassword(login, current, next, { ip, user_agent: _, ...ids }) {
      const { family_id, username } = login
      reserveChange(changes, family_id)
      const replaces = await currentHash(login.user_id, current).catch((error: unknown) => {
        changes.takeBack(family_id)
        throw error
      })
      if (replaces === null) {
        log.warning('Password change refused', { ...ids, client_ip: ip, username })
        if (changes.waitMs(family_id) === 0) throw new ForbiddenError('the current password is wrong')
        await tokens.revoke(family_id, 'its user did not know the password', new Date(now()))
        throw new ForbiddenError(
          'the current password was wrong too often and this login has ended; log in again',
        )
      }
      changes.forget(family_id)
      await requireAccepted(policy, next, login.username, '/new_password')
      const changed = await users.change(login.user_id, {
        password: { hash: await passwords.hash(next), state: 'accepted', replaces },
      })
      if (!changed) throw new ConflictError('the password was changed by another request; log in again')
      await tokens.revokeAll(login.user_id, 'the password was changed', new Date(now()), login.family_id)
    },
  }
}

/** Counts an attempt before its password is looked at. @throws {TooManyRequestsError} */
function reserveChange(changes: AttemptCounter, family_id: string): void {
  const seconds = Math.ceil(changes.waitMs(family_id) / 1000)
  if (seconds > 0) throw new TooManyRequestsError('too many wrong passwords; log in again', seconds)
  changes.add(family_id)
}
