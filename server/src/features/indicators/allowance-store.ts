import type { FeedAllowance } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

export interface AllowanceStore {
  /** Those in force, newest first. */
  list(now: Date): Promise<FeedAllowance[]>
  /** @returns null when as many are in force as may be. */
  add(
    allowance: Omit<FeedAllowance, 'created_at' | 'expires_at'> & {
      created_at: Date
      expires_at: Date | null
    },
    max: number,
  ): Promise<FeedAllowance | null>
  /** @returns null when there is no such one. */
  find(id: string): Promise<FeedAllowance | null>
  /** @returns what was removed; null when there is no such one. */
  remove(id: string): Promise<FeedAllowance | null>
}

const IN_FORCE = 'expires_at IS NULL OR expires_at > $1'

export function createAllowanceStore(database: Queryable): AllowanceStore {
  return {
    list: (now) =>
      database.query<FeedAllowance>({
        text: `SELECT * FROM feed_allowlist WHERE ${IN_FORCE} ORDER BY created_at DESC, id`,
        values: [now],
      }),
    async add({ id, kind, value, reason, created_by, created_at, expires_at }, max) {
      const [added] = await database.query<FeedAllowance>({
        text: `WITH gone AS (DELETE FROM feed_allowlist WHERE expires_at <= $1)
          INSERT INTO feed_allowlist (id, kind, value, reason, created_by, created_at, expires_at)
          SELECT $2, $3, $4, $5, $6, $1, $7 WHERE (SELECT count(*) FROM feed_allowlist WHERE ${IN_FORCE}) < $8 RETURNING *`,
        values: [created_at, id, kind, value, reason, created_by, expires_at, max],
      })
      return added ?? null
    },
    async find(id) {
      const [found] = await database.query<FeedAllowance>({
        text: 'SELECT * FROM feed_allowlist WHERE id = $1',
        values: [id],
      })
      return found ?? null
    },
    async remove(id) {
      const [removed] = await database.query<FeedAllowance>({
        text: 'DELETE FROM feed_allowlist WHERE id = $1 RETURNING *',
        values: [id],
      })
      return removed ?? null
    },
  }
}
