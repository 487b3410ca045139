import type { Event } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import type { RequestIds } from '../../domain/request-ids.js'
import type { SessionRow } from '../../domain/session.js'
import type { Scorer, Shown } from '../scoring/index.js'
import type {
  AttackerDelta,
  AttackerHourDelta,
  CommitPlan,
  EventRollupDelta,
  SensorDelta,
  SessionRollupDelta,
} from './commit-rows.js'
import { escalationsOf } from './escalation.js'
import { addSessionsToProfiles, addToAttacker, addToSensor } from './profile-deltas.js'
import { addToAttackerHours, addToEventRollups, addToSessionRollups } from './rollup-deltas.js'
import { applyEvent, emptySession, type OpenSession } from './session-projection.js'

export const NO_REQUEST: RequestIds = { request_id: '', traceparent: '' }

/**
 * Works out what new events change. Pure: the store brings what it has, and writes what comes back.
 * @param events distinct events that are not stored yet.
 * @param stored the sessions of these events as they are stored, by id; new sessions are absent.
 * @param requestOf a request that sent an event of the session, by session.
 * @param shown what the events show, where that was read already.
 */
export function planCommit(
  events: readonly Event[],
  stored: ReadonlyMap<string, SessionRow>,
  scorer: Scorer,
  requestOf: ReadonlyMap<string, RequestIds> = new Map(),
  shown: ReadonlyMap<Event, Shown> = new Map(),
): CommitPlan {
  const sessions = new Map<string, OpenSession>()
  const attackers = new Map<string, AttackerDelta>()
  const sensors = new Map<string, SensorDelta>()
  const eventRollups = new Map<string, EventRollupDelta>()
  const sessionRollups = new Map<string, SessionRollupDelta>()
  const attackerHours = new Map<string, AttackerHourDelta>()
  const canaries = new Map<string, Event[]>()
  const escalations: EscalationRow[] = []

  for (const event of events) {
    applyEvent(openSession(sessions, stored, event), event, shown.get(event))
    if (event.event_type === 'canary')
      canaries.set(event.session_id, [...(canaries.get(event.session_id) ?? []), event])
    addToAttacker(attackers, event)
    addToSensor(sensors, event)
    addToEventRollups(eventRollups, event)
    addToAttackerHours(attackerHours, event)
  }
  addSessionsToProfiles(sessions.values(), stored, attackers, sensors)
  for (const after of sessions.values()) {
    const before = stored.get(after.id)
    const attacker = attackers.get(after.source_ip) as AttackerDelta
    applyScore(after, attacker, scorer)
    addToSessionRollups(sessionRollups, before, after)
    const ids = requestOf.get(after.id) ?? NO_REQUEST
    escalations.push(...escalationsOf(before, after, canaries.get(after.id) ?? [], ids))
  }

  return {
    sessions: [...sessions.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    attackers: inKeyOrder(attackers),
    sensors: inKeyOrder(sensors),
    eventRollups: inKeyOrder(eventRollups),
    sessionRollups: inKeyOrder(sessionRollups).filter((delta) => delta.sessions !== 0),
    attackerHours: inKeyOrder(attackerHours),
    escalations,
  }
}

/** The session of an event as it is so far: from `sessions`, else a copy of what is stored, else a new one. */
function openSession(
  sessions: Map<string, OpenSession>,
  stored: ReadonlyMap<string, SessionRow>,
  event: Event,
): OpenSession {
  const open = sessions.get(event.session_id)
  if (open) return open
  const known = stored.get(event.session_id)
  const session = known ? { ...known } : emptySession(event)
  sessions.set(event.session_id, session)
  return session
}

/** Scores a session by its own events and raises its version; its attacker keeps the highest score of its sessions. */
function applyScore(session: OpenSession, attacker: AttackerDelta, scorer: Scorer): void {
  const { threat_score, threat_level, reasons, scorer: scoredBy } = scorer.score(session)
  session.threat_score = threat_score
  session.threat_level = threat_level
  session.score_reasons = reasons
  session.scorer = scoredBy
  session.version += 1
  if (threat_score > attacker.threat_score) Object.assign(attacker, { threat_score, threat_level })
}

function inKeyOrder<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
