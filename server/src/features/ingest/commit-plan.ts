import type { Event } from '@eviltwin/contract'
import { withMembers } from '../../domain/bounded-set.js'
import type { EscalationRow } from '../../domain/escalation.js'
import type { RequestIds } from '../../domain/request-ids.js'
import type { SessionRow } from '../../domain/session.js'
import type { Scorer } from '../scoring/index.js'
import { type AttackerHistory, withHistory } from '../scoring/index.js'
import type {
  AttackerDelta,
  AttackerHourDelta,
  CommitPlan,
  EventRollupDelta,
  SensorDelta,
  SessionRollupDelta,
  Span,
} from './commit-rows.js'
import { escalationsOf } from './escalation.js'
import { emptySession, foldEvent, type OpenSession } from './session-fold.js'

export const NO_REQUEST: RequestIds = { request_id: '', traceparent: '' }

/**
 * Works out what new events change. Pure: the store brings what it has, and writes what comes back.
 * @param events distinct events that are not stored yet.
 * @param stored the sessions of these events as they are stored, by id; new sessions are absent.
 * @param histories what is known of the attackers of these events, by address; new ones are absent.
 * @param requestOf a request that sent an event of the session, by session.
 */
export function planCommit(
  events: readonly Event[],
  stored: ReadonlyMap<string, SessionRow>,
  scorer: Scorer,
  histories: ReadonlyMap<string, AttackerHistory> = new Map(),
  requestOf: ReadonlyMap<string, RequestIds> = new Map(),
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
    let session = sessions.get(event.session_id)
    if (!session) {
      const known = stored.get(event.session_id)
      session = known ? { ...known } : emptySession(event)
      sessions.set(event.session_id, session)
    }
    foldEvent(session, event)
    if (event.event_type === 'canary')
      canaries.set(event.session_id, [...(canaries.get(event.session_id) ?? []), event])
    addToAttacker(attackers, event)
    addToSensor(sensors, event)
    for (const span of ['minute', 'hour'] as const) {
      const bucket = bucketOf(event.occurred_at, span)
      const key = `${span} ${bucket} ${event.event_type} ${event.sensor_id}`
      const rollup = eventRollups.get(key)
      if (rollup) rollup.events += 1
      else {
        const { sensor_id, event_type } = event
        eventRollups.set(key, { span, bucket, sensor_id, event_type, events: 1 })
      }
    }
    const hour = bucketOf(event.occurred_at, 'hour')
    const hourKey = `${hour} ${event.source_ip}`
    const inHour = attackerHours.get(hourKey)
    if (inHour) inHour.events += 1
    else attackerHours.set(hourKey, { bucket: hour, source_ip: event.source_ip, events: 1 })
  }

  for (const { id, source_ip, sensor_id, signals } of sessions.values()) {
    const attacker = attackers.get(source_ip)
    const sensor = sensors.get(sensor_id)
    const opens = stored.has(id) ? 0 : 1
    if (sensor) sensor.session_count += opens
    if (!attacker) continue
    attacker.session_count += opens
    attacker.signals = withMembers(attacker.signals, signals, Number.POSITIVE_INFINITY)
  }

  const rows = [...sessions.values()].map((after) => {
    const before = stored.get(after.id)
    const attacker = attackers.get(after.source_ip) as AttackerDelta
    const {
      threat_score,
      threat_level,
      reasons,
      scorer: scoredBy,
    } = scorer.score(after, withHistory(histories.get(after.source_ip), attacker))
    after.threat_score = threat_score
    after.threat_level = threat_level
    after.score_reasons = reasons
    after.scorer = scoredBy
    after.version += 1
    addToSessionRollups(sessionRollups, before, after)
    const ids = requestOf.get(after.id) ?? NO_REQUEST
    escalations.push(...escalationsOf(before, after, canaries.get(after.id) ?? [], ids))
    if (threat_score > attacker.threat_score) Object.assign(attacker, { threat_score, threat_level })
    return after
  })

  return {
    sessions: rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
    attackers: inKeyOrder(attackers),
    sensors: inKeyOrder(sensors),
    eventRollups: inKeyOrder(eventRollups),
    sessionRollups: inKeyOrder(sessionRollups).filter((delta) => delta.sessions !== 0),
    attackerHours: inKeyOrder(attackerHours),
    escalations,
  }
}

/** Start of the minute or hour that a timestamp falls into. */
function bucketOf(timestamp: string, span: Span): string {
  return span === 'minute'
    ? `${timestamp.slice(0, 16)}:00.000000Z`
    : `${timestamp.slice(0, 13)}:00:00.000000Z`
}

function addToAttacker(attackers: Map<string, AttackerDelta>, event: Event): void {
  const { source_ip, sensor_id, occurred_at, received_at } = event
  const known = attackers.get(source_ip)
  if (!known) {
    attackers.set(source_ip, {
      source_ip,
      first_seen_at: occurred_at,
      last_seen_at: occurred_at,
      event_count: 1,
      session_count: 0,
      sensor_ids: [sensor_id],
      signals: [],
      threat_score: 0,
      threat_level: 'low',
      last_received_at: received_at,
    })
    return
  }
  known.event_count += 1
  known.sensor_ids = withMembers(known.sensor_ids, [sensor_id])
  widen(known, event)
}

function addToSensor(sensors: Map<string, SensorDelta>, event: Event): void {
  const { sensor_id, sensor_kind, occurred_at, received_at } = event
  const known = sensors.get(sensor_id)
  if (!known) {
    sensors.set(sensor_id, {
      sensor_id,
      sensor_kind,
      first_seen_at: occurred_at,
      last_seen_at: occurred_at,
      last_received_at: received_at,
      event_count: 1,
      session_count: 0,
    })
    return
  }
  known.event_count += 1
  if (sensor_kind < known.sensor_kind) known.sensor_kind = sensor_kind
  widen(known, event)
}

function widen(
  seen: { first_seen_at: string; last_seen_at: string; last_received_at: string },
  { occurred_at, received_at }: Event,
): void {
  if (occurred_at < seen.first_seen_at) seen.first_seen_at = occurred_at
  if (occurred_at > seen.last_seen_at) seen.last_seen_at = occurred_at
  if (received_at > seen.last_received_at) seen.last_received_at = received_at
}

/** A session counts once, at the time it started and the level it has; when either changes it moves. */
function addToSessionRollups(
  rollups: Map<string, SessionRollupDelta>,
  before: SessionRow | undefined,
  after: SessionRow,
): void {
  for (const span of ['minute', 'hour'] as const) {
    if (before) add(before, -1, span)
    add(after, 1, span)
  }
  function add({ started_at, sensor_id, threat_level }: SessionRow, sessions: number, span: Span): void {
    const bucket = bucketOf(started_at, span)
    const key = `${span} ${bucket} ${threat_level} ${sensor_id}`
    const known = rollups.get(key)
    if (known) known.sessions += sessions
    else rollups.set(key, { span, bucket, sensor_id, threat_level, sessions })
  }
}

function inKeyOrder<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
