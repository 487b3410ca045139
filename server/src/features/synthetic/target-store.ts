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
  /** Those that are due, oldest first. */
  due(now: Date, limit: number): Promise<SyntheticTarget[]>
  /** Sets when the next attack is due, unless somebody else did meanwhile. @returns whether it was set. */
  postpone(id: string, from: string, to: Date): Promise<boolean>
}

const MAX_TARGETS = 200
const COLUMNS = `id, kind, name, own, enabled, sensor_id, host(source_ip) AS source_ip, host, port, interval_seconds, next_at, created_by`

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
    due: (now, limit) =>
      database.query<SyntheticTarget>({
        name: 'synthetic-due-1',
        text: `SELECT ${COLUMNS} FROM synthetic_targets WHERE enabled AND next_at <= $1 ORDER BY next_at, id LIMIT $2`,
        values: [now, limit],
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
