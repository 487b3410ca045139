import type { AlertLevel, Event, ThreatLevel } from '@eviltwin/contract'
import { canaryOf, type EscalationRow } from '../../domain/escalation.js'
import { derivedId } from '../../domain/identity.js'
import type { RequestIds } from '../../domain/request-ids.js'
import { causesOf } from '../../domain/score-causes.js'
import type { SessionRow } from '../../domain/session.js'

const RANK: Readonly<Record<ThreatLevel, number>> = { low: 0, medium: 1, high: 2, critical: 3 }

/**
 * What analysts should be told of one session's change: every touch of a canary, which is always critical, and a rise
 * to high or critical. An attacker's level is the highest of its sessions', so it never rises without one of them.
 * @param before the session as it was stored; undefined for a new one.
 */
export function escalationsOf(
  before: SessionRow | undefined,
  after: SessionRow,
  canaries: readonly Event[],
  ids: RequestIds,
): EscalationRow[] {
  const session = {
    session_id: after.id,
    source_ip: after.source_ip,
    sensor_id: after.sensor_id,
    sensor_kind: after.sensor_kind,
    reasons: causesOf(after.score_reasons),
    signals: after.signals,
    clients: after.clients,
    ...ids,
  }
  if (canaries.length > 0) {
    return canaries.map(({ id, action, message, sensor_kind, occurred_at, received_at }) => ({
      ...session,
      id: derivedId(id, 'escalation'),
      kind: 'canary',
      threat_level: 'critical',
      threat_score: after.threat_score,
      detail: message,
      canary: canaryOf({ sensor_kind, action, message }),
      occurred_at,
      received_at,
    }))
  }
  const { threat_level } = after
  if (!isAlertLevel(threat_level) || RANK[threat_level] <= RANK[announcedLevel(before)]) return []
  return [
    {
      ...session,
      id: derivedId(after.id, `escalation ${after.version}`),
      kind: 'session',
      threat_level,
      threat_score: after.threat_score,
      detail: null,
      canary: null,
      occurred_at: after.last_seen_at,
      received_at: after.last_received_at,
    },
  ]
}

/** The level that a rise is measured from. Re-scoring announces nothing, so the level that it gave was never announced. */
function announcedLevel(before: SessionRow | undefined): ThreatLevel {
  if (!before) return 'low'
  const { announced_level, announced_version, threat_level, version } = before
  return announced_level !== null && announced_version === version ? announced_level : threat_level
}

function isAlertLevel(level: ThreatLevel): level is AlertLevel {
  return level === 'high' || level === 'critical'
}
