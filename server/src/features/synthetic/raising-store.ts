import type { EscalationRow } from '../../domain/escalation.js'
import { derivedId } from '../../domain/identity.js'
import { causesOf } from '../../domain/score-causes.js'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable } from '../../platform/postgres/database.js'

/** Alerts of attacks that no score raises. */
export interface RaisingStore {
  /**
   * Puts the alert of an attack that was scored, and too low for one, into the queue of the alert manager. Only of targets that an
   * administrator registered and whose attacks never reached an alert by their score: such a sensor reports logins alone. Of any other target
   * a low score is a failure. @returns whether it was put there now.
   */
  raise(run_id: string): Promise<boolean>
}

const COLUMNS = `id, kind, session_id, source_ip, sensor_id, sensor_kind, threat_level, threat_score, reasons, signals, clients, detail,
  canary, occurred_at, received_at, request_id, traceparent, synthetic_run`

export function createRaisingStore(database: Queryable): RaisingStore {
  return {
    async raise(run_id) {
      const [scored] = await database.query<{ session: SessionRow }>({
        name: 'synthetic-raisable-1',
        text: `SELECT s.content AS session FROM synthetic_runs r
            JOIN synthetic_targets t ON t.id = r.target_id JOIN synthetic_sessions s ON s.id = r.session_id
          WHERE r.id = $1 AND r.alerted_at IS NULL AND t.created_by IS NOT NULL AND s.content ->> 'scorer' <> 'none'
            AND NOT EXISTS (SELECT FROM synthetic_runs o WHERE o.target_id = r.target_id AND o.threat_level IN ('high', 'critical'))`,
        values: [run_id],
      })
      if (!scored) return false
      const raised = await database.query({
        text: `INSERT INTO alert_queue (${COLUMNS})
          SELECT ${COLUMNS} FROM json_populate_record(NULL::alert_queue, $1)
          ON CONFLICT (id) DO NOTHING RETURNING id`,
        values: [JSON.stringify(escalationOf(run_id, scored.session))],
      })
      return raised.length > 0
    },
  }
}

function escalationOf(run_id: string, session: SessionRow): EscalationRow {
  const { source_ip, sensor_id, sensor_kind, threat_score, score_reasons, signals, clients } = session
  return {
    id: derivedId(run_id, 'alert by rule'),
    kind: 'session',
    session_id: session.id,
    source_ip,
    sensor_id,
    sensor_kind,
    threat_level: 'high',
    threat_score,
    reasons: causesOf(score_reasons),
    signals,
    clients,
    detail: 'Raised for an attack of the platform: the sensor reports too little for an alert by its score.',
    canary: null,
    occurred_at: session.last_seen_at,
    received_at: session.last_received_at,
    request_id: '',
    traceparent: '',
    synthetic_run: run_id,
  }
}
