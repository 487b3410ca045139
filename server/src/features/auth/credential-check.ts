import type { Publish } from '../../domain/platform-event.js'
import { UnauthorizedError } from '../../platform/errors.js'
import type { LoginLimits } from './login-limits.js'
import type { Passwords } from './passwords.js'
import type { Origin } from './request-origin.js'
import type { StoredUser, UserStore } from './user-store.js'

/**
 * Finds the user of a name and a password, and counts failures against the limits. Publishes `login_failed` for wrong credentials,
 * for a disabled user and above the limits.
 * @throws {UnauthorizedError} the same for an unknown user, a wrong password and a disabled user. @throws {TooManyRequestsError | PasswordsBusyError}
 */
export type CredentialCheck = (username: string, password: string, origin: Origin) => Promise<StoredUser>

export interface CredentialCheckOptions {
  users: Pick<UserStore, 'findByName'>
  passwords: Passwords
  limits: LoginLimits
  publish: Publish
}

export function createCredentialCheck(options: CredentialCheckOptions): CredentialCheck {
  const { users, passwords, limits, publish } = options

  return async (username, password, { ip, ...ids }) => {
    const facts = { ...ids, client_ip: ip }
    await limits.attempt(ip, username).catch((error: unknown) => {
      publish({ kind: 'login_failed', ...facts, reason: 'rate_limited' })
      throw error
    })
    const { user, correct } = await verify(username, password).catch(async (error: unknown) => {
      await limits.undecided(ip, username)
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
    await limits.succeeded(ip, username)
    return user
  }

  async function verify(
    username: string,
    password: string,
  ): Promise<{ user: StoredUser | null; correct: boolean }> {
    const user = await users.findByName(username)
    return { user, correct: await passwords.matches(password, user?.password_hash) }
  }
}
