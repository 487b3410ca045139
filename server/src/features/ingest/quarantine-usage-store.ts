import type { QuarantineUsage } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import { UNKNOWN_KEY } from './commit-rows.js'
import { ownerFrom } from './quarantine-store.js'

/** What the quarantine may hold, as records count: their bytes, their details, and 256 bytes each. */
export interface QuarantineLimits {
  maxBytes: number
  /** Of each key, and of what comes without one. */
  maxBytesPerKey: number
}

/** What one step of an eviction removed. */
export interface Eviction {
  key_id: string
  /** The first characters of the key; null where there is none. */
  key_prefix: string | null
  records: number
  bytes: number
}

/** What the quarantine holds at a moment. */
export interface QuarantineState
  extends Pick<
    QuarantineUsage,
    'records' | 'bytes' | 'evicted_records' | 'evicted_bytes' | 'last_evicted_at'
  > {
  /** Of the key that holds most; what release 0.1.0 stored has no key, and is not among them. */
  largest_key_bytes: number
  /** Since the last eviction; null when there was none. */
  seconds_since_eviction: number | null
}

export interface QuarantineUsageStore {
  state(): Promise<QuarantineState>
  /** The hundred keys that hold most. */
  keys(): Promise<QuarantineUsage['keys']>
  /**
   * Removes the oldest records of one key that is over its share, at most 2,000 records and 64 MiB in one step, and counts them. The share
   * of a key is `maxBytesPerKey`; while all together are above `maxBytes` it is an equal part of that, and the key that holds most gives way.
   * @returns null when nothing is over its share.
   */
  evict(limits: QuarantineLimits): Promise<Eviction | null>
}

const STEP_RECORDS = 2_000
const STEP_BYTES = 64 * 1024 * 1024
const LISTED_KEYS = 100

/** Nothing that release 0.1.0 stored is evicted for the share of one key: it is of all keys. */
const EVICT = {
  name: 'quarantine-evict',
  text: `
    WITH total AS (
      SELECT sum(bytes) AS bytes, count(*) FILTER (WHERE records > 0) AS keys FROM quarantine_usage
    ), excessive AS (
      SELECT u.key_id, least(${STEP_BYTES},
          CASE WHEN over_own THEN u.bytes - $2 ELSE least(total.bytes - $1, u.bytes - $1 / total.keys) END) AS excess
      FROM quarantine_usage u, total, LATERAL (SELECT u.bytes > $2 AND u.key_id <> '${UNKNOWN_KEY}' AS over_own) own
      WHERE over_own OR (total.bytes > $1 AND u.records > 0)
      ORDER BY over_own DESC, u.bytes DESC, u.key_id LIMIT 1
    ), oldest AS (
      SELECT id, received_at, quarantine_charge(body, detail) AS bytes
      FROM quarantine WHERE key_id = (SELECT key_id FROM excessive) ORDER BY received_at, id LIMIT ${STEP_RECORDS}
    ), gone AS (
      DELETE FROM quarantine WHERE id IN (
        SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY received_at, id) - bytes AS bytes_before FROM oldest) sized
        WHERE bytes_before < (SELECT excess FROM excessive)
      ) RETURNING quarantine_charge(body, detail) AS bytes
    ), evicted AS (
      SELECT count(*) AS records, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone
    )
    UPDATE quarantine_usage u SET
      evicted_records = u.evicted_records + evicted.records,
      evicted_bytes = u.evicted_bytes + evicted.bytes,
      last_evicted_at = now()
    FROM evicted, excessive WHERE u.key_id = excessive.key_id AND evicted.records > 0
    RETURNING u.key_id, evicted.records, evicted.bytes, (SELECT prefix FROM api_keys WHERE id = u.key_id) AS key_prefix`,
}

export function createQuarantineUsageStore(database: Queryable): QuarantineUsageStore {
  return {
    async state() {
      const [row] = await database.query<QuarantineState>({
        name: 'quarantine-state',
        text: `SELECT coalesce(sum(records), 0)::bigint AS records, coalesce(sum(bytes), 0)::bigint AS bytes,
            coalesce(sum(evicted_records), 0)::bigint AS evicted_records, coalesce(sum(evicted_bytes), 0)::bigint AS evicted_bytes,
            max(last_evicted_at) AS last_evicted_at,
            coalesce(max(bytes) FILTER (WHERE key_id <> '${UNKNOWN_KEY}'), 0) AS largest_key_bytes,
            extract(epoch FROM now() - max(last_evicted_at))::float8 AS seconds_since_eviction
          FROM quarantine_usage`,
      })
      return row as QuarantineState
    },
    async keys() {
      const rows = await database.query<QuarantineUsage['keys'][number] & { key_id: string }>({
        text: `SELECT u.key_id, k.name AS key_name, k.prefix AS key_prefix, records, bytes, evicted_records, evicted_bytes, last_evicted_at
          FROM quarantine_usage u LEFT JOIN api_keys k ON k.id = u.key_id
          WHERE records > 0 OR evicted_records > 0 ORDER BY bytes DESC, u.key_id LIMIT ${LISTED_KEYS}`,
      })
      return rows.map((row) => ({ ...row, key_id: ownerFrom(row.key_id) }))
    },
    async evict({ maxBytes, maxBytesPerKey }) {
      const [eviction] = await database.query<Eviction>({ ...EVICT, values: [maxBytes, maxBytesPerKey] })
      return eviction ?? null
    },
  }
}
