import type { LoginSession, TokenPair } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import type { EventOf, Publish } from '../../domain/platform-event.js'
import { NotFoundError, UnauthorizedError } from '../../platform/errors.js'
import type { Remote } from '../../platform/workers/link.js'
import type { AccessTokens } from './access-tokens.js'
import { type Credentials, createCredentialCheck } from './credential-check.js'
import type { DeviceCookies } from './device-cookies.js'
import {
  createPasswordChange,
  type Login,
  type PasswordChange,
  type PasswordChangeOptions,
} from './password-change.js'
import type { PasswordPolicy } from './password-policy.js'
import { hashOf, newRefreshToken } from './refresh-token.js'
import type { Origin } from './request-origin.js'
import type { AuthLimits } from './shared-limits.js'
import type { PasswordState, StoredUser } from './user-store.js'

export interface Logins extends PasswordChange {
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
}

export interface LoginsOptions extends PasswordChangeOptions {
  accessTokens: AccessTokens
  limits: Remote<AuthLimits>
  devices: DeviceCookies
  publish: Publish
  refreshDays: number
}

const DAY_MS = 86_400_000

export function createLogins(options: LoginsOptions): Logins {
  const { users, tokens, accessTokens, publish, log, now, refreshDays } = options
  const checkCredentials = createCredentialCheck(options)

  const pairOf = async (
    login: Parameters<AccessTokens['issue']>[0],
    refresh_token: string,
  ): Promise<TokenPair> => ({
    access_token: await accessTokens.issue(login, now()),
    refresh_token,
    token_type: 'Bearer',
    expires_in: accessTokens.lifetimeSeconds,
  })

  const noteReuse = (of: Omit<EventOf<'refresh_token_reused'>, 'kind'>) => {
    log.warning('Refresh token reused; the login is revoked', { ...of })
    publish({ kind: 'refresh_token_reused', ...of })
  }

  return {
    ...createPasswordChange(options),
    ...createLiveLogins(options),
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
      await users.recordLogin(user, issued, await passwordStateOf(options.policy, user, credentials.password))
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
        if (redemption.outcome === 'reused')
          noteReuse({ ...ids, client_ip: ip, username: redemption.username })
        throw new UnauthorizedError('the refresh token is used, expired or revoked; log in again')
      }
      publish({ kind: 'token_refreshed', ...ids, client_ip: ip, username: redemption.username })
      return pairOf(redemption, successor)
    },
  }
}

/** Logins that are in force, and their end. */
function createLiveLogins({
  tokens,
  accessTokens,
  now,
}: LoginsOptions): Pick<Logins, 'sessions' | 'endSession' | 'endOtherSessions' | 'logout' | 'authenticate'> {
  return {
    logout: (family_id) => tokens.revoke(family_id, 'logout', new Date(now())),
    async authenticate(accessToken) {
      const claims = await accessTokens.read(accessToken, now())
      if (!claims) return null
      const live = await tokens.live(claims.family_id, new Date(now()))
      return live && live.user_id === claims.user_id ? { ...live, family_id: claims.family_id } : null
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
  }
}

/** A password of before there was a policy is judged at the first login that shows its text. */
async function passwordStateOf(
  policy: PasswordPolicy,
  user: StoredUser,
  password: string,
): Promise<PasswordState> {
  if (user.password_state !== 'unchecked') return user.password_state
  return (await policy.problemOf(password, user.username)) === null ? 'accepted' : 'must_change'
}
