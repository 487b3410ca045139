import type { Sensor, SensorExpectationChange, SensorKind, SensorQuery } from '@eviltwin/contract'
import { MAX_SENSOR_ID } from '@eviltwin/contract'
import { decodeCursor, KEY, type KeyShape, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { medianOf } from './silence/cadence.js'
import { SKEW_LIMIT_SECONDS } from './silence/clock-skew.js'

export interface SensorPage {
  items: Sensor[]
  next_cursor: string | null
}

/** Who changes an expectation, and when. */
export interface ExpectationAuthor {
  at: Date
  by: string
}

export interface SensorStore {
  /** Sensors that ever sent an event or a heartbeat, the most recently active first. @throws {InvalidInputError} for a wrong cursor. */
  list(query: Pick<SensorQuery, 'limit' | 'cursor' | 'state' | 'sensor_id'>, now: Date): Promise<SensorPage>
  /** @returns false where there is no such sensor, or 10,000 expectations are kept already. */
  expect(change: SensorExpectationChange, author: ExpectationAuthor): Promise<boolean>
}

const MAX_EXPECTATIONS = 10_000
const SENSOR_ID: KeyShape = { test: (text) => text.length <= MAX_SENSOR_ID && !text.includes('\0') }

const LIST = `
  SELECT l.*, ARRAY(
    SELECT coalesce(sum(r.events), 0)::integer
    FROM generate_series(date_trunc('hour', $1::timestamptz) - interval '23 hours', $1, '1 hour') AS hours(hour)
    LEFT JOIN event_rollups r ON r.span = 'hour' AND r.bucket = hour AND r.sensor_id = l.sensor_id
    GROUP BY hour ORDER BY hour
  ) AS hourly_events,
    e.expected AS expectation, e.until, e.silence_limit_seconds, e.changed_at, e.changed_by
  FROM (
    SELECT sensor_id, s.sensor_kind, least(s.first_seen_at, h.first_received_at) AS first_seen_at,
      coalesce(s.last_seen_at, h.sent_at) AS last_seen_at, coalesce(s.last_received_at, h.received_at) AS last_received_at,
      coalesce(s.event_count, 0) AS event_count, coalesce(s.session_count, 0) AS session_count,
      h.received_at AS heartbeat_at, h.sent_at, h.software, h.version, h.spooled_bytes, h.gaps AS heartbeat_gaps,
      coalesce(t.state, 'unknown') AS state, t.since AS state_since, coalesce(t.expected, false) AS expected, t.judged_by, t.limit_seconds,
      t.clock_skew_seconds, coalesce(t.events_missing, false) AS events_missing, coalesce(t.duplicate, false) AS duplicate
    FROM sensors s FULL JOIN sensor_heartbeats h USING (sensor_id) LEFT JOIN sensor_states t USING (sensor_id)
    WHERE ($2::timestamptz IS NULL OR coalesce(s.last_received_at, h.received_at) < $2
        OR (coalesce(s.last_received_at, h.received_at) = $2 AND sensor_id > $3))
      AND ($4::text IS NULL OR coalesce(t.state, 'unknown') = $4) AND ($5::text IS NULL OR sensor_id = $5)
    ORDER BY last_received_at DESC, sensor_id LIMIT $6
  ) l LEFT JOIN sensor_expectations e USING (sensor_id) ORDER BY last_received_at DESC, sensor_id`

const EXPECT = `
  INSERT INTO sensor_expectations AS e (sensor_id, expected, until, silence_limit_seconds, changed_at, changed_by)
  SELECT $1, $2, $3, $4, $5, $6
  WHERE EXISTS (SELECT FROM sensors WHERE sensor_id = $1 UNION ALL SELECT FROM sensor_heartbeats WHERE sensor_id = $1)
    AND (EXISTS (SELECT FROM sensor_expectations WHERE sensor_id = $1) OR (SELECT count(*) FROM sensor_expectations) < ${MAX_EXPECTATIONS})
  ON CONFLICT (sensor_id) DO UPDATE SET expected = excluded.expected, until = excluded.until,
    silence_limit_seconds = excluded.silence_limit_seconds, changed_at = excluded.changed_at, changed_by = excluded.changed_by
  RETURNING sensor_id`

export function createSensorStore(database: Queryable): SensorStore {
  return {
    async list({ limit, cursor, state, sensor_id }, now) {
      const [receivedAt = null, after = null] =
        cursor === undefined ? [] : decodeCursor(cursor, [KEY.timestamp, SENSOR_ID])
      const rows = await database.query<ListRow & Record<string, unknown>>({
        name: 'sensors-list-3',
        text: LIST,
        values: [now, receivedAt, after, state ?? null, sensor_id ?? null, limit + 1],
      })
      const keysOf = (sensor: Sensor) => [sensor.last_received_at, sensor.sensor_id]
      return pageFrom(rows.map(sensorFrom), limit, keysOf)
    },
    async expect({ sensor_id, expected, until, silence_limit_seconds }, { at, by }) {
      const values = [sensor_id, expected, until, silence_limit_seconds, at, by]
      return (await database.query({ text: EXPECT, values })).length > 0
    },
  }
}

type Expectation = NonNullable<Sensor['expectation']>
type Heartbeat = NonNullable<Sensor['heartbeat']>

type ListRow = Omit<Sensor, 'sensor_kind' | 'heartbeat' | 'expectation' | 'clock_wrong'> &
  Omit<Heartbeat, 'received_at' | 'interval_seconds'> &
  Omit<Expectation, 'expected'> & {
    /** Null of a sensor that has sent no event. */
    sensor_kind: SensorKind | null
    heartbeat_at: string | null
    heartbeat_gaps: number[] | null
    expectation: Expectation['expected'] | null
  }

/** The kind of a sensor that has sent heartbeats alone; what sends for a sensor (`eviltwin tail`) says nothing of its kind. */
function kindOfSoftware(software: string | null): SensorKind {
  if (software === 'OpenCanary') return 'opencanary'
  return software?.startsWith('eviltwin decoy ') ? 'eviltwin' : 'generic'
}

function sensorFrom({
  sensor_kind,
  heartbeat_at,
  heartbeat_gaps,
  sent_at,
  software,
  version,
  spooled_bytes,
  expectation,
  until,
  silence_limit_seconds,
  changed_at,
  changed_by,
  ...sensor
}: ListRow): Sensor {
  return {
    ...sensor,
    sensor_kind: sensor_kind ?? kindOfSoftware(software),
    clock_wrong: Math.abs(sensor.clock_skew_seconds ?? 0) > SKEW_LIMIT_SECONDS,
    heartbeat:
      heartbeat_at === null
        ? null
        : {
            received_at: heartbeat_at,
            sent_at,
            software,
            version,
            spooled_bytes,
            interval_seconds: medianOf(heartbeat_gaps ?? []),
          },
    expectation:
      expectation === null
        ? null
        : { expected: expectation, until, silence_limit_seconds, changed_at, changed_by },
  }
}
