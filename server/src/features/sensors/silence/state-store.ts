import type { Queryable, Transactional } from '../../../platform/postgres/database.js'
import type { SensorFacts, StoredState } from './judgement.js'

/** Sensors that are judged at most. */
export const MAX_JUDGED = 10_000
/** Sensors of one page: what one step of a look reads and writes. */
export const PAGE = 100

/** The platform's own time as it is stored; see sensor_clock. */
export interface StoredClock {
  looked_at: string
  seconds: number
  resumed_at_seconds: number
}

export interface FoundSensor extends SensorFacts {
  stored: StoredState
}

/** What one look does, in one transaction. */
export interface SensorLook {
  /** Waits for another look to end. */
  clock(): Promise<StoredClock | null>
  setClock(clock: StoredClock): Promise<void>
  /** Begins to judge sensors that are new, as many as there is room for, and forgets those that nobody expects and that were silent for 30 days. */
  addNew(at: Date, seconds: number): Promise<void>
  /** Keys of sensors for which two keys were used within the last 15 minutes. */
  noteKeys(at: Date): Promise<void>
  /** Sensors as which two senders sent by turns within the last 15 minutes. */
  duplicates(at: Date): Promise<Set<string>>
  /** The next {@link PAGE} sensors behind one, in the order of their ids. */
  page(after: string): Promise<FoundSensor[]>
  save(states: readonly StoredState[]): Promise<void>
}

export interface SensorStateStore {
  look(work: (look: SensorLook) => Promise<void>): Promise<void>
  /** Expected sensors without data, the longest silent first; at most so many. */
  silent(limit: number): Promise<SilentSensor[]>
  /** How many expected sensors have no data. */
  countSilent(): Promise<number>
  /** How many sensors there are of each kind. */
  counts(): Promise<{ judged: number; expected: number; silent: number }>
  /** Sensors that are expected now, in the order of their ids. */
  expected(): Promise<ExpectedSensor[]>
}

/** An expected sensor without data. */
export interface SilentSensor {
  sensor_id: string
  /** Its newest event or heartbeat. */
  heard_at: string
  limit_seconds: number | null
  judged_by: StoredState['judged_by']
}

/** A sensor whose silence is an operational alert. */
export interface ExpectedSensor {
  sensor_id: string
  state: StoredState['state']
  /** Since when it is in this state. */
  since: string
}

const CLOCK = `SELECT looked_at, seconds, resumed_at_seconds FROM sensor_clock FOR UPDATE`

const SET_CLOCK = `
  INSERT INTO sensor_clock (looked_at, seconds, resumed_at_seconds) VALUES ($1, $2, $3)
  ON CONFLICT (only_row) DO UPDATE SET looked_at = excluded.looked_at, seconds = excluded.seconds, resumed_at_seconds = excluded.resumed_at_seconds`

const FORGET = `
  DELETE FROM sensor_states s WHERE NOT expected AND heard_at < $1::timestamptz - interval '30 days'
    AND NOT EXISTS (SELECT FROM sensor_expectations e WHERE e.sensor_id = s.sensor_id)`

const ADD_NEW = `
  INSERT INTO sensor_states (sensor_id, state, since, expected, heard_at, heard_at_seconds, first_at_seconds, seen_at, event_at, event_at_seconds)
  SELECT sensor_id, 'unknown', $1, false, greatest(s.last_received_at, h.received_at), $2::float8, $2::float8, s.last_seen_at, s.last_received_at,
    CASE WHEN s.sensor_id IS NOT NULL THEN $2::float8 END
  FROM sensors s FULL JOIN sensor_heartbeats h USING (sensor_id)
  WHERE NOT EXISTS (SELECT FROM sensor_states t WHERE t.sensor_id = coalesce(s.sensor_id, h.sensor_id))
    AND (greatest(s.last_received_at, h.received_at) > $1::timestamptz - interval '30 days'
      OR EXISTS (SELECT FROM sensor_expectations e WHERE e.sensor_id = coalesce(s.sensor_id, h.sensor_id)))
  ORDER BY least(s.first_seen_at, h.first_received_at), sensor_id
  LIMIT greatest(0, ${MAX_JUDGED} - (SELECT count(*) FROM sensor_states))`

const NOTE_KEYS = `
  WITH uses AS (
    SELECT sensor_id, id AS key_id, last_used_at AS at FROM api_keys
    WHERE sensor_id IS NOT NULL AND revoked_at IS NULL AND last_used_at > $1::timestamptz - interval '15 minutes'
    UNION ALL
    SELECT sensor_id, key_id, last_at FROM key_sensors WHERE allowed AND sensor_id <> '' AND last_at > $1::timestamptz - interval '15 minutes'
  ), shared AS (SELECT sensor_id FROM uses GROUP BY sensor_id HAVING count(DISTINCT key_id) > 1)
  INSERT INTO sensor_senders AS s (sensor_id, kind, sender, first_at, last_at)
  SELECT sensor_id, 'key', key_id, max(at), max(at) FROM uses JOIN shared USING (sensor_id) GROUP BY sensor_id, key_id
  ORDER BY sensor_id, key_id LIMIT ${MAX_JUDGED}
  ON CONFLICT (sensor_id, kind, sender) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at),
    first_at = CASE WHEN excluded.last_at > s.last_at + interval '15 minutes' THEN excluded.first_at ELSE s.first_at END`

const FORGET_SENDERS = `DELETE FROM sensor_senders WHERE last_at < $1::timestamptz - interval '1 day'`

// Each of the two sent before and after the other did: one that took the place of the other is no duplicate.
const DUPLICATES = `
  SELECT DISTINCT a.sensor_id FROM sensor_senders a JOIN sensor_senders b USING (sensor_id, kind)
  WHERE a.sender < b.sender AND least(a.last_at, b.last_at) > $1::timestamptz - interval '15 minutes'
    AND least(a.last_at, b.last_at) - greatest(a.first_at, b.first_at) >= interval '2 minutes'`

/** What a look changes. */
const COLUMNS = [
  'state',
  'since',
  'expected',
  'judged_by',
  'limit_seconds',
  'heard_at',
  'heard_at_seconds',
  'seen_at',
  'event_at',
  'event_at_seconds',
  'gap_weights',
  'gaps',
  'delays',
  'clock_skew_seconds',
  'duplicate',
] as const
const ARRAYS: ReadonlySet<string> = new Set(['gap_weights', 'delays'])

// Arrays as JSON: the parser of Node is many times as fast as the one of arrays.
const PAGE_OF_SENSORS = `
  SELECT t.sensor_id, t.first_at_seconds, ${COLUMNS.map((column) => (ARRAYS.has(column) ? `to_json(t.${column}) AS ${column}` : `t.${column}`)).join(', ')}, s.sensor_kind, s.last_received_at, s.last_seen_at,
    h.first_received_at, h.received_at, to_json(h.gaps) AS heartbeat_gaps, to_json(h.delays) AS heartbeat_delays,
    e.expected AS expectation, e.until, e.silence_limit_seconds
  FROM (SELECT * FROM sensor_states WHERE sensor_id > $1 ORDER BY sensor_id LIMIT ${PAGE}) t
  LEFT JOIN sensors s USING (sensor_id) LEFT JOIN sensor_heartbeats h USING (sensor_id) LEFT JOIN sensor_expectations e USING (sensor_id)
  ORDER BY sensor_id`

const SAVE = `
  UPDATE sensor_states t SET (${COLUMNS.join(', ')}) = ROW (${COLUMNS.map((column) => `n.${column}`).join(', ')})
  FROM json_populate_recordset(NULL::sensor_states, $1) n WHERE n.sensor_id = t.sensor_id`

interface FoundRow extends StoredState {
  sensor_kind: SensorFacts['sensor_kind']
  last_received_at: string | null
  last_seen_at: string | null
  first_received_at: string | null
  received_at: string | null
  heartbeat_gaps: number[] | null
  heartbeat_delays: number[] | null
  expectation: NonNullable<SensorFacts['expectation']>['expected'] | null
  until: string | null
  silence_limit_seconds: number | null
}

/** @param database for work that is never urgent. */
export function createSensorStateStore(database: Transactional): SensorStateStore {
  return {
    look: (work) => database.transaction((client) => work(lookOf(client))),
    silent: (limit) =>
      database.query<SilentSensor>({
        name: 'sensors-silent',
        text: `SELECT sensor_id, heard_at, limit_seconds, judged_by FROM sensor_states
          WHERE state = 'no_data' AND expected ORDER BY heard_at, sensor_id LIMIT $1`,
        values: [limit],
      }),
    async countSilent() {
      const [row] = await database.query<{ count: number }>({
        name: 'sensors-silent-count',
        text: `SELECT count(*) FROM sensor_states WHERE state = 'no_data' AND expected`,
        values: [],
      })
      return row?.count ?? 0
    },
    async counts() {
      const [row] = await database.query<{ judged: number; expected: number; silent: number }>({
        name: 'sensors-judged',
        text: `SELECT count(*) AS judged, count(*) FILTER (WHERE expected) AS expected,
            count(*) FILTER (WHERE expected AND state = 'no_data') AS silent
          FROM sensor_states`,
        values: [],
      })
      return row ?? { judged: 0, expected: 0, silent: 0 }
    },
    expected: () =>
      database.query<ExpectedSensor>({
        name: 'sensors-expected',
        text: `SELECT sensor_id, state, since FROM sensor_states WHERE expected ORDER BY sensor_id LIMIT ${MAX_JUDGED}`,
        values: [],
      }),
  }
}

function lookOf(client: Queryable): SensorLook {
  const run = async (text: string, values: unknown[]) => void (await client.query({ text, values }))
  return {
    async clock() {
      const [clock] = await client.query<StoredClock & Record<string, unknown>>({ text: CLOCK })
      return clock ?? null
    },
    setClock: ({ looked_at, seconds, resumed_at_seconds }) =>
      run(SET_CLOCK, [looked_at, seconds, resumed_at_seconds]),
    async addNew(at, seconds) {
      await run(FORGET, [at])
      await run(ADD_NEW, [at, seconds])
    },
    async noteKeys(at) {
      await run(FORGET_SENDERS, [at])
      await run(NOTE_KEYS, [at])
    },
    async duplicates(at) {
      const rows = await client.query<{ sensor_id: string }>({ text: DUPLICATES, values: [at] })
      return new Set(rows.map(({ sensor_id }) => sensor_id))
    },
    async page(after) {
      const rows = await client.query<FoundRow & Record<string, unknown>>({
        text: PAGE_OF_SENSORS,
        values: [after],
      })
      return rows.map(foundFrom)
    },
    async save(states) {
      if (states.length > 0) await run(SAVE, [JSON.stringify(states)])
    },
  }
}

function foundFrom({
  sensor_kind,
  last_received_at,
  last_seen_at,
  first_received_at,
  received_at,
  heartbeat_gaps,
  heartbeat_delays,
  expectation,
  until,
  silence_limit_seconds,
  ...stored
}: FoundRow): FoundSensor {
  return {
    stored,
    sensor_kind,
    last_received_at,
    last_seen_at,
    heartbeat:
      first_received_at === null || received_at === null
        ? null
        : {
            first_received_at,
            received_at,
            gaps: heartbeat_gaps ?? [],
            delays: heartbeat_delays ?? [],
          },
    expectation: expectation === null ? null : { expected: expectation, until, silence_limit_seconds },
    duplicate: false,
  }
}
