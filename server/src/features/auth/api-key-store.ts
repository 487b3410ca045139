import type { ApiKey, KeyBindingChange, KeyKind, KeyScope } from '@eviltwin/contract'
import { bindingOf, type KeyBinding, type StoredBinding } from '../../domain/key-binding.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { REFUSED_KEPT } from './key-sensor-store.js'

/** What a presented key turns out to be. */
export interface KeyIdentity {
  id: string
  name: string
  scopes: KeyScope[]
  /** Of which sensors it may send events. */
  binding: KeyBinding
  /** Its first characters, by which people tell keys apart. */
  prefix: string
}

export interface NewKeyRow extends Pick<ApiKey, 'bound_by' | 'sensor_id' | 'sensor_ids'> {
  id: string
  name: string
  key_hash: Buffer
  prefix: string
  scopes: readonly KeyScope[]
  kind: KeyKind
  created_at: Date
}

/**
 * What became of the first use of a key: `bound`; `taken`: another valid key is bound to that sensor, in whatever case; `not_unbound`: the key
 * is bound already, was revoked, or is not there.
 */
export type FirstBinding = 'bound' | 'taken' | 'not_unbound'

export interface ApiKeyStore {
  list(): Promise<ApiKey[]>
  find(id: string): Promise<ApiKey | null>
  /** @returns null when this very key is stored already. */
  add(key: NewKeyRow): Promise<ApiKey | null>
  /** @returns null for a key that is unknown. */
  findByHash(key_hash: Buffer): Promise<KeyIdentity | 'revoked' | null>
  /** The valid keys that were used or made last, at most so many. */
  lastUsed(limit: number): Promise<Array<KeyIdentity & { key_hash: Buffer }>>
  /** @returns null when there is no such key. Revoking twice keeps the first time. */
  revoke(id: string, now: Date): Promise<ApiKey | null>
  /** Binds a valid key that sends events to something else. @returns null when there is no such key. */
  rebind(id: string, change: KeyBindingChange, now: Date): Promise<ApiKey | null>
  /** Binds a sensor key that is bound to no sensor. Of several keys, and of several requests, that do so at once one is bound. */
  bindFirst(id: string, sensor_id: string, now: Date): Promise<FirstBinding>
  /** What keys are bound to, by the ids of those that are there. */
  bindings(ids: readonly string[]): Promise<Map<string, KeyBinding>>
  /** Notes when keys were last used; one statement for all of them. */
  recordUse(uses: ReadonlyMap<string, Date>): Promise<void>
}

const SENDS_EVENTS = `'ingest' = ANY (scopes)`
const REFUSED = `FROM key_sensors WHERE key_id = api_keys.id AND NOT allowed AND last_at >= now() - ${REFUSED_KEPT}`
// An older release says only which sensor an operator named.
const COLUMNS = `id, name, scopes, sensor_id, sensor_ids, bound_by, bound_at, prefix, created_at, last_used_at, revoked_at,
  CASE WHEN ${SENDS_EVENTS} THEN CASE WHEN sensor_id IS NULL THEN kind ELSE 'sensor' END END AS kind,
  ${SENDS_EVENTS} AND kind = 'collector' AND sensor_id IS NULL AND sensor_ids IS NULL AND revoked_at IS NULL AS any_sensor,
  (SELECT coalesce(sum(records), 0)::bigint ${REFUSED}) AS refused_records,
  (SELECT max(last_at) ${REFUSED}) AS last_refused_at`
const BINDING = 'kind, sensor_id, sensor_ids, bound_by, revoked_at IS NOT NULL AS revoked'
const UNBOUND = `kind = 'sensor' AND sensor_id IS NULL AND revoked_at IS NULL`
const IDENTITY = `id, name, scopes, prefix, ${BINDING}`

type StoredIdentity = Omit<KeyIdentity, 'binding'> & StoredBinding

/** @param database the connections that answer requests: sensors wait for `bindFirst`. */
export function createApiKeyStore(database: Transactional): ApiKeyStore {
  return { ...createKeyReader(database), ...createKeyWriter(database), ...createFirstBinding(database) }
}

function createKeyReader(
  database: Queryable,
): Pick<ApiKeyStore, 'list' | 'find' | 'findByHash' | 'lastUsed' | 'bindings'> {
  return {
    list: () =>
      database.query<ApiKey>({
        text: `SELECT ${COLUMNS} FROM api_keys ORDER BY created_at DESC, id LIMIT 1000`,
      }),
    async find(id) {
      const [key] = await database.query<ApiKey>({
        text: `SELECT ${COLUMNS} FROM api_keys WHERE id = $1`,
        values: [id],
      })
      return key ?? null
    },
    async findByHash(key_hash) {
      const [row] = await database.query<StoredIdentity>({
        name: 'key-by-hash-5',
        text: `SELECT ${IDENTITY} FROM api_keys WHERE key_hash = $1`,
        values: [key_hash],
      })
      if (!row) return null
      return row.revoked ? 'revoked' : identityFrom(row)
    },
    async lastUsed(limit) {
      const rows = await database.query<StoredIdentity & { key_hash: Buffer }>({
        name: 'keys-last-used-3',
        text: `SELECT ${IDENTITY}, key_hash FROM api_keys WHERE revoked_at IS NULL
          ORDER BY coalesce(last_used_at, created_at) DESC LIMIT $1`,
        values: [limit],
      })
      return rows.map(({ key_hash, ...row }) => ({ ...identityFrom(row), key_hash }))
    },
    async bindings(ids) {
      const rows = await database.query<StoredBinding & { id: string }>({
        name: 'key-bindings-2',
        text: `SELECT id, ${BINDING} FROM api_keys WHERE id = ANY ($1::uuid[])`,
        values: [ids],
      })
      return new Map(rows.map(({ id, ...stored }) => [id, bindingOf(stored)]))
    },
  }
}

function createKeyWriter(database: Queryable): Pick<ApiKeyStore, 'add' | 'revoke' | 'rebind' | 'recordUse'> {
  return {
    async add({ id, name, key_hash, prefix, scopes, kind, sensor_id, sensor_ids, bound_by, created_at }) {
      const [key] = await database.query<ApiKey>({
        text: `INSERT INTO api_keys (id, name, key_hash, prefix, scopes, kind, sensor_id, sensor_ids, bound_by, bound_at, created_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9::text IS NOT NULL THEN $10::timestamptz END, $10)
          ON CONFLICT (key_hash) DO NOTHING RETURNING ${COLUMNS}`,
        values: [id, name, key_hash, prefix, scopes, kind, sensor_id, sensor_ids, bound_by, created_at],
      })
      return key ?? null
    },
    async revoke(id, now) {
      const [key] = await database.query<ApiKey>({
        text: `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING ${COLUMNS}`,
        values: [id, now],
      })
      return key ?? null
    },
    async rebind(id, change, now) {
      const sensor_id = change.kind === 'sensor' ? change.sensor_id : null
      const sensor_ids = change.kind === 'collector' ? change.sensor_ids : null
      const bound = sensor_id !== null || sensor_ids !== null
      const [key] = await database.query<ApiKey>({
        text: `UPDATE api_keys SET kind = $2, sensor_id = $3, sensor_ids = $4, bound_by = $5, bound_at = $6
          WHERE id = $1 AND ${SENDS_EVENTS} AND revoked_at IS NULL RETURNING ${COLUMNS}`,
        values: [id, change.kind, sensor_id, sensor_ids, bound ? 'operator' : null, bound ? now : null],
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

function createFirstBinding(database: Transactional): Pick<ApiKeyStore, 'bindFirst'> {
  return {
    bindFirst: (id, sensor_id, now) =>
      database.transaction(async (client) => {
        // The statements after it see what a holder of the lock before this one committed.
        await client.query({
          name: 'key-bind-first-lock',
          text: `SELECT pg_advisory_xact_lock(hashtextextended('key of the sensor ' || lower($1::text), 0))`,
          values: [sensor_id],
        })
        const bound = await client.query({
          name: 'key-bind-first-2',
          text: `UPDATE api_keys SET sensor_id = $2, bound_by = 'first_use', bound_at = $3
            WHERE id = $1 AND ${UNBOUND} AND NOT EXISTS (
              SELECT FROM api_keys other WHERE other.id <> $1 AND other.revoked_at IS NULL AND 'ingest' = ANY (other.scopes)
                AND (lower(other.sensor_id) = lower($2) OR lower($2) = ANY (lower(other.sensor_ids::text)::text[]))
            ) RETURNING id`,
          values: [id, sensor_id, now],
        })
        if (bound.length > 0) return 'bound'
        const unbound = await client.query({
          name: 'key-is-unbound',
          text: `SELECT id FROM api_keys WHERE id = $1 AND ${UNBOUND}`,
          values: [id],
        })
        return unbound.length > 0 ? 'taken' : 'not_unbound'
      }),
  }
}

function identityFrom({ id, name, scopes, prefix, ...stored }: StoredIdentity): KeyIdentity {
  return { id, name, scopes, prefix, binding: bindingOf(stored) }
}
