import type { Queryable } from '../../../platform/postgres/database.js'
import { DELAYS_KEPT } from './judgement.js'

/** The newest heartbeat of one sender as one sensor. */
export interface ReceivedHeartbeat {
  sensor_id: string
  /** Null without a key (INGEST_AUTH=none). */
  key_id: string | null
  instance_id: string | null
  received_at: Date
  /** By its own clock; null where it states no time. */
  sent_at: string | null
  software: string | null
  version: string | null
  spooled_bytes: number | null
}

export interface HeartbeatStore {
  /** Adds heartbeats, each sensor once. @returns how many were kept: of a key at most 1,000 sensors are, of all keys 10,000. */
  add(heartbeats: readonly ReceivedHeartbeat[]): Promise<number>
  /** Notes by which instances sensors are sent; of a sensor the newest 8 are kept. */
  noteInstances(heartbeats: readonly ReceivedHeartbeat[]): Promise<void>
}

const MAX_SENSORS = { ofKey: 1_000, ofAll: 10_000 } as const
const SENDERS_KEPT = 8

/** The newest items of an array. */
const newest = (array: string) => `(${array})[greatest(1, cardinality(${array}) - ${DELAYS_KEPT - 1}):]`

/** What a heartbeat states of the program that sends it; one without a time, such as the proof by an attack, states nothing. */
const ofProgram = (column: string) =>
  `CASE WHEN excluded.delays = '{}' THEN h.${column} ELSE excluded.${column} END`

// In the order of ids, so that replicas never wait for each other in a circle.
const ADD = `
  WITH sent AS (
    SELECT * FROM json_to_recordset($1) AS c (sensor_id text, key_id uuid, received_at timestamptz, sent_at timestamptz, software text,
      version text, spooled_bytes bigint)
  ), held AS (
    SELECT key_id, (SELECT count(*) FROM sensor_heartbeats h WHERE h.key_id = k.key_id) AS of_key FROM (SELECT DISTINCT key_id FROM sent) k
  )
  INSERT INTO sensor_heartbeats AS h
    (sensor_id, first_received_at, received_at, sent_at, software, version, spooled_bytes, key_id, delays)
  SELECT sensor_id, received_at, received_at, coalesce(sent_at, received_at), software, version, spooled_bytes, key_id,
    CASE WHEN sent_at IS NULL THEN '{}' ELSE ARRAY[extract(epoch FROM received_at - sent_at)::real] END
  FROM (
    SELECT c.*, coalesce(held.of_key, 0) AS held_of_key, k.sensor_id IS NOT NULL AS is_known,
      row_number() OVER (PARTITION BY k.sensor_id IS NULL, c.key_id ORDER BY c.sensor_id) AS place_in_key,
      row_number() OVER (PARTITION BY k.sensor_id IS NULL ORDER BY c.sensor_id) AS place
    FROM sent c LEFT JOIN held USING (key_id) LEFT JOIN sensor_heartbeats k USING (sensor_id)
  ) heartbeats
  WHERE is_known OR (held_of_key + place_in_key <= ${MAX_SENSORS.ofKey}
    AND (SELECT count(*) FROM sensor_heartbeats) + place <= ${MAX_SENSORS.ofAll})
  ORDER BY sensor_id
  ON CONFLICT (sensor_id) DO UPDATE SET
    received_at = excluded.received_at, key_id = coalesce(excluded.key_id, h.key_id),
    sent_at = ${ofProgram('sent_at')}, software = ${ofProgram('software')}, version = ${ofProgram('version')},
    spooled_bytes = ${ofProgram('spooled_bytes')},
    gaps = ${newest('h.gaps || extract(epoch FROM excluded.received_at - h.received_at)::real')},
    delays = ${newest('h.delays || excluded.delays')}
  WHERE excluded.received_at > h.received_at
  RETURNING sensor_id`

const NOTE_INSTANCES = `
  INSERT INTO sensor_senders AS s (sensor_id, kind, sender, first_at, last_at)
  SELECT sensor_id, 'instance', instance_id, received_at, received_at
  FROM json_to_recordset($1) AS c (sensor_id text, instance_id uuid, received_at timestamptz)
  WHERE EXISTS (SELECT FROM sensor_heartbeats h WHERE h.sensor_id = c.sensor_id)
  ORDER BY sensor_id, instance_id
  ON CONFLICT (sensor_id, kind, sender) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at),
    first_at = CASE WHEN excluded.last_at > s.last_at + interval '15 minutes' THEN excluded.first_at ELSE s.first_at END`

const FORGET_INSTANCES = `
  DELETE FROM sensor_senders s USING (
    SELECT sensor_id, kind, sender, row_number() OVER (PARTITION BY sensor_id, kind ORDER BY last_at DESC, sender) AS place
    FROM sensor_senders WHERE sensor_id = ANY ($1)
  ) o WHERE o.place > ${SENDERS_KEPT} AND (s.sensor_id, s.kind, s.sender) = (o.sensor_id, o.kind, o.sender)`

export function createHeartbeatStore(database: Queryable): HeartbeatStore {
  return {
    async add(heartbeats) {
      const rows = await database.query({
        name: 'sensor-heartbeats-add',
        text: ADD,
        values: [JSON.stringify(heartbeats)],
      })
      return rows.length
    },
    async noteInstances(heartbeats) {
      await database.query({
        name: 'sensor-instances-note',
        text: NOTE_INSTANCES,
        values: [JSON.stringify(heartbeats)],
      })
      await database.query({
        name: 'sensor-instances-forget',
        text: FORGET_INSTANCES,
        values: [[...new Set(heartbeats.map(({ sensor_id }) => sensor_id))]],
      })
    },
  }
}
