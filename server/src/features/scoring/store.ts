import type { ThreatLevel } from '@eviltwin/contract'
import type { StoredAttacker } from '../../domain/attacker.js'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'

/** A stored session with what its attacker did, as far as scoring looks at them. */
export interface JudgedSession
  extends Pick<
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
    | 'clients'
    | 'credential_sketch'
    | 'started_at'
    | 'last_seen_at'
  > {
  history: Omit<StoredAttacker, 'source_ip'>
}

/** A new judgement of a session as it was read. */
export interface Rescored
  extends Pick<
    SessionRow,
    'id' | 'source_ip' | 'version' | 'threat_score' | 'threat_level' | 'score_reasons' | 'scorer'
  > {
  old_level: ThreatLevel
}

export interface ScoringStore {
  /** Sessions that another scorer judged, by id, after an id. */
  judgedByOthers(scorer: string, afterId: string, limit: number): Promise<JudgedSession[]>
  /**
   * Stores new judgements with all that depends on them, in one transaction. A session that changed meanwhile is left alone: whoever
   * changed it judged it. @returns how many were stored.
   */
  rescore(rows: readonly Rescored[]): Promise<number>
  /** The newest sessions since a time. */
  newest(since: Date, limit: number): Promise<JudgedSession[]>
}

const JUDGED = `
  SELECT s.id, s.source_ip, s.version, s.threat_level, s.event_count, s.login_attempt_count, s.login_success_count, s.command_count,
    s.file_count, s.proxy_request_count, s.signals, s.clients, s.credential_sketch, s.started_at, s.last_seen_at,
    json_build_object('first_seen_at', a.first_seen_at, 'event_count', a.event_count, 'session_count', a.session_count,
      'sensor_ids', a.sensor_ids, 'signals', a.signals) AS history
  FROM sessions s JOIN attackers a USING (source_ip)`

const LOCK = 'SELECT FROM sessions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE'

const UPDATE = `
  UPDATE sessions s SET threat_score = i.threat_score, threat_level = i.threat_level, score_reasons = i.score_reasons,
    scorer = i.scorer, version = s.version + 1,
    announced_level = CASE WHEN s.announced_version = s.version THEN s.announced_level ELSE s.threat_level END,
    announced_version = s.version + 1
  FROM json_to_recordset($1) AS i(id uuid, source_ip inet, version integer, threat_score real, threat_level text,
    score_reasons jsonb, scorer text, old_level text)
  WHERE s.id = i.id AND s.source_ip = i.source_ip AND s.version = i.version
  RETURNING s.source_ip, s.sensor_id, s.started_at, i.old_level, s.threat_level AS new_level`

const LOCK_ATTACKERS =
  'SELECT FROM attackers WHERE source_ip = ANY ($1::inet[]) ORDER BY source_ip FOR UPDATE'

/** An attacker is as grave as the gravest of its sessions. */
const UPDATE_ATTACKERS = `
  UPDATE attackers a SET threat_score = worst.threat_score, threat_level = worst.threat_level
  FROM (
    SELECT DISTINCT ON (source_ip) source_ip, threat_score, threat_level FROM sessions
    WHERE source_ip = ANY ($1::inet[]) ORDER BY source_ip, threat_score DESC
  ) worst
  WHERE a.source_ip = worst.source_ip AND a.threat_score <> worst.threat_score`

const MOVE_ROLLUPS = `
  INSERT INTO session_rollups (span, bucket, sensor_id, threat_level, sessions)
  SELECT span, date_trunc(span, started_at), sensor_id, level, sum(step)
  FROM json_to_recordset($1) AS c(sensor_id text, started_at timestamptz, old_level text, new_level text),
    LATERAL (VALUES (old_level, -1), (new_level, 1)) AS moves(level, step),
    (VALUES ('minute'), ('hour')) AS spans(span)
  GROUP BY 1, 2, 3, 4 HAVING sum(step) <> 0 ORDER BY 1, 2, 3, 4
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
    judgedByOthers: (scorer, afterId, limit) =>
      database.query<JudgedSession>({
        text: `${JUDGED} WHERE s.scorer <> $1 AND s.id > $2 ORDER BY s.id LIMIT $3`,
        values: [scorer, afterId, limit],
      }),
    // Rows are locked in the order in which ingest does: sessions by id, attackers by address, rollups by key.
    rescore: (rows) =>
      database.transaction(async (client: Queryable) => {
        await client.query({ text: LOCK, values: [rows.map(({ id }) => id)] })
        const changed = await client.query<Changed>({ text: UPDATE, values: [JSON.stringify(rows)] })
        const sources = [...new Set(changed.map(({ source_ip }) => source_ip))]
        await client.query({ text: LOCK_ATTACKERS, values: [sources] })
        await client.query({ text: UPDATE_ATTACKERS, values: [sources] })
        await client.query({ text: MOVE_ROLLUPS, values: [JSON.stringify(changed)] })
        return changed.length
      }),
    newest: (since, limit) =>
      database.query<JudgedSession>({
        text: `${JUDGED} WHERE s.started_at >= $1 ORDER BY s.started_at DESC LIMIT $2`,
        values: [since, limit],
      }),
  }
}
