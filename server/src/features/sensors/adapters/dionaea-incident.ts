import type { Event, EventType } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import { ftpCommand, protocolOf, systemOf } from './dionaea.js'
import {
  commandOf,
  described,
  field,
  ipOf,
  joined,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  sha256Of,
  textField,
} from './fields.js'
import { identified } from './identified.js'

/** What incidents are about, by the end of their origin; the longest one that fits counts. Others are kept as `other`. */
const MEANINGS: ReadonlyArray<readonly [end: string, EventType]> = [
  ['.accept', 'connect'],
  ['.connect', 'connect'],
  ['.reject', 'connect'],
  ['.pending', 'connect'],
  ['connection.free', 'disconnect'],
  ['ftp.login', 'login_attempt'],
  ['mssql.login', 'login_attempt'],
  ['mysql.login', 'login_attempt'],
  ['mssql.cmd', 'command'],
  ['mysql.command', 'command'],
  ['download.offer', 'file_download'],
  ['download.complete', 'file_download'],
  ['service.shell.listen', 'exploit'],
  ['service.shell.connect', 'exploit'],
  ['shellcode.detected', 'exploit'],
  ['module.emu.profile', 'exploit'],
]

/** Members of `data` that have a field of their own. */
const NOT_DESCRIBED = new Set([
  'connection',
  'parent',
  'child',
  'username',
  'password',
  'command',
  'arguments',
  'args',
  'cmd',
  'url',
  'sha256hash',
])

/** True for a line of Dionaea's `log_incident`. */
export function looksLikeDionaeaIncident(json: JsonObject): boolean {
  return field(json, 'name') === 'dionaea' && typeof field(json, 'origin') === 'string'
}

/**
 * Normalizes one incident of Dionaea's `log_incident`: one event. Its connection's id is the session. Those without a connection, such as
 * a service that starts to listen, name no source. Format: dionaea modules/python/dionaea/log_incident.py; times are UTC.
 */
export const fromDionaeaIncident: Adapter = ({ json, raw }, context) => {
  const data = objectField(json, 'data') ?? {}
  const connection =
    objectField(data, 'connection') ?? objectField(data, 'child') ?? objectField(data, 'parent') ?? {}
  const origin = originOf(field(connection, 'remote_ip'), field(json, 'timestamp'), context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(field(json, 'sensor'), 'dionaea', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textField(connection, 'id', MAX_NAME) || windowKey(origin.occurred_at)
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'dionaea', session_key, content: json, raw },
    context,
  )
  const details = detailsOf(textField(json, 'origin', MAX_NAME) ?? '', data)
  return [eventOf(id, base, { ...connectionOf(connection), ...details }, raw)]
}

function connectionOf(
  connection: JsonObject,
): Pick<Event, 'source_port' | 'destination_ip' | 'destination_port' | 'protocol'> {
  return {
    source_port: portOf(field(connection, 'remote_port')),
    destination_ip: ipOf(field(connection, 'local_ip')),
    destination_port: portOf(field(connection, 'local_port')),
    protocol: protocolOf(textField(connection, 'protocol', MAX_NAME)),
  }
}

function detailsOf(origin: string, data: JsonObject): EventDetails {
  const names = Object.keys(data).filter((name) => !NOT_DESCRIBED.has(name))
  const isFtp = origin.endsWith('ftp.command')
  const what = isFtp
    ? ftpCommand(field(data, 'command'), field(data, 'arguments'))
    : { event_type: typeOf(origin, data), command: commandIn(data) }
  return {
    ...what,
    action: origin,
    outcome: what.event_type === 'file_download' && origin.endsWith('complete') ? 'success' : null,
    username: textField(data, 'username'),
    password: textField(data, 'password'),
    url: textField(data, 'url') || null,
    file_sha256: sha256Of(field(data, 'sha256hash')),
    client: origin.endsWith('p0f') ? systemOf(data) : null,
    message: joined(
      described(data, names),
      described(objectField(data, 'connection') ?? {}, ['remote_hostname']),
    ),
  }
}

function typeOf(origin: string, data: JsonObject): EventType {
  if (origin.endsWith('mqtt.connect') && textField(data, 'username')) return 'login_attempt'
  const fitting = MEANINGS.filter(([end]) => origin.endsWith(end))
  return fitting.sort(([one], [other]) => other.length - one.length)[0]?.[1] ?? 'other'
}

/** SQL: MySQL's `command` is a number, and its text is in `args`. */
function commandIn(data: JsonObject): Event['command'] {
  return commandOf(field(data, 'cmd')) ?? commandOf(field(data, 'args')) ?? null
}
