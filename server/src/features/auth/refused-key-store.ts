import type { Queryable } from '../../platform/postgres/database.js'

/** A key that was refused on a route of sensors, and from where. */
export interface RefusedKey {
  /** The beginning of the key, as the list of keys shows it. */
  key_prefix: string
  address: string
  /** The key was one of ours. Others never were, or may not send events. */
  revoked: boolean
  refusals: number
}

/** What one process refused since it last wrote. */
export interface Refusals extends Pick<RefusedKey, 'key_prefix' | 'address' | 'refusals'> {
  key_hash: Buffer
  last_at: Date
}

export interface RefusedKeyStore {
  /**
   * Adds refusals to those before them, at least one; an hour without any begins anew. @returns those that were written: strangers may try any
   * key, so others are left out while there are many.
   */
  add(refusals: readonly Refusals[]): Promise<Array<Pick<Refusals, 'key_prefix' | 'address'>>>
  /** Revoked keys, and other keys that were refused several times, refused since then; at most 20: revoked ones first, then the newest. */
  since(at: Date): Promise<RefusedKey[]>
}

/** Somebody who tries one unknown key once is no sensor. */
const UNKNOWN_REFUSALS = 3
/** Rows of revoked keys and of others each: beyond so many only those that are there are updated. */
const MAX_ROWS = 1_000
/** After so long without a refusal a key is forgotten. */
const FORGOTTEN_AFTER = `interval '1 hour'`

export function createRefusedKeyStore(database: Queryable): RefusedKeyStore {
  return {
    async add(refusals) {
      const newest = Math.max(...refusals.map(({ last_at }) => last_at.getTime()))
      await database.query({
        name: 'refused-keys-forget',
        text: `DELETE FROM refused_keys WHERE last_at < $1::timestamptz - ${FORGOTTEN_AFTER}`,
        values: [new Date(newest)],
      })
      return database.query<Pick<Refusals, 'key_prefix' | 'address'>>({
        name: 'refused-keys-add-2',
        text: `INSERT INTO refused_keys AS r (key_prefix, address, revoked, refusals, first_at, last_at)
          SELECT u.key_prefix, u.address::inet, k.id IS NOT NULL, u.refusals, u.last_at, u.last_at
          FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::timestamptz[]) AS u (key_prefix, address, key_hash, refusals, last_at)
          LEFT JOIN api_keys k ON k.key_hash = u.key_hash AND k.revoked_at IS NOT NULL
          WHERE (SELECT count(*) FROM refused_keys WHERE revoked = (k.id IS NOT NULL)) < ${MAX_ROWS}
            OR EXISTS (SELECT 1 FROM refused_keys e WHERE e.key_prefix = u.key_prefix AND e.address = u.address::inet)
          ORDER BY 1, 2
          ON CONFLICT (key_prefix, address) DO UPDATE SET
            refusals = r.refusals + excluded.refusals, revoked = excluded.revoked, last_at = greatest(r.last_at, excluded.last_at)
          RETURNING key_prefix, host(address) AS address`,
        values: [
          refusals.map(({ key_prefix }) => key_prefix),
          refusals.map(({ address }) => address),
          refusals.map(({ key_hash }) => key_hash),
          refusals.map((each) => each.refusals),
          refusals.map(({ last_at }) => last_at),
        ],
      })
    },
    since: (at) =>
      database.query<RefusedKey>({
        text: `SELECT key_prefix, host(address) AS address, revoked, refusals FROM refused_keys
          WHERE last_at >= $1 AND (revoked OR refusals >= ${UNKNOWN_REFUSALS}) ORDER BY revoked DESC, last_at DESC LIMIT 20`,
        values: [at],
      }),
  }
}
