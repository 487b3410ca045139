import type { Publish } from '../../domain/platform-event.js'
import { TooManyRequestsError, UnauthorizedError } from '../../platform/errors.js'
import type { Remote } from '../../platform/workers/link.js'
import type { DeviceCookies } from './device-cookies.js'
import type { LoginAttempt } from './login-limits.js'
import type { PasswordHolder, Passwords } from './passwords.js'
import type { Origin } from './request-origin.js'
import type { AuthLimits } from './shared-limits.js'
import type { StoredUser, UserStore } from './user-store.js'

/**
 * Finds the user of a name and a password, and counts failures against the limits. Publishes `login_failed` for wrong credentials,
 * for a disabled user and above the limits.
 * @throws {UnauthorizedError} the same for an unknown user, a wrong password and a disabled user. @throws {TooManyRequestsError | PasswordsBusyError}
 */
export type CredentialCheck = (credentials: Credentials, origin: Origin) => Promise<StoredUser>

/** What somebody presents who wants to log in. */
export interface Credentials {
  username: string
  password: string
  /** The device cookie of the browser, unread; null without one. */
  deviceCookie: string | null
}

export interface CredentialCheckOptions {
  users: Pick<UserStore, 'findByName'>
  passwords: Passwords
  limits: Pick<Remote<AuthLimits>, 'reserveLogin' | 'settleLogin'>
  devices: DeviceCookies
  publish: Publish
}

export function createCredentialCheck(options: CredentialCheckOptions): CredentialCheck {
  const { users, passwords, limits, devices, publish } = options

  return async ({ username, password, deviceCookie }, { ip, user_agent: _, ...ids }) => {
    const facts = { ...ids, client_ip: ip }
    const device = deviceCookie === null ? null : devices.read(deviceCookie, username)
    const { id, holder } = await reserve({ ip, username, device }, () =>
      publish({ kind: 'login_failed', ...facts, reason: 'rate_limited' }),
    )
    const { user, correct } = await verify(username, password, holder).catch(async (error: unknown) => {
      await limits.settleLogin(id, 'undecided')
      throw error
    })
    if (!user || !correct || user.disabled) {
      // A name that nobody has may be a password typed into the wrong field: it stays out of the log.
      publish({
        kind: 'login_failed',
        ...facts,
        ...(user && { username: user.username }),
        reason: correct && user?.disabled ? 'disabled' : 'wrong_credentials',
      })
      throw new UnauthorizedError('the username or the password is wrong')
    }
    await limits.settleLogin(id, 'succeeded')
    return user
  }

  /** @throws {TooManyRequestsError} */
  async function reserve(attempt: LoginAttempt, onRefused: () => void) {
    const reserved = await limits.reserveLogin(attempt)
    if (!('refused' in reserved)) return reserved
    onRefused()
    throw new TooManyRequestsError(reserved.refused.detail, reserved.refused.retryAfter)
  }

  async function verify(
    username: string,
    password: string,
    holder: PasswordHolder,
  ): Promise<{ user: StoredUser | null; correct: boolean }> {
    const user = await users.findByName(username)
    return { user, correct: await passwords.matches(password, user?.password_hash, holder) }
  }
}
