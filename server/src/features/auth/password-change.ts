import { ConflictError, ForbiddenError, TooManyRequestsError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import { type AttemptCounter, createAttemptCounter } from './attempt-counter.js'
import { type PasswordPolicy, requireAccepted } from './password-policy.js'
import type { Passwords } from './passwords.js'
import type { Origin } from './request-origin.js'
import type { LiveLogin, TokenStore } from './token-store.js'
import type { UserStore } from './user-store.js'

/** A login that is in force. */
export interface Login extends LiveLogin {
  family_id: string
}

export interface PasswordChange {
  /**
   * Changes the user's own password and ends the other logins.
   * @throws {ForbiddenError} when the old one is wrong; the fifth time within 15 minutes this login ends.
   * @throws {TooManyRequestsError} when five are being checked. @throws {InvalidInputError} when the policy refuses the new one.
   * @throws {ConflictError} when somebody else changed it meanwhile.
   */
  changePassword(login: Login, current: string, next: string, origin: Origin): Promise<void>
}

export interface PasswordChangeOptions {
  users: UserStore
  tokens: TokenStore
  passwords: Passwords
  policy: PasswordPolicy
  log: Logger
  now: () => number
}

/** Whoever has a stolen login may guess its password this often, and then has no login. */
const PASSWORD_CHANGES = { attempts: 5, windowMs: 15 * 60_000 }

export function createPasswordChange(options: PasswordChangeOptions): PasswordChange {
  const { users, tokens, passwords, policy, log, now } = options
  const changes = createAttemptCounter(PASSWORD_CHANGES, now)

  /** @returns the hash of the user's password when this is it; null when it is not. */
  async function currentHash(user_id: string, password: string): Promise<string | null> {
    const stored = (await users.findById(user_id))?.password_hash
    return (await passwords.matches(password, stored, 'known')) ? (stored ?? null) : null
  }

  return {
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
