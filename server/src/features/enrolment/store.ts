import type { Enrolment } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

export interface NewEnrolmentRow {
  id: string
  token_hash: Buffer
  sensor_id: string
  created_at: Date
  expires_at: Date
}

export interface EnrolmentStore {
  /** Adds one, and removes those of more than a week ago. @returns false where as many as may be are pending. */
  add(row: NewEnrolmentRow, maxPending: number): Promise<boolean>
  /** Uses a token, once. @returns null for one that is unknown, used or expired. */
  claim(token_hash: Buffer, now: Date): Promise<{ id: string; sensor_id: string } | null>
  /** Notes the key that was given for it. */
  setKey(id: string, key_id: string): Promise<void>
  /** Makes a token valid again for which no key could be given. */
  release(id: string): Promise<void>
  find(id: string, now: Date): Promise<Enrolment | null>
}

const ADD = `
  WITH removed AS (DELETE FROM sensor_enrolments WHERE created_at < $4::timestamptz - interval '7 days')
  INSERT INTO sensor_enrolments (id, token_hash, sensor_id, created_at, expires_at)
  SELECT $1, $2, $3, $4, $5
  WHERE (SELECT count(*) FROM sensor_enrolments WHERE enrolled_at IS NULL AND expires_at > $4) < $6
  RETURNING id`

const CLAIM = `
  UPDATE sensor_enrolments SET enrolled_at = $2
  WHERE token_hash = $1 AND enrolled_at IS NULL AND expires_at > $2
  RETURNING id, sensor_id`

// A key that is given in the same moment as its first event arrives: both times are those of this database's clock.
const FIND = `
  SELECT e.id, e.sensor_id, e.created_at, e.expires_at, e.enrolled_at, e.key_id,
    CASE WHEN e.enrolled_at IS NOT NULL THEN 'enrolled' WHEN e.expires_at > $2 THEN 'pending' ELSE 'expired' END AS state,
    s.last_received_at, s.sensor_kind, q.received_at, q.reason, q.detail
  FROM sensor_enrolments e
  LEFT JOIN sensors s ON s.sensor_id = e.sensor_id AND s.last_received_at >= e.enrolled_at
  LEFT JOIN LATERAL (
    SELECT received_at, reason, detail FROM quarantine
    WHERE key_id = e.key_id ORDER BY received_at DESC, id DESC LIMIT 1
  ) q ON true
  WHERE e.id = $1`

type Found = Omit<Enrolment, 'received' | 'rejected'> & {
  last_received_at: string | null
  sensor_kind: NonNullable<Enrolment['received']>['sensor_kind']
  received_at: string | null
} & Pick<NonNullable<Enrolment['rejected']>, 'reason' | 'detail'>

export function createEnrolmentStore(database: Queryable): EnrolmentStore {
  return {
    async add({ id, token_hash, sensor_id, created_at, expires_at }, maxPending) {
      const values = [id, token_hash, sensor_id, created_at, expires_at, maxPending]
      return (await database.query({ text: ADD, values })).length > 0
    },
    async claim(token_hash, now) {
      const [row] = await database.query<{ id: string; sensor_id: string }>({
        text: CLAIM,
        values: [token_hash, now],
      })
      return row ?? null
    },
    async setKey(id, key_id) {
      await database.query({
        text: 'UPDATE sensor_enrolments SET key_id = $2 WHERE id = $1',
        values: [id, key_id],
      })
    },
    async release(id) {
      await database.query({
        text: 'UPDATE sensor_enrolments SET enrolled_at = NULL WHERE id = $1 AND key_id IS NULL',
        values: [id],
      })
    },
    async find(id, now) {
      const [row] = await database.query<Found>({ text: FIND, values: [id, now] })
      return row ? enrolmentFrom(row) : null
    },
  }
}

function enrolmentFrom({
  last_received_at,
  sensor_kind,
  received_at,
  reason,
  detail,
  ...row
}: Found): Enrolment {
  return {
    ...row,
    received: last_received_at === null ? null : { at: last_received_at, sensor_kind },
    rejected: received_at === null ? null : { at: received_at, reason, detail },
  }
}
