import type { Queryable } from '../../platform/postgres/database.js'

const SENSOR_COLUMNS =
  'sensor_id, sensor_kind, first_seen_at, last_seen_at, last_received_at, event_count, session_count'
const EVENT_ROLLUP_COLUMNS = 'span, bucket, sensor_id, event_type, events'
const SESSION_ROLLUP_COLUMNS = 'span, bucket, sensor_id, threat_level, sessions'
const ATTACKER_HOUR_COLUMNS = 'bucket, source_ip, events'

/** A query of the rows to add to each table of totals, with the columns above, each key once and in the order of the keys. */
interface TotalsSources {
  sensors: string
  eventRollups: string
  sessionRollups: string
  attackerHours: string
}

/** The parts of a WITH clause that add to the totals. All statements have the tables in this order, so that none deadlocks with another. */
function addTotals(from: TotalsSources): string {
  return `activity AS (
      INSERT INTO sensors (${SENSOR_COLUMNS})
      ${from.sensors}
      ON CONFLICT (sensor_id) DO UPDATE SET
        sensor_kind = least(sensors.sensor_kind, excluded.sensor_kind),
        first_seen_at = least(sensors.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(sensors.last_seen_at, excluded.last_seen_at),
        last_received_at = greatest(sensors.last_received_at, excluded.last_received_at),
        event_count = sensors.event_count + excluded.event_count,
        session_count = sensors.session_count + excluded.session_count
    ), event_totals AS (
      INSERT INTO event_rollups (${EVENT_ROLLUP_COLUMNS})
      ${from.eventRollups}
      ON CONFLICT (span, bucket, sensor_id, event_type) DO UPDATE SET events = event_rollups.events + excluded.events
    ), session_totals AS (
      INSERT INTO session_rollups (${SESSION_ROLLUP_COLUMNS})
      ${from.sessionRollups}
      ON CONFLICT (span, bucket, sensor_id, threat_level) DO UPDATE SET sessions = session_rollups.sessions + excluded.sessions
    ), attacker_totals AS (
      INSERT INTO attacker_hours (${ATTACKER_HOUR_COLUMNS})
      ${from.attackerHours}
      ON CONFLICT (bucket, source_ip) DO UPDATE SET events = attacker_hours.events + excluded.events
    )`
}

/** Adds what the parameters 4 to 7 of a commit's statement say, which are JSON arrays of rows. */
export const ADD_TOTALS = addTotals({
  sensors: `SELECT ${SENSOR_COLUMNS} FROM json_populate_recordset(NULL::sensors, $4)`,
  eventRollups: `SELECT ${EVENT_ROLLUP_COLUMNS} FROM json_populate_recordset(NULL::event_rollups, $5)`,
  sessionRollups: `SELECT ${SESSION_ROLLUP_COLUMNS} FROM json_populate_recordset(NULL::session_rollups, $6)`,
  attackerHours: `SELECT ${ATTACKER_HOUR_COLUMNS} FROM json_populate_recordset(NULL::attacker_hours, $7)`,
})

/** Leaves the same parameters as one row, which no other commit wants; a group without new events leaves none. */
export const APPEND_TOTALS = `appended AS (
      INSERT INTO pending_totals (sensors, event_rollups, session_rollups, attacker_hours)
      SELECT $4::text, $5::text, $6::text, $7::text WHERE $4::text <> '[]'
    )`

/** Rows that one statement applies at most: each is of one commit, of 2,000 events at most. */
export const APPLIED_AT_ONCE = 50

/**
 * Removes pending rows and adds them up, in one statement. Of two that run at the same time the second waits for the rows of the first, and finds
 * them gone. In the order of ids a session never leaves a level before it is counted there: who moved it had read what counted it.
 */
const APPLY = {
  name: 'totals-apply-1',
  text: `
    WITH taken AS MATERIALIZED (
      DELETE FROM pending_totals WHERE id IN (SELECT id FROM pending_totals ORDER BY id LIMIT ${APPLIED_AT_ONCE} FOR UPDATE)
      RETURNING sensors, event_rollups, session_rollups, attacker_hours
    ), ${addTotals({
      sensors: `SELECT sensor_id, min(sensor_kind), min(first_seen_at), max(last_seen_at), max(last_received_at), sum(event_count),
        sum(session_count)
      FROM taken, json_populate_recordset(NULL::sensors, taken.sensors::json)
      GROUP BY sensor_id ORDER BY sensor_id COLLATE "C"`,
      eventRollups: `SELECT span, bucket, sensor_id, event_type, sum(events)
      FROM taken, json_populate_recordset(NULL::event_rollups, taken.event_rollups::json)
      GROUP BY span, bucket, sensor_id, event_type ORDER BY span COLLATE "C", bucket, event_type COLLATE "C", sensor_id COLLATE "C"`,
      sessionRollups: `SELECT span, bucket, sensor_id, threat_level, sum(sessions)
      FROM taken, json_populate_recordset(NULL::session_rollups, taken.session_rollups::json)
      GROUP BY span, bucket, sensor_id, threat_level HAVING sum(sessions) <> 0
      ORDER BY span COLLATE "C", bucket, threat_level COLLATE "C", sensor_id COLLATE "C"`,
      attackerHours: `SELECT bucket, source_ip, sum(events)
      FROM taken, json_populate_recordset(NULL::attacker_hours, taken.attacker_hours::json)
      GROUP BY bucket, source_ip ORDER BY bucket, host(source_ip) COLLATE "C"`,
    })}
    SELECT count(*) FROM taken`,
}

const OLDEST = {
  name: 'totals-oldest-1',
  text: `SELECT greatest(0, extract(epoch FROM clock_timestamp() - added_at))::float8 AS age
    FROM pending_totals ORDER BY id LIMIT 1`,
}

/** The totals that commits left, and have not been added up yet. */
export interface PendingTotalsStore {
  /** For how many seconds the oldest has waited, by the clock of the database; null: none waits. */
  oldestAge(): Promise<number | null>
  /** Adds up the oldest {@link APPLIED_AT_ONCE} of them, or none. @returns how many. */
  apply(): Promise<number>
}

export function createPendingTotalsStore(database: Queryable): PendingTotalsStore {
  return {
    async oldestAge() {
      const [row] = await database.query<{ age: number }>({ ...OLDEST, values: [] })
      return row?.age ?? null
    },
    async apply() {
      const [row] = await database.query<{ count: number }>({ ...APPLY, values: [] })
      return row?.count ?? 0
    },
  }
}
