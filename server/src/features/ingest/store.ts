import type { Event } from '@eviltwin/contract'
import type { StoredAttacker } from '../../domain/attacker.js'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable } from '../../platform/postgres/database.js'
import type { CommitPlan, QuarantineRow } from './commit-rows.js'

/** What a group meets in the store. */
export interface StoredContext {
  /** Ids, of those asked for, that are stored already. */
  knownEventIds: ReadonlySet<string>
  sessions: ReadonlyMap<string, SessionRow>
}

/** What a group commit needs of the store: one round trip to read, one to write. */
export interface IngestStore {
  read(eventIds: readonly string[], sessionIds: readonly string[]): Promise<StoredContext>
  /** What is stored of these addresses; those never seen are absent. */
  attackers(sourceIps: readonly string[]): Promise<StoredAttacker[]>
  /**
   * Writes new events and what they change in one statement, which is one transaction. Fails with a conflict (see sqlstate.ts) when an event
   * has been stored or a session has changed since it was read; then nothing is written.
   */
  write(events: readonly Event[], plan: CommitPlan): Promise<void>
  /** Keeps records that are no events; one that is there already is counted once more. Ids must be distinct. */
  quarantine(rows: readonly QuarantineRow[]): Promise<void>
}

const READ = {
  name: 'ingest-read',
  text: `
    SELECT
      ARRAY(SELECT id FROM event_keys WHERE id = ANY ($1::uuid[])) AS known,
      (SELECT coalesce(json_agg(s), '[]') FROM sessions s WHERE id = ANY ($2::uuid[])) AS sessions`,
}

const ATTACKERS = {
  name: 'ingest-attackers',
  text: `
    SELECT source_ip, first_seen_at, event_count, session_count, sensor_ids, signals
    FROM attackers WHERE source_ip = ANY ($1::inet[])`,
}

const WRITE = {
  name: 'ingest-write',
  text: `
    WITH incoming AS MATERIALIZED (
      SELECT * FROM json_populate_recordset(NULL::events, $1)
    ), keys AS (
      INSERT INTO event_keys (id, source_ip, received_at)
      SELECT id, source_ip, received_at FROM incoming
    ), stored AS (
      INSERT INTO events SELECT * FROM incoming
    ), written AS (
      INSERT INTO sessions SELECT * FROM json_populate_recordset(NULL::sessions, $2)
      ON CONFLICT (id, source_ip) DO UPDATE SET
        sensor_kind = excluded.sensor_kind,
        country = excluded.country,
        protocols = excluded.protocols,
        clients = excluded.clients,
        started_at = excluded.started_at,
        last_seen_at = excluded.last_seen_at,
        ended_at = excluded.ended_at,
        event_count = excluded.event_count,
        login_attempt_count = excluded.login_attempt_count,
        login_success_count = excluded.login_success_count,
        command_count = excluded.command_count,
        file_count = excluded.file_count,
        proxy_request_count = excluded.proxy_request_count,
        signals = excluded.signals,
        credential_sketch = excluded.credential_sketch,
        threat_score = excluded.threat_score,
        threat_level = excluded.threat_level,
        score_reasons = excluded.score_reasons,
        scorer = excluded.scorer,
        last_received_at = excluded.last_received_at,
        version = excluded.version
      WHERE sessions.version = excluded.version - 1
      RETURNING 1
    ), profiles AS (
      INSERT INTO attackers SELECT * FROM json_populate_recordset(NULL::attackers, $3)
      ON CONFLICT (source_ip) DO UPDATE SET
        first_seen_at = least(attackers.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(attackers.last_seen_at, excluded.last_seen_at),
        event_count = attackers.event_count + excluded.event_count,
        session_count = attackers.session_count + excluded.session_count,
        sensor_ids = CASE WHEN attackers.sensor_ids @> excluded.sensor_ids THEN attackers.sensor_ids ELSE (
          SELECT (array_agg(DISTINCT id COLLATE "C"))[1:16] FROM unnest(attackers.sensor_ids || excluded.sensor_ids) id
        ) END,
        signals = CASE WHEN attackers.signals @> excluded.signals THEN attackers.signals ELSE (
          SELECT array_agg(DISTINCT signal COLLATE "C") FROM unnest(attackers.signals || excluded.signals) signal
        ) END,
        threat_level = CASE WHEN excluded.threat_score > attackers.threat_score
          THEN excluded.threat_level ELSE attackers.threat_level END,
        threat_score = greatest(attackers.threat_score, excluded.threat_score),
        last_received_at = greatest(attackers.last_received_at, excluded.last_received_at)
    ), pulses AS (
      INSERT INTO sensors SELECT * FROM json_populate_recordset(NULL::sensors, $4)
      ON CONFLICT (sensor_id) DO UPDATE SET
        sensor_kind = least(sensors.sensor_kind, excluded.sensor_kind),
        first_seen_at = least(sensors.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(sensors.last_seen_at, excluded.last_seen_at),
        last_received_at = greatest(sensors.last_received_at, excluded.last_received_at),
        event_count = sensors.event_count + excluded.event_count,
        session_count = sensors.session_count + excluded.session_count
    ), event_totals AS (
      INSERT INTO event_rollups SELECT * FROM json_populate_recordset(NULL::event_rollups, $5)
      ON CONFLICT (span, bucket, sensor_id, event_type) DO UPDATE SET events = event_rollups.events + excluded.events
    ), session_totals AS (
      INSERT INTO session_rollups SELECT * FROM json_populate_recordset(NULL::session_rollups, $6)
      ON CONFLICT (span, bucket, sensor_id, threat_level) DO UPDATE SET sessions = session_rollups.sessions + excluded.sessions
    ), attacker_totals AS (
      INSERT INTO attacker_hours SELECT * FROM json_populate_recordset(NULL::attacker_hours, $7)
      ON CONFLICT (bucket, source_ip) DO UPDATE SET events = attacker_hours.events + excluded.events
    ), escalations AS (
      INSERT INTO alert_queue SELECT * FROM json_populate_recordset(NULL::alert_queue, $8)
      ON CONFLICT (id) DO NOTHING
    )
    SELECT assert_all_written((SELECT count(*) FROM written), $9)`,
}

const QUARANTINE = {
  name: 'ingest-quarantine',
  text: `
    INSERT INTO quarantine (id, received_at, sensor_id, key_sensor_id, reason, detail, times_seen, body)
    SELECT id, received_at, sensor_id, key_sensor_id, reason, detail, times_seen, body
    FROM json_populate_recordset(NULL::quarantine, $1)
    ON CONFLICT (id) DO UPDATE SET
      times_seen = quarantine.times_seen + excluded.times_seen,
      reason = excluded.reason,
      detail = excluded.detail`,
}

export function createIngestStore(database: Queryable): IngestStore {
  return {
    async read(eventIds, sessionIds) {
      const [row] = await database.query<{ known: string[]; sessions: StoredSession[] }>({
        ...READ,
        values: [eventIds, sessionIds],
      })
      return {
        knownEventIds: new Set(row?.known),
        sessions: new Map(row?.sessions.map((session) => [session.id, sessionFromJson(session)])),
      }
    },
    attackers: (sourceIps) => database.query<StoredAttacker>({ ...ATTACKERS, values: [sourceIps] }),
    async write(events, plan) {
      await database.query({
        ...WRITE,
        values: [
          JSON.stringify(events),
          JSON.stringify(plan.sessions),
          JSON.stringify(plan.attackers),
          JSON.stringify(plan.sensors),
          JSON.stringify(plan.eventRollups),
          JSON.stringify(plan.sessionRollups),
          JSON.stringify(plan.attackerHours),
          JSON.stringify(plan.escalations),
          plan.sessions.length,
        ],
      })
    },
    async quarantine(rows) {
      const json = rows.map(({ body, ...row }) => ({ ...row, body: `\\x${body.toString('hex')}` }))
      await database.query({ ...QUARANTINE, values: [JSON.stringify(json)] })
    },
  }
}

/** As `json_agg` spells a row: timestamps keep PostgreSQL's own ISO form. */
type StoredSession = SessionRow

function sessionFromJson(session: StoredSession): SessionRow {
  return {
    ...session,
    started_at: timestampFromJson(session.started_at),
    last_seen_at: timestampFromJson(session.last_seen_at),
    ended_at: session.ended_at === null ? null : timestampFromJson(session.ended_at),
    last_received_at: timestampFromJson(session.last_received_at),
  }
}

/** `2026-03-22T00:10:42.83+00:00` -> `2026-03-22T00:10:42.830000Z`. */
function timestampFromJson(text: string): string {
  const [seconds = '', fraction = ''] = text.slice(0, text.lastIndexOf('+')).split('.')
  return `${seconds}.${fraction.padEnd(6, '0')}Z`
}
