import type { CanaryToken } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** A token as it is kept: found by the hash of its secret, shown again by opening the seal. */
export interface StoredCanaryToken
  extends Pick<CanaryToken, 'id' | 'kind' | 'name' | 'enabled' | 'sensor_id' | 'created_by'> {
  sealed_token: Buffer
}

/** What is known of a token while it is visited. */
export type EnabledCanaryToken = Pick<StoredCanaryToken, 'id' | 'kind' | 'name' | 'sensor_id'> & {
  /** SHA-256 of the secret in its URL, in hexadecimal. */
  token_hash: string
}

export type ListedCanaryToken = Omit<CanaryToken, 'url'> & { sealed_token: Buffer }

export interface CanaryTokenStore {
  list(): Promise<ListedCanaryToken[]>
  find(id: string): Promise<ListedCanaryToken | null>
  /** The tokens that are on, all of them. */
  enabled(): Promise<EnabledCanaryToken[]>
  /** @returns false when there are {@link MAX_TOKENS} already. */
  add(token: StoredCanaryToken & { token_hash: Buffer; created_at: Date }): Promise<boolean>
  /** Adds to the visits that were not stored, by token id. */
  addBeyondLimit(counts: ReadonlyArray<readonly [tokenId: string, visits: number]>): Promise<void>
  /** @returns false when there is no such token. */
  change(id: string, patch: { name?: string; enabled?: boolean }): Promise<boolean>
  /** Removes a token that is disabled. Its row stays, so that its events stay those of a canary, and its URL is never given again. */
  remove(id: string, removedAt: Date): Promise<'removed' | 'enabled' | 'unknown'>
}

/** All are known in memory while they are on; see known-tokens.ts. */
export const MAX_TOKENS = 10_000

/** A token's hits are its events, and those are counted by sensor. */
const LISTED = `SELECT t.id, t.kind, t.name, t.enabled, t.sensor_id, t.sealed_token, t.created_by, t.created_at, t.visits_beyond_limit,
    coalesce(s.event_count, 0) AS hit_count, s.last_seen_at AS last_hit_at
  FROM canary_tokens t LEFT JOIN sensors s USING (sensor_id)`

export function createCanaryTokenStore(database: Queryable): CanaryTokenStore {
  return {
    list: () =>
      database.query<ListedCanaryToken>({
        text: `${LISTED} WHERE t.deleted_at IS NULL ORDER BY t.created_at DESC, t.id DESC LIMIT 1000`,
      }),
    async find(id) {
      const [token] = await database.query<ListedCanaryToken>({
        text: `${LISTED} WHERE t.id = $1 AND t.deleted_at IS NULL`,
        values: [id],
      })
      return token ?? null
    },
    enabled: () =>
      database.query<EnabledCanaryToken>({
        name: 'canaries-enabled',
        text: `SELECT id, kind, name, sensor_id, encode(token_hash, 'hex') AS token_hash FROM canary_tokens
          WHERE enabled AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ${MAX_TOKENS}`,
      }),
    async addBeyondLimit(counts) {
      await database.query({
        name: 'canary-visits-beyond-limit',
        text: `UPDATE canary_tokens SET visits_beyond_limit = visits_beyond_limit + u.visits
          FROM (SELECT id, visits FROM unnest($1::uuid[], $2::bigint[]) AS u (id, visits) ORDER BY id) AS u
          WHERE canary_tokens.id = u.id`,
        values: [counts.map(([id]) => id), counts.map(([, visits]) => visits)],
      })
    },
    async add({ id, kind, name, enabled, sensor_id, token_hash, sealed_token, created_by, created_at }) {
      const added = await database.query({
        text: `INSERT INTO canary_tokens (id, kind, name, enabled, sensor_id, token_hash, sealed_token, created_by, created_at)
          SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (SELECT count(*) FROM canary_tokens WHERE deleted_at IS NULL) < ${MAX_TOKENS} RETURNING id`,
        values: [id, kind, name, enabled, sensor_id, token_hash, sealed_token, created_by, created_at],
      })
      return added.length > 0
    },
    async change(id, { name, enabled }) {
      const changed = await database.query({
        text: 'UPDATE canary_tokens SET name = coalesce($2, name), enabled = coalesce($3, enabled) WHERE id = $1 AND deleted_at IS NULL RETURNING id',
        values: [id, name, enabled],
      })
      return changed.length > 0
    },
    async remove(id, removedAt) {
      const removed = await database.query({
        text: 'UPDATE canary_tokens SET deleted_at = $2 WHERE id = $1 AND NOT enabled AND deleted_at IS NULL RETURNING id',
        values: [id, removedAt],
      })
      if (removed.length > 0) return 'removed'
      const found = await database.query({
        text: 'SELECT id FROM canary_tokens WHERE id = $1 AND deleted_at IS NULL',
        values: [id],
      })
      return found.length > 0 ? 'enabled' : 'unknown'
    },
  }
}
