import type { ApiKey, KeyScope } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** What a presented key turns out to be. */
export interface KeyIdentity {
  id: string
  name: string
  scopes: KeyScope[]
  sensor_id: string | null
  /** Its first characters, by which people tell keys apart. */
  prefix: string
}

export interface NewKeyRow {
  id: string
  name: string
  key_hash: Buffer
  prefix: string
  scopes: readonly KeyScope[]
  sensor_id: string | null
  created_at: Date
}

export interface ApiKeyStore {
  list(): Promise<ApiKey[]>
  /** @returns null when this very key is stored already. */
  add(key: NewKeyRow): Promise<ApiKey | null>
  /** @returns null for a key that is unknown. */
  findByHash(key_hash: Buffer): Promise<KeyIdentity | 'revoked' | null>
  /** The valid keys that were used or made last, at most so many. */
  lastUsed(limit: number): Promise<Array<KeyIdentity & { key_hash: Buffer }>>
  /** @returns null when there is no such key. Revoking twice keeps the first time. */
  revoke(id: string, now: Date): Promise<ApiKey | null>
  /** Notes when keys were last used; one statement for all of them. */
  recordUse(uses: ReadonlyMap<string, Date>): Promise<void>
}

const COLUMNS = 'id, name, scopes, sensor_id, prefix, created_at, last_used_at, revoked_at'

export function createApiKeyStore(database: Queryable): ApiKeyStore {
  return {
    list: () =>
      database.query<ApiKey>({
        text: `SELECT ${COLUMNS} FROM api_keys ORDER BY created_at DESC, id LIMIT 1000`,
      }),
    async add({ id, name, key_hash, prefix, scopes, sensor_id, created_at }) {
      const [key] = await database.query<ApiKey>({
        text: `INSERT INTO api_keys (id, name, key_hash, prefix, scopes, sensor_id, created_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key_hash) DO NOTHING RETURNING ${COLUMNS}`,
        values: [id, name, key_hash, prefix, scopes, sensor_id, created_at],
      })
      return key ?? null
    },
    async findByHash(key_hash) {
      const [row] = await database.query<KeyIdentity & { revoked: boolean }>({
        name: 'key-by-hash-3',
        text: 'SELECT id, name, scopes, sensor_id, prefix, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE key_hash = $1',
        values: [key_hash],
      })
      if (!row) return null
      const { revoked, ...key } = row
      return revoked ? 'revoked' : key
    },
    lastUsed: (limit) =>
      database.query<KeyIdentity & { key_hash: Buffer }>({
        name: 'keys-last-used',
        text: `SELECT id, name, scopes, sensor_id, prefix, key_hash FROM api_keys WHERE revoked_at IS NULL
          ORDER BY coalesce(last_used_at, created_at) DESC LIMIT $1`,
        values: [limit],
      }),
    async revoke(id, now) {
      const [key] = await database.query<ApiKey>({
        text: `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING ${COLUMNS}`,
        values: [id, now],
      })
      return key ?? null
    },
    async recordUse(uses) {
      await database.query({
        name: 'keys-record-use',
        text: `UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at)
          FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) WHERE api_keys.id = used.id`,
        values: [[...uses.keys()], [...uses.values()]],
      })
    },
  }
}
