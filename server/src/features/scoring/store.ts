import type { Event, ThreatLevel } from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import type { Behaving } from './signals.js'

/** A stored session, as far as scoring looks at it. */
export type ScoredSession = Pick<
  SessionRow,
  | 'id'
  | 'source_ip'
  | 'version'
  | 'threat_level'
  | 'event_count'
  | 'login_attempt_count'
  | 'login_success_count'
  | 'command_count'
  | 'file_count'
  | 'proxy_request_count'
  | 'signals'
  | 'techniques'
  | 'unread_characters'
  | 'behaviours_version'
  | 'clients'
  | 'credential_sketch'
  | 'started_at'
  | 'last_seen_at'
>

/** An event, as far as behaviours are read from it. */
export type StoredBehaving = Behaving & Pick<Event, 'id' | 'session_id'>

/** A new score of a session as it was read. */
export interface Rescored
  extends Pick<
    SessionRow,
    | 'id'
    | 'source_ip'
    | 'version'
    | 'threat_score'
    | 'threat_level'
    | 'score_reasons'
    | 'scorer'
    | 'signals'
    | 'techniques'
    | 'unread_characters'
    | 'behaviours_version'
  > {
  old_level: ThreatLevel
}

export interface ScoringStore {
  /** Sessions that another scorer scored, or whose behaviours another version read; by id, after an id. */
  scoredByOtherModel(
    scorer: string,
    behavioursVersion: number,
    afterId: string,
    limit: number,
  ): Promise<ScoredSession[]>
  /** How many events of each session are still stored. */
  storedEvents(sessionIds: readonly string[]): Promise<Array<{ session_id: string; events: number }>>
  /** Events of sessions that are neither logins nor connections, by session and id, after an event. */
  behaving(
    sessionIds: readonly string[],
    after: Pick<StoredBehaving, 'session_id' | 'id'>,
    limit: number,
  ): Promise<StoredBehaving[]>
  /**
   * Stores new scores with all that depends on them, in one transaction. A session that changed meanwhile is left alone: whoever
   * changed it scored it. @returns how many were stored.
   */
  rescore(rows: readonly Rescored[]): Promise<number>
  /** The newest sessions since a time. */
  newest(since: Date, limit: number): Promise<ScoredSession[]>
}

const SCORED_SESSION = `
  SELECT s.id, s.source_ip, s.version, s.threat_level, s.event_count, s.login_attempt_count, s.login_success_count, s.command_count,
    s.file_count, s.proxy_request_count, s.signals, s.techniques, s.unread_characters, s.behaviours_version, s.clients,
    s.credential_sketch, s.started_at, s.last_seen_at
  FROM sessions s`

const LOCK = 'SELECT FROM sessions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE'

const UPDATE = `
  UPDATE sessions s SET threat_score = i.threat_score, threat_level = i.threat_level, score_reasons = i.score_reasons,
    scorer = i.scorer, version = s.version + 1, signals = i.signals, techniques = i.techniques,
    unread_characters = i.unread_characters, behaviours_version = i.behaviours_version,
    announced_level = CASE WHEN s.announced_version = s.version THEN s.announced_level ELSE s.threat_level END,
    announced_version = s.version + 1
  FROM json_to_recordset($1) AS i(id uuid, source_ip inet, version integer, threat_score real, threat_level text,
    score_reasons jsonb, scorer text, old_level text, signals text[], techniques text[], unread_characters bigint,
    behaviours_version integer)
  WHERE s.id = i.id AND s.source_ip = i.source_ip AND s.version = i.version
  RETURNING s.source_ip, s.sensor_id, s.started_at, i.old_level, s.threat_level AS new_level`

const LOCK_ATTACKERS =
  'SELECT FROM attackers WHERE source_ip = ANY ($1::inet[]) ORDER BY source_ip FOR UPDATE'

/** What an attacker's sessions give its profile; its own score follows in the database (see migration 0016). */
const UPDATE_ATTACKERS = `
  UPDATE attackers a SET threat_score = worst.threat_score, threat_level = worst.threat_level, signals = worst.signals
  FROM (
    SELECT DISTINCT ON (source_ip) source_ip, threat_score, threat_level,
      ARRAY(SELECT DISTINCT signal COLLATE "C" FROM sessions o, unnest(o.signals) signal
        WHERE o.source_ip = s.source_ip ORDER BY 1) AS signals
    FROM sessions s WHERE source_ip = ANY ($1::inet[]) ORDER BY source_ip, threat_score DESC
  ) worst
  WHERE a.source_ip = worst.source_ip AND (a.threat_score, a.signals) IS DISTINCT FROM (worst.threat_score, worst.signals)`

const STORED_EVENTS =
  'SELECT session_id, count(*)::integer AS events FROM events WHERE session_id = ANY ($1::uuid[]) GROUP BY session_id'

const BEHAVING = `
  SELECT session_id, id, event_type, action, outcome, command, message FROM events
  WHERE session_id = ANY ($1::uuid[]) AND event_type NOT IN ('login_attempt', 'connect')
    AND (session_id, id) > ($2::uuid, $3::uuid)
  ORDER BY session_id, id LIMIT $4`

const MOVE_ROLLUPS = `
  INSERT INTO session_rollups (span, bucket, sensor_id, threat_level, sessions)
  SELECT span, date_trunc(span, started_at), sensor_id, level, sum(step)
  FROM json_to_recordset($1) AS c(sensor_id text, started_at timestamptz, old_level text, new_level text),
    LATERAL (VALUES (old_level, -1), (new_level, 1)) AS moves(level, step),
    (VALUES ('minute'), ('hour')) AS spans(span)
  GROUP BY 1, 2, 3, 4 HAVING sum(step) <> 0 ORDER BY span COLLATE "C", 2, level COLLATE "C", sensor_id COLLATE "C"
  ON CONFLICT (span, bucket, sensor_id, threat_level) DO UPDATE SET sessions = session_rollups.sessions + excluded.sessions`

interface Changed {
  source_ip: string
  sensor_id: string
  started_at: string
  old_level: ThreatLevel
  new_level: ThreatLevel
}

export function createScoringStore(database: Transactional): ScoringStore {
  return {
    scoredByOtherModel: (scorer, behavioursVersion, afterId, limit) =>
      database.query<ScoredSession>({
        text: `${SCORED_SESSION} WHERE (s.scorer <> $1 OR s.behaviours_version < $2) AND s.id > $3 ORDER BY s.id LIMIT $4`,
        values: [scorer, behavioursVersion, afterId, limit],
      }),
    storedEvents: (sessionIds) => database.query({ text: STORED_EVENTS, values: [sessionIds] }),
    behaving: (sessionIds, after, limit) =>
      database.query<StoredBehaving>({
        text: BEHAVING,
        values: [sessionIds, after.session_id, after.id, limit],
      }),
    // Rows are locked in the order in which ingest does: sessions by id, attackers by address, what triggers write, rollups by key.
    rescore: (rows) =>
      database.transaction(async (client: Queryable) => {
        await client.query({ text: LOCK, values: [rows.map(({ id }) => id)] })
        await client.query({
          text: LOCK_ATTACKERS,
          values: [[...new Set(rows.map(({ source_ip }) => source_ip))]],
        })
        const changed = await client.query<Changed>({ text: UPDATE, values: [JSON.stringify(rows)] })
        const sources = [...new Set(changed.map(({ source_ip }) => source_ip))]
        await client.query({ text: UPDATE_ATTACKERS, values: [sources] })
        await client.query({ text: MOVE_ROLLUPS, values: [JSON.stringify(changed)] })
        return changed.length
      }),
    newest: (since, limit) =>
      database.query<ScoredSession>({
        text: `${SCORED_SESSION} WHERE s.started_at >= $1 ORDER BY s.started_at DESC LIMIT $2`,
        values: [since, limit],
      }),
  }
}
