import type { NewUser, Page, User, UserPatch } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, NotFoundError } from '../../platform/errors.js'
import { type PasswordPolicy, requireAccepted } from './password-policy.js'
import type { Passwords } from './passwords.js'
import type { TokenStore } from './token-store.js'
import type { UserStore } from './user-store.js'

/** What administrators do with users. */
export interface Accounts {
  list(limit: number, cursor: string | undefined): Promise<Page<User>>
  /** @throws {NotFoundError} */
  find(id: string): Promise<User>
  /** @throws {InvalidInputError} for a password that the policy refuses. @throws {ConflictError} when the name is taken. */
  add(user: NewUser): Promise<User>
  /**
   * Changes role, password or state; whatever takes something away ends the user's logins.
   * @throws {InvalidInputError} for a password that the policy refuses.
   * @throws {NotFoundError} @throws {ConflictError} when nobody would be left to administer.
   */
  change(id: string, patch: UserPatch): Promise<User>
}

export interface AccountsOptions {
  users: UserStore
  tokens: TokenStore
  passwords: Passwords
  policy: PasswordPolicy
  now: () => number
}

export function createAccounts({ users, tokens, passwords, policy, now }: AccountsOptions): Accounts {
  return {
    list: users.list,
    async find(id) {
      const stored = await users.findById(id)
      if (!stored) throw new NotFoundError(`user ${id} was not found; GET /users lists the users`)
      const { password_hash: _hash, password_state: _state, ...user } = stored
      return user
    },
    async add({ username, password, role }) {
      await requireAccepted(policy, password, username, '/password')
      return users.add({
        id: uuidV7(),
        username,
        password_hash: await passwords.hash(password),
        password_state: 'accepted',
        role,
        created_at: new Date(now()),
      })
    },
    async change(id, { role, password, disabled }) {
      const before = await users.findById(id)
      if (!before) throw new NotFoundError(`user ${id} was not found; GET /users lists the users`)
      if (password !== undefined) await requireAccepted(policy, password, before.username, '/password')
      // Whatever the user was a moment ago: another request may have made it the last administrator since.
      const mayLoseAdmin = disabled === true || (role !== undefined && role !== 'admin')
      const changeUser = mayLoseAdmin ? users.changeUnlessLastAdmin : users.change
      const after = await changeUser(id, {
        ...(role && { role }),
        ...(disabled !== undefined && { disabled }),
        ...(password !== undefined && {
          password: { hash: await passwords.hash(password), state: 'accepted' as const },
        }),
      })
      if (after === 'last admin') {
        throw new ConflictError(
          `${before.username} is the last administrator; give another user the role admin first`,
        )
      }
      if (disabled === true || password !== undefined) {
        await tokens.revokeAll(
          id,
          disabled ? 'the user was disabled' : 'the password was reset',
          new Date(now()),
        )
      }
      return after as User
    },
  }
}
