import type { Event } from '@eviltwin/contract'
import { withMembers } from '../../domain/bounded-set.js'
import type { SessionRow } from '../../domain/session.js'
import type { AttackerDelta, SensorDelta } from './commit-rows.js'

/** Adds an event to what its attacker's profile gains; changes `attackers` in place. */
export function addToAttacker(attackers: Map<string, AttackerDelta>, event: Event): void {
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

/** Adds an event to what its sensor's record gains; changes `sensors` in place. */
export function addToSensor(sensors: Map<string, SensorDelta>, event: Event): void {
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

/**
 * Adds the signals of sessions to their attackers, and counts the sessions that are not stored yet. Changes the deltas in
 * place; they hold every attacker and sensor of the sessions already.
 */
export function addSessionsToProfiles(
  sessions: Iterable<SessionRow>,
  stored: ReadonlyMap<string, SessionRow>,
  attackers: ReadonlyMap<string, AttackerDelta>,
  sensors: ReadonlyMap<string, SensorDelta>,
): void {
  for (const { id, source_ip, sensor_id, signals } of sessions) {
    const attacker = attackers.get(source_ip)
    const sensor = sensors.get(sensor_id)
    const opens = stored.has(id) ? 0 : 1
    if (sensor) sensor.session_count += opens
    if (!attacker) continue
    attacker.session_count += opens
    attacker.signals = withMembers(attacker.signals, signals, Number.POSITIVE_INFINITY)
  }
}
