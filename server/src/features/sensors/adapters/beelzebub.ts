import type { EventType } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  commandOf,
  described,
  firstField,
  joined,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  textField,
} from './fields.js'
import { identified } from './identified.js'

/** The fields by which a line of the log of Beelzebub is known (beelzebub tracer/tracer.go, type Event). */
const SHAPE = ['DateTime', 'RemoteAddr', 'Protocol', 'Status', 'Msg']

/** What has no field of its own, of HTTP above all; and what the sensor answered. */
const SHOWN = [
  'HTTPMethod',
  'HostHTTPRequest',
  'Headers',
  'Cookies',
  'Body',
  'Environ',
  'CommandOutput',
  'Handler',
]

export function looksLikeBeelzebub(json: JsonObject): boolean {
  const event = objectField(json, 'event')
  return event !== null && SHAPE.every((name) => Object.hasOwn(event, name))
}

/**
 * Normalizes one line of the log of Beelzebub, whose `event` has what happened; what is empty there was not. Its `ID` is that of the
 * session.
 */
export const fromBeelzebub: Adapter = ({ json, raw }, context) => {
  const told = objectField(json, 'event') ?? {}
  const [address, port] = hostAndPort(textField(told, 'RemoteAddr', MAX_NAME) ?? '')
  const origin = originOf(
    firstField(told, ['SourceIp']) ?? address,
    firstField(told, ['DateTime']) ?? firstField(json, ['time']),
    context,
  )
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(firstField(json, ['sensor', 'host', 'hostname']), 'generic', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textField(told, 'ID', MAX_NAME) || windowKey(origin.occurred_at)
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'generic', session_key, content: json, raw },
    context,
  )
  const details = detailsOf(told)
  return [eventOf(id, base, { ...details, source_port: details.source_port ?? portOf(port) }, raw)]
}

function detailsOf(told: JsonObject): EventDetails {
  const filled = (name: string, max?: number) => textField(told, name, max) || null
  const command = commandOf(firstField(told, ['Command'])) || null
  const [username, password] = [filled('User'), filled('Password')]
  return {
    event_type: eventTypeOf(filled('Status'), command, username ?? password),
    action: filled('Msg', MAX_NAME),
    source_port: portOf(firstField(told, ['SourcePort'])),
    protocol: filled('Protocol', MAX_NAME)?.toLowerCase() ?? null,
    username,
    password,
    command,
    url: filled('RequestURI'),
    client: filled('UserAgent', MAX_NAME) ?? filled('Client', MAX_NAME),
    message: joined(filled('Description'), described(told, SHOWN)),
  }
}

/** Every line of a session names its user: only one without a status of the session's own is a login. */
function eventTypeOf(status: string | null, command: string | null, credential: string | null): EventType {
  if (command !== null) return 'command'
  if (status === 'Start') return 'connect'
  if (status === 'End') return 'disconnect'
  return credential === null ? 'other' : 'login_attempt'
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711`, as Go writes the address of a connection. */
function hostAndPort(text: string): [host: string, port: string | undefined] {
  const [, host = text, port] = /^(.*):(\d{1,5})$/.exec(text) ?? []
  return [host, port]
}
