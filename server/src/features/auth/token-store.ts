import type { LoginSession, Role } from '@eviltwin/contract'
import type { Database, Queryable } from '../../platform/postgres/database.js'

/** What became of a refresh token that was presented. */
export type Redemption =
  | { outcome: 'rotated'; family_id: string; user_id: string; username: string; role: Role }
  | { outcome: 'unknown' }
  | { outcome: 'reused'; family_id: string; username: string }

/** What is true of a login right now, whatever its access token says. */
export interface LiveLogin {
  user_id: string
  username: string
  role: Role
  /** It admits to nothing but changing the password. */
  must_change_password: boolean
}

/** When and from where a login is used. */
export interface LoginUse {
  now: Date
  address: string
  user_agent: string | null
}

export interface TokenStore {
  /**
   * Starts a family with its first token. @param family `password_hash` is what the password was compared with. @returns false when it is
   * not the user's any more, or the user was disabled meanwhile: who ends the logins of a user ends those that are being started, too.
   */
  start(
    family: LoginUse & {
      id: string
      user_id: string
      password_hash: string
      token_hash: Buffer
      expires_at: Date
    },
  ): Promise<boolean>
  /**
   * Exchanges a token for its successor, once. A token presented a second time was stolen, or its successor was; its
   * whole family is revoked (RFC 9700 4.14.2).
   */
  redeem(token_hash: Buffer, successor_hash: Buffer, use: LoginUse): Promise<Redemption>
  /** Ends a login. */
  revoke(family_id: string, because: string, now: Date): Promise<void>
  /** Ends every login of a user, but perhaps the one that asks. @returns how many. */
  revokeAll(user_id: string, because: string, now: Date, except?: string): Promise<number>
  /** Ends a login of this user. @returns false when the user has no such login in force. */
  revokeOf(user_id: string, family_id: string, because: string, now: Date): Promise<boolean>
  /** The logins of a user that are in force, at most 200, those that were used last first. */
  ofUser(user_id: string, now: Date): Promise<Array<Omit<LoginSession, 'current'>>>
  /** @returns null when the login has ended or its user is disabled. */
  live(family_id: string, now: Date): Promise<LiveLogin | null>
}

interface PresentedToken extends Omit<LiveLogin, 'must_change_password'> {
  family_id: string
  expires_at: string
  used: boolean
  live: boolean
}

const MAX_LISTED = 200

export function createTokenStore(database: Database['app']): TokenStore {
  return {
    async start({ id, user_id, password_hash, token_hash, now, expires_at, address, user_agent }) {
      const started = await database.query({
        text: `WITH account AS (SELECT id FROM users WHERE id = $2 AND password_hash = $8 AND NOT disabled FOR SHARE),
            family AS (
              INSERT INTO token_families (id, user_id, created_at, last_used_at, expires_at, address, user_agent)
              SELECT $1, id, $4, $4, $5, $6, $7 FROM account RETURNING id
            )
          INSERT INTO refresh_tokens (token_hash, family_id, issued_at, expires_at)
          SELECT $3, id, $4, $5 FROM family RETURNING family_id`,
        values: [id, user_id, token_hash, now, expires_at, address, user_agent, password_hash],
      })
      return started.length > 0
    },
    redeem: (...presented) => database.transaction((client) => redeem(client, ...presented)),
    revoke: (family_id, because, now) => revoke(database, family_id, because, now),
    async revokeAll(user_id, because, now, except) {
      const ended = await database.query({
        text: `UPDATE token_families SET revoked_at = $2, revoked_because = $3
          WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $4::uuid AND expires_at > $2 RETURNING id`,
        values: [user_id, now, because, except],
      })
      return ended.length
    },
    async revokeOf(user_id, family_id, because, now) {
      const ended = await database.query({
        text: `UPDATE token_families SET revoked_at = $3, revoked_because = $4
          WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id`,
        values: [family_id, user_id, now, because],
      })
      return ended.length > 0
    },
    ofUser: (user_id, now) =>
      database.query<Omit<LoginSession, 'current'>>({
        text: `SELECT id, created_at, last_used_at, expires_at, address, user_agent FROM token_families
          WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
          ORDER BY coalesce(last_used_at, created_at) DESC, id LIMIT ${MAX_LISTED}`,
        values: [user_id, now],
      }),
    async live(family_id, now) {
      const [login] = await database.query<LiveLogin>({
        name: 'login-live',
        text: `SELECT u.id AS user_id, u.username, u.role, u.password_state = 'must_change' AS must_change_password
          FROM token_families f JOIN users u ON u.id = f.user_id
          WHERE f.id = $1 AND f.revoked_at IS NULL AND f.expires_at > $2 AND NOT u.disabled`,
        values: [family_id, now],
      })
      return login ?? null
    },
  }
}

async function redeem(
  client: Queryable,
  ...[token_hash, successor_hash, { now, address, user_agent }]: Parameters<TokenStore['redeem']>
): Promise<Redemption> {
  const [token] = await client.query<PresentedToken>({
    text: `SELECT t.family_id, f.expires_at, t.used_at IS NOT NULL AS used, u.id AS user_id, u.username, u.role,
        f.revoked_at IS NULL AND t.expires_at > $2 AND NOT u.disabled AS live
      FROM refresh_tokens t JOIN token_families f ON f.id = t.family_id JOIN users u ON u.id = f.user_id
      WHERE t.token_hash = $1 FOR UPDATE OF t, f`,
    values: [token_hash, now],
  })
  if (!token) return { outcome: 'unknown' }
  const { family_id, username } = token
  if (token.used) {
    await revoke(client, family_id, 'a refresh token was used twice', now)
    return { outcome: 'reused', family_id, username }
  }
  if (!token.live) return { outcome: 'unknown' }
  await client.query({
    text: `WITH used AS (UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1),
        family AS (UPDATE token_families SET last_used_at = $2, address = $6, user_agent = $7 WHERE id = $4)
      INSERT INTO refresh_tokens (token_hash, family_id, issued_at, expires_at) VALUES ($3, $4, $2, $5)`,
    values: [token_hash, now, successor_hash, family_id, token.expires_at, address, user_agent],
  })
  return { outcome: 'rotated', family_id, user_id: token.user_id, username, role: token.role }
}

async function revoke(database: Queryable, family_id: string, because: string, now: Date): Promise<void> {
  await database.query({
    text: `UPDATE token_families SET revoked_at = coalesce(revoked_at, $2), revoked_because = coalesce(revoked_because, $3) WHERE id = $1`,
    values: [family_id, now, because],
  })
}
