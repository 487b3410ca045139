import { ConflictError, ForbiddenError, TooManyRequestsError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import type { Remote } from '../../platform/workers/link.js'
import { type PasswordPolicy, requireAccepted } from './password-policy.js'
import type { Passwords } from './passwords.js'
import type { Origin } from './request-origin.js'
import type { AuthLimits } from './shared-limits.js'
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
  limits: Remote<AuthLimits>
  log: Logger
  now: () => number
}

export function createPasswordChange(options: PasswordChangeOptions): PasswordChange {
  const { users, tokens, passwords, policy, limits, log, now } = options

  /** @returns the hash of the user's password when this is it; null when it is not. */
  async function currentHash(user_id: string, password: string): Promise<string | null> {
    const stored = (await users.findById(user_id))?.password_hash
    return (await passwords.matches(password, stored, 'known')) ? (stored ?? null) : null
  }

  return {
    async changePassword(login, current, next, { ip, user_agent: _, ...ids }) {
      const { family_id, username } = login
      const { waitMs, isLast } = await limits.reservePasswordChange(family_id)
      if (waitMs > 0)
        throw new TooManyRequestsError('too many wrong passwords; log in again', Math.ceil(waitMs / 1000))
      const replaces = await currentHash(login.user_id, current).catch(async (error: unknown) => {
        await limits.undecidedPasswordChange(family_id)
        throw error
      })
      if (replaces === null) {
        log.warning('Password change refused', { ...ids, client_ip: ip, username })
        if (!isLast) throw new ForbiddenError('the current password is wrong')
        await tokens.revoke(family_id, 'its user did not know the password', new Date(now()))
        throw new ForbiddenError(
          'the current password was wrong too often and this login has ended; log in again',
        )
      }
      await limits.succeededPasswordChange(family_id)
      await requireAccepted(policy, next, login.username, '/new_password')
      const changed = await users.change(login.user_id, {
        password: { hash: await passwords.hash(next), state: 'accepted', replaces },
      })
      if (!changed) throw new ConflictError('the password was changed by another request; log in again')
      await tokens.revokeAll(login.user_id, 'the password was changed', new Date(now()), login.family_id)
    },
  }
}
