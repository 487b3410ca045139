import type { Page, Role, User } from '@eviltwin/contract'
import { ConflictError } from '../../platform/errors.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { sqlState } from '../../platform/postgres/sqlstate.js'

/** Whether the policy accepted a password. `unchecked`: its text was not seen since there is a policy. */
export type PasswordState = 'unchecked' | 'accepted' | 'must_change'

/** A user with what proves a password; never leaves the server. */
export interface StoredUser extends User {
  password_hash: string
  password_state: PasswordState
}

/** What can be changed of a user; a new hash brings its state. With `replaces`, only where the hash is still that. */
export interface UserChange {
  role?: Role
  disabled?: boolean
  password?: { hash: string; state: PasswordState; replaces?: string }
}

export interface UserStore {
  list(limit: number, cursor: string | undefined): Promise<Page<User>>
  count(): Promise<number>
  findByName(username: string): Promise<StoredUser | null>
  findById(id: string): Promise<StoredUser | null>
  /** @throws {ConflictError} when the name is taken. */
  add(user: {
    id: string
    username: string
    password_hash: string
    password_state: PasswordState
    role: Role
    created_at: Date
  }): Promise<User>
  /** Changes what is given. @returns null when there is no such user, or the password was changed meanwhile. */
  change(id: string, patch: UserChange): Promise<User | null>
  /** Notes a login, and what its password turned out to be, unless the password was changed meanwhile. */
  recordLogin(
    user: Pick<StoredUser, 'id' | 'password_hash'>,
    at: Date,
    password_state: PasswordState,
  ): Promise<void>
  /** The same for what may take an administrator away, unless nobody would be left; on all replicas such changes take turns. */
  changeUnlessLastAdmin(id: string, patch: UserChange): Promise<User | 'last admin' | null>
}

const COLUMNS = `id, username, role, disabled, created_at, last_login_at,
  password_state = 'must_change' AS must_change_password`

/** Any constant that nothing else in the database locks. */
const ADMINS_LOCK = 0x45_56_54_41

export function createUserStore(database: Transactional): UserStore {
  return {
    async list(limit, cursor) {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, [/^[^\0]*$/])
      const rows = await database.query<User>({
        text: `SELECT ${COLUMNS} FROM users WHERE username > $1 ORDER BY username LIMIT $2`,
        values: [after, limit + 1],
      })
      return pageFrom(rows, limit, (user) => [user.username])
    },
    async count() {
      const [row] = await database.query<{ count: number }>({ text: 'SELECT count(*) FROM users' })
      return row?.count ?? 0
    },
    async findByName(username) {
      const [user] = await database.query<StoredUser>({
        text: `SELECT ${COLUMNS}, password_hash, password_state FROM users WHERE username = $1`,
        values: [username.toLowerCase()],
      })
      return user ?? null
    },
    async findById(id) {
      if (!KEY.uuid.test(id)) return null
      const [user] = await database.query<StoredUser>({
        text: `SELECT ${COLUMNS}, password_hash, password_state FROM users WHERE id = $1`,
        values: [id],
      })
      return user ?? null
    },
    async add({ id, username, password_hash, password_state, role, created_at }) {
      try {
        const [user] = await database.query<User>({
          text: `INSERT INTO users (id, username, password_hash, password_state, role, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
          values: [id, username.toLowerCase(), password_hash, password_state, role, created_at],
        })
        return user as User
      } catch (error) {
        if (sqlState(error) === '23505')
          throw new ConflictError(`the username ${username.toLowerCase()} is taken; choose another one`)
        throw error
      }
    },
    change: (id, patch) => change(database, id, patch),
    async recordLogin({ id, password_hash }, at, password_state) {
      await database.query({
        text: 'UPDATE users SET last_login_at = $2, password_state = $3 WHERE id = $1 AND password_hash = $4',
        values: [id, at, password_state, password_hash],
      })
    },
    changeUnlessLastAdmin: (id, patch) =>
      database.transaction(async (client) => {
        await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [ADMINS_LOCK] })
        const admins = await client.query<{ id: string }>({
          text: `SELECT id FROM users WHERE role = 'admin' AND NOT disabled ORDER BY id <> $1 LIMIT 2`,
          values: [id],
        })
        const isLast = admins.length === 1 && admins[0]?.id === id
        return isLast ? 'last admin' : change(client, id, patch)
      }),
  }
}

async function change(
  database: Queryable,
  id: string,
  { role, password, disabled }: UserChange,
): Promise<User | null> {
  const [user] = await database.query<User>({
    text: `UPDATE users SET role = coalesce($2, role), disabled = coalesce($3, disabled),
        password_hash = coalesce($4, password_hash), password_state = coalesce($5, password_state)
      WHERE id = $1 AND ($6::text IS NULL OR password_hash = $6) RETURNING ${COLUMNS}`,
    values: [id, role, disabled, password?.hash, password?.state, password?.replaces],
  })
  return user ?? null
}
