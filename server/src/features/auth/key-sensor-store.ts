import type { KeySensor } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** Records of one sensor that one process took from a key since it last wrote. */
export interface SensorClaim {
  key_id: string
  /** The key may speak for any sensor; false: its records were refused. */
  allowed: boolean
  /** Empty: further sensors. */
  sensor_id: string
  records: number
  last_at: Date
}

/** A key that claimed sensors for which it may not speak. */
export interface MismatchingKey {
  prefix: string
  name: string
  /** The newest three of them. */
  sensor_ids: string[]
  /** How many sensors are kept of it. */
  sensors: number
}

export interface KeySensorStore {
  /** Adds claims to those before them. Of a key at most 1,000 accepted sensors and 100 refused ones are kept; further ones count as one. */
  add(claims: readonly SensorClaim[]): Promise<void>
  /** The sensors of a key: refused ones first, then by their last record. */
  ofKey(key_id: string): Promise<KeySensor[]>
  /** Keys whose records were refused since then, the last one first; at most 20. */
  mismatchesSince(at: Date): Promise<MismatchingKey[]>
}

export const MAX_SENSORS = { accepted: 1_000, refused: 100 } as const
/** After so long without a record a refused sensor is forgotten. */
export const REFUSED_KEPT = `interval '30 days'`

export function createKeySensorStore(database: Queryable): KeySensorStore {
  return {
    async add(claims) {
      const newest = Math.max(...claims.map(({ last_at }) => last_at.getTime()))
      await database.query({
        name: 'key-sensors-forget',
        text: `DELETE FROM key_sensors WHERE NOT allowed AND last_at < $1::timestamptz - ${REFUSED_KEPT}`,
        values: [new Date(newest)],
      })
      await database.query({
        name: 'key-sensors-add',
        // In key order, so that replicas never wait for each other in a circle.
        text: `INSERT INTO key_sensors AS s (key_id, allowed, sensor_id, records, first_at, last_at)
          SELECT key_id, allowed, CASE WHEN is_known OR held + place <= room THEN sensor_id ELSE '' END, sum(records), max(last_at), max(last_at)
          FROM (
            SELECT c.*, k.key_id IS NOT NULL AS is_known,
              CASE WHEN c.allowed THEN ${MAX_SENSORS.accepted} ELSE ${MAX_SENSORS.refused} END AS room,
              row_number() OVER (PARTITION BY c.key_id, c.allowed, k.key_id IS NULL, c.sensor_id = '' ORDER BY c.sensor_id) AS place,
              (SELECT count(*) FROM key_sensors h WHERE h.key_id = c.key_id AND h.allowed = c.allowed AND h.sensor_id <> '') AS held
            FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::bigint[], $5::timestamptz[]) AS c (key_id, allowed, sensor_id, records, last_at)
            LEFT JOIN key_sensors k ON k.key_id = c.key_id AND k.allowed = c.allowed AND k.sensor_id = c.sensor_id
          ) claims GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
          ON CONFLICT (key_id, allowed, sensor_id) DO UPDATE SET
            records = s.records + excluded.records, last_at = greatest(s.last_at, excluded.last_at)`,
        values: [
          claims.map(({ key_id }) => key_id),
          claims.map(({ allowed }) => allowed),
          claims.map(({ sensor_id }) => sensor_id),
          claims.map(({ records }) => records),
          claims.map(({ last_at }) => last_at),
        ],
      })
    },
    ofKey: (key_id) =>
      database.query<KeySensor>({
        text: `SELECT nullif(sensor_id, '') AS sensor_id, allowed, records, first_at, last_at FROM key_sensors
          WHERE key_id = $1 ORDER BY allowed, last_at DESC, sensor_id`,
        values: [key_id],
      }),
    mismatchesSince: (at) =>
      database.query<MismatchingKey>({
        text: `SELECT k.prefix, k.name, count(*) AS sensors,
            (array_agg(left(s.sensor_id, 64) ORDER BY s.last_at DESC) FILTER (WHERE s.sensor_id <> ''))[1:3] AS sensor_ids
          FROM key_sensors s JOIN api_keys k ON k.id = s.key_id
          WHERE NOT s.allowed AND s.last_at >= $1 GROUP BY k.id ORDER BY max(s.last_at) DESC, k.id LIMIT 20`,
        values: [at],
      }),
  }
}
