import type { Event } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'
import { isPlausible, parseTimestamp } from '../../../domain/timestamp.js'
import { type Adapter, type EventBase, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  field,
  firstField,
  ipOf,
  listField,
  MAX_NAME,
  originOf,
  portOf,
  sensorIdOf,
  textField,
} from './fields.js'
import { identified, identifiedPart } from './identified.js'

/** More attempts in one session than its time limit leaves room for; such a record is quarantined whole. */
const MAX_ATTEMPTS = 1_000

export function looksLikeHeralding(json: JsonObject): boolean {
  return Array.isArray(field(json, 'auth_attempts')) && Object.hasOwn(json, 'num_auth_attempts')
}

/**
 * Normalizes one session of Heralding (heralding/honeypot.py, log_session.json): an event for each attempt to log in, at its own time, or
 * one connect event where there was none. Times are UTC.
 */
export const fromHeralding: Adapter = ({ json, raw }, context) => {
  const origin = originOf(field(json, 'source_ip'), field(json, 'timestamp'), context)
  if (origin instanceof Rejection) return origin
  const attempts = listField(json, 'auth_attempts')
  if (attempts.length > MAX_ATTEMPTS)
    return new Rejection(
      'too_many_events',
      `${attempts.length} attempts in one record, at most ${MAX_ATTEMPTS}`,
    )
  const sensor_id = sensorIdOf(firstField(json, ['sensor_id', 'sensor', 'host']), 'generic', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textField(json, 'session_id', MAX_NAME) ?? ''
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'generic', session_key, content: json, raw },
    context,
  )
  const connection = connectionOf(json)
  if (attempts.length === 0)
    return [eventOf(id, base, { ...connection, event_type: 'connect', action: 'heralding.session' }, raw)]
  return attempts.map((each, index) => {
    const attempt = asObject(each) ?? {}
    const ownId = index === 0 ? id : identifiedPart(id, index - 1, context)
    return eventOf(
      ownId,
      { ...base, occurred_at: timeOf(attempt, base) },
      {
        ...connection,
        event_type: 'login_attempt',
        action: 'heralding.auth_attempt',
        // Heralding lets nobody in.
        outcome: 'failure',
        username: textField(attempt, 'username'),
        password: textField(attempt, 'password'),
      },
      index === 0 ? raw : null,
    )
  })
}

function connectionOf(
  json: JsonObject,
): Pick<Event, 'source_port' | 'destination_ip' | 'destination_port' | 'protocol'> {
  return {
    source_port: portOf(field(json, 'source_port')),
    destination_ip: ipOf(field(json, 'destination_ip')),
    destination_port: portOf(field(json, 'destination_port')),
    protocol: textField(json, 'protocol', MAX_NAME),
  }
}

/** The attempt's own time where it may be one, else that of the session. */
function timeOf(attempt: JsonObject, { occurred_at, received_at }: EventBase): string {
  const own = parseTimestamp(field(attempt, 'timestamp'))
  return own !== null && isPlausible(own, received_at) ? own : occurred_at
}
