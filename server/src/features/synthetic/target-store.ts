import type {
  NewSyntheticTarget,
  SyntheticKind,
  SyntheticTarget,
  SyntheticTargetPatch,
} from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** A target that the platform keeps itself. */
export interface OwnTarget {
  id: string
  kind: SyntheticKind
  name: string
  sensor_id: string
  source_ip: string
  interval_seconds: number
}

/** A decoy that this server started, as a target. */
export interface DecoyTarget extends Omit<OwnTarget, 'interval_seconds'> {
  host: string
  port: number
}

/** Which decoys of a server are attacked. */
export interface KeptDecoys {
  listening: readonly DecoyTarget[]
  /** Sensors of those that are not started any more. */
  notStarted: readonly string[]
  interval_seconds: number
}

/** What one process attacks. */
export interface Reach {
  /** All targets but decoys that a server started. */
  registered: boolean
  /** Sensors of decoys that its server started. */
  decoys: readonly string[]
}

export interface TargetStore {
  /** Those that there are; at most 200. */
  list(): Promise<SyntheticTarget[]>
  find(id: string): Promise<SyntheticTarget | null>
  /** @returns null when there are as many as there may be. */
  add(id: string, target: NewSyntheticTarget, created_by: string, now: Date): Promise<SyntheticTarget | null>
  change(id: string, patch: SyntheticTargetPatch): Promise<SyntheticTarget | null>
  /** Removes a target that the platform does not keep itself. */
  remove(id: string): Promise<void>
  /** Makes sure that a target of the platform is there; one that is there stays as it is. */
  keep(target: OwnTarget, now: Date): Promise<void>
  /** Stores decoys that a start registers; one that is there keeps its interval and whether it is attacked. An excluded one is not removed. */
  keepDecoys(decoys: KeptDecoys, now: Date): Promise<void>
  /** Those of them that are due, oldest first. */
  due(now: Date, reach: Reach, limit: number): Promise<SyntheticTarget[]>
  /** Sets when the next attack is due, unless somebody else did meanwhile. @returns whether it was set. */
  postpone(id: string, from: string, to: Date): Promise<boolean>
}

const MAX_TARGETS = 200
const BY_START = '(NOT own AND created_by IS NULL)'
const COLUMNS = `id, kind, name, own, enabled, sensor_id, host(source_ip) AS source_ip, host, port, interval_seconds, next_at, created_by,
  CASE WHEN own THEN 'platform' WHEN created_by IS NULL THEN 'start' ELSE 'administrator' END AS registered_by`

/** Decoys that listen are there with their place, known or new; those that were not started are not, unless somebody excluded them. */
const KEEP_DECOYS = `
  WITH gone AS (
    DELETE FROM synthetic_targets WHERE ${BY_START} AND enabled AND sensor_id = ANY ($2::text[])
  ), listening AS (
    SELECT * FROM json_to_recordset($1)
      AS d (id uuid, kind text, name text, sensor_id text, source_ip inet, host text, port integer)
  ), known AS (
    UPDATE synthetic_targets t SET source_ip = d.source_ip, host = d.host, port = d.port
    FROM listening d WHERE t.sensor_id = d.sensor_id AND ${BY_START}
    RETURNING t.sensor_id
  )
  INSERT INTO synthetic_targets
    (id, kind, name, own, enabled, sensor_id, source_ip, host, port, interval_seconds, next_at, created_at)
  SELECT id, kind, name, false, true, sensor_id, source_ip, host, port, $3, $4, $4 FROM listening
  WHERE sensor_id NOT IN (SELECT sensor_id FROM known)`

export function createTargetStore(database: Queryable): TargetStore {
  return {
    list: () =>
      database.query<SyntheticTarget>({
        text: `SELECT ${COLUMNS} FROM synthetic_targets ORDER BY own DESC, name, id LIMIT ${MAX_TARGETS}`,
      }),
    async find(id) {
      const [target] = await database.query<SyntheticTarget>({
        text: `SELECT ${COLUMNS} FROM synthetic_targets WHERE id = $1`,
        values: [id],
      })
      return target ?? null
    },
    async add(id, { kind, name, host, port, sensor_id, source_ip, interval_seconds }, created_by, now) {
      const [target] = await database.query<SyntheticTarget>({
        text: `INSERT INTO synthetic_targets
            (id, kind, name, own, enabled, sensor_id, source_ip, host, port, interval_seconds, next_at, created_at, created_by)
          SELECT $1, $2, $3, false, true, $4, $5, $6, $7, $8, $9, $9, $10
          WHERE (SELECT count(*) FROM synthetic_targets) < ${MAX_TARGETS}
          RETURNING ${COLUMNS}`,
        values: [id, kind, name, sensor_id, source_ip, host, port, interval_seconds, now, created_by],
      })
      return target ?? null
    },
    async change(id, { enabled = null, interval_seconds = null }) {
      const [target] = await database.query<SyntheticTarget>({
        text: `UPDATE synthetic_targets SET enabled = coalesce($2, enabled), interval_seconds = coalesce($3, interval_seconds)
          WHERE id = $1 RETURNING ${COLUMNS}`,
        values: [id, enabled, interval_seconds],
      })
      return target ?? null
    },
    async remove(id) {
      await database.query({ text: 'DELETE FROM synthetic_targets WHERE id = $1 AND NOT own', values: [id] })
    },
    async keep({ id, kind, name, sensor_id, source_ip, interval_seconds }, now) {
      await database.query({
        text: `INSERT INTO synthetic_targets (id, kind, name, own, enabled, sensor_id, source_ip, interval_seconds, next_at, created_at)
          VALUES ($1, $2, $3, true, true, $4, $5, $6, $7, $7) ON CONFLICT (kind) WHERE own DO NOTHING`,
        values: [id, kind, name, sensor_id, source_ip, interval_seconds, now],
      })
    },
    async keepDecoys({ listening, notStarted, interval_seconds }, now) {
      await database.query({
        text: KEEP_DECOYS,
        values: [JSON.stringify(listening), notStarted, interval_seconds, now],
      })
    },
    due: (now, { registered, decoys }, limit) =>
      database.query<SyntheticTarget>({
        name: 'synthetic-due-2',
        text: `SELECT ${COLUMNS} FROM synthetic_targets
          WHERE enabled AND next_at <= $1 AND CASE WHEN ${BY_START} THEN sensor_id = ANY ($2::text[]) ELSE $3 END
          ORDER BY next_at, id LIMIT $4`,
        values: [now, decoys, registered, limit],
      }),
    async postpone(id, from, to) {
      const changed = await database.query({
        name: 'synthetic-postpone-1',
        text: 'UPDATE synthetic_targets SET next_at = $3 WHERE id = $1 AND next_at = $2 RETURNING id',
        values: [id, from, to],
      })
      return changed.length > 0
    },
  }
}
