import { levelsFrom, type SessionFilter } from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'

/** A session that was not closed is active for as long after its last event. */
const ACTIVE_MINUTES = 30

/**
 * The condition of a session that goes on at a time, however long ago it began.
 * @param now an SQL expression of a timestamptz.
 */
export function isActive(now: string): string {
  return `ended_at IS NULL AND last_seen_at >= ${now} - make_interval(mins => ${ACTIVE_MINUTES})`
}

/**
 * Whether a session had its last event at or after `from`, spelled so that sessions that began in the window are found by their
 * start and only older ones by their last event. @param from an SQL expression, used twice.
 */
export function hadEventSince(from: string): string {
  return `(started_at >= ${from} OR last_seen_at >= ${from})`
}

/** The conditions of sessions that match a filter. @param now decides which sessions are active. */
export function conditionsOf(query: SessionFilter, now: Date): Conditions {
  const conditions = new Conditions()
  const level = query.threat_level
  // Spelled as the partial index is, so that the planner can use it.
  if (level === 'high') conditions.add(`threat_level IN ('high', 'critical')`)
  else if (level === 'critical')
    conditions.add(`threat_level IN ('high', 'critical') AND threat_level = 'critical'`)
  else if (level === 'medium') conditions.add('threat_level = ANY (?)', levelsFrom('medium'))
  if (query.src_ip !== undefined) conditions.add('source_ip <<= ?::inet', query.src_ip)
  if (query.sensor_id !== undefined) conditions.add('sensor_id = ?', query.sensor_id)
  if (query.protocol !== undefined) conditions.add('? = ANY (protocols)', query.protocol)
  if (query.country !== undefined) conditions.add('country = ?', query.country.toUpperCase())
  if (query.active) conditions.add(isActive('?::timestamptz'), now)
  if (query.behaviour !== undefined) conditions.add('? = ANY (signals)', query.behaviour)
  if (query.technique !== undefined) conditions.add('? = ANY (techniques)', query.technique)
  // A session belongs to every window in which it had an event, however long ago it began.
  if (query.from !== undefined) conditions.add(hadEventSince('?::timestamptz'), query.from, query.from)
  if (query.to !== undefined) conditions.add('started_at < ?::timestamptz', query.to)
  if (query.event_type !== undefined) {
    conditions.add(
      'EXISTS (SELECT FROM events e WHERE e.session_id = sessions.id AND e.event_type = ?)',
      query.event_type,
    )
  }
  if (query.q !== undefined) {
    const pattern = `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%`
    conditions.add('id IN (SELECT session_id FROM events WHERE command ILIKE ?)', pattern)
  }
  return conditions
}
