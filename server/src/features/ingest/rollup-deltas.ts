import type { Event } from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import type { AttackerHourDelta, EventRollupDelta, SessionRollupDelta, Span } from './commit-rows.js'

/** Counts an event in its minute and its hour; changes `rollups` in place. */
export function addToEventRollups(rollups: Map<string, EventRollupDelta>, event: Event): void {
  addEvent(rollups, event, 'minute')
  addEvent(rollups, event, 'hour')
}

function addEvent(rollups: Map<string, EventRollupDelta>, event: Event, span: Span): void {
  const { occurred_at, sensor_id, event_type } = event
  const bucket = bucketOf(occurred_at, span)
  const key = `${span} ${bucket} ${event_type} ${sensor_id}`
  const rollup = rollups.get(key)
  if (rollup) rollup.events += 1
  else rollups.set(key, { span, bucket, sensor_id, event_type, events: 1 })
}

/** Counts an event in its attacker's hour; changes `hours` in place. */
export function addToAttackerHours(hours: Map<string, AttackerHourDelta>, event: Event): void {
  const bucket = bucketOf(event.occurred_at, 'hour')
  const key = `${bucket} ${event.source_ip}`
  const hour = hours.get(key)
  if (hour) hour.events += 1
  else hours.set(key, { bucket, source_ip: event.source_ip, events: 1 })
}

/** A session counts once, at the time it started and the level it has; when either changes it moves. */
export function addToSessionRollups(
  rollups: Map<string, SessionRollupDelta>,
  before: SessionRow | undefined,
  after: SessionRow,
): void {
  if (before) addSession(rollups, before, -1, 'minute')
  addSession(rollups, after, 1, 'minute')
  if (before) addSession(rollups, before, -1, 'hour')
  addSession(rollups, after, 1, 'hour')
}

function addSession(
  rollups: Map<string, SessionRollupDelta>,
  { started_at, sensor_id, threat_level }: SessionRow,
  sessions: number,
  span: Span,
): void {
  const bucket = bucketOf(started_at, span)
  const key = `${span} ${bucket} ${threat_level} ${sensor_id}`
  const known = rollups.get(key)
  if (known) known.sessions += sessions
  else rollups.set(key, { span, bucket, sensor_id, threat_level, sessions })
}

/** Start of the minute or hour that a timestamp falls into. */
function bucketOf(timestamp: string, span: Span): string {
  return span === 'minute'
    ? `${timestamp.slice(0, 16)}:00.000000Z`
    : `${timestamp.slice(0, 13)}:00:00.000000Z`
}
