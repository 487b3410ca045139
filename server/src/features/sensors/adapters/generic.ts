import { EventType, SensorKind } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  commandOf,
  field,
  firstField,
  ipOf,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  sha256Of,
  textOf,
} from './fields.js'
import { identified } from './identified.js'

/** EvilTwin's own name of each field first, then what other honeypots and collectors call it. */
const NAMES = {
  /** What release 0.1.0 took for the event's id; some honeypots call their session so. */
  former_id: ['id', 'event_id', 'uuid'],
  source_ip: ['source_ip', 'src_ip', 'src_host', 'remote_ip', 'client_ip', 'attacker_ip', 'ip'],
  source_port: ['source_port', 'src_port', 'remote_port'],
  destination_ip: ['destination_ip', 'dst_ip', 'dest_ip', 'dst_host', 'local_ip'],
  destination_port: ['destination_port', 'dst_port', 'dest_port', 'local_port'],
  time: ['occurred_at', 'timestamp', '@timestamp', 'time', 'utc_time', 'triggered_at', 'ts', 'date'],
  sensor: ['sensor_id', 'sensor', 'sensorid', 'node_id', 'honeypot'],
  session: ['session_id', 'session'],
  type: ['event_type', 'type', 'eventid'],
  protocol: ['protocol', 'service', 'app'],
  username: ['username', 'user', 'login'],
  password: ['password', 'pass'],
  command: ['command', 'input', 'cmd'],
  url: ['url', 'uri'],
  sha256: ['file_sha256', 'sha256', 'shasum'],
  client: ['client', 'user_agent', 'hassh', 'version'],
  message: ['message', 'msg', 'memo'],
} as const

/** Where the Elastic Common Schema has the same, https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html. */
const ECS = {
  source_ip: ['source.ip'],
  source_port: ['source.port'],
  destination_ip: ['destination.ip'],
  destination_port: ['destination.port'],
  action: ['event.action'],
  outcome: ['event.outcome'],
  protocol: ['network.protocol'],
  username: ['user.name'],
  command: ['process.command_line'],
  url: ['url.full', 'url.original'],
  sha256: ['file.hash.sha256'],
  client: ['user_agent.original'],
} as const

/**
 * Normalizes a record in EvilTwin's own field names, in the usual names of other honeypots, or in ECS. Everything but a source address
 * and a time has a default.
 */
export const fromGeneric: Adapter = ({ json, raw }, context) => {
  const sourceIp = firstField(json, NAMES.source_ip) ?? ecsField(json, ECS.source_ip)
  const origin = originOf(sourceIp, firstField(json, NAMES.time), context)
  if (origin instanceof Rejection) return origin
  const kind = SensorKind.safeParse(field(json, 'sensor_kind')).data ?? 'generic'
  const sensor_id = sensorIdOf(firstField(json, NAMES.sensor) ?? hostName(json), kind, context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textOf(firstField(json, NAMES.session), MAX_NAME) || windowKey(origin.occurred_at)
  const { id, base } = identified(
    {
      origin,
      sensor_id,
      sensor_kind: kind,
      session_key,
      content: json,
      raw,
      former_own_id: firstField(json, NAMES.former_id),
    },
    context,
  )
  return [eventOf(id, base, detailsOf(json), raw)]
}

function detailsOf(json: JsonObject): EventDetails {
  const named = (name: keyof typeof NAMES & keyof typeof ECS, max?: number) =>
    textOf(firstField(json, NAMES[name]), max) ?? textOf(ecsField(json, ECS[name]), max)
  const outcome = field(json, 'outcome') ?? ecsField(json, ECS.outcome)
  const command = commandOf(firstField(json, NAMES.command)) ?? commandOf(ecsField(json, ECS.command))
  const username = named('username')
  const password = textOf(firstField(json, NAMES.password))
  return {
    event_type: eventTypeOf(json, { command, username, password }),
    action:
      textOf(firstField(json, ['action', ...NAMES.type]), MAX_NAME) ??
      textOf(ecsField(json, ECS.action), MAX_NAME),
    outcome: outcome === 'success' || outcome === 'failure' ? outcome : null,
    source_port: portOf(firstField(json, NAMES.source_port) ?? ecsField(json, ECS.source_port)),
    destination_ip: ipOf(firstField(json, NAMES.destination_ip) ?? ecsField(json, ECS.destination_ip)),
    destination_port: portOf(
      firstField(json, NAMES.destination_port) ?? ecsField(json, ECS.destination_port),
    ),
    protocol: named('protocol', MAX_NAME),
    username,
    password,
    command,
    url: named('url'),
    file_sha256: sha256Of(firstField(json, NAMES.sha256) ?? ecsField(json, ECS.sha256)),
    client: named('client', MAX_NAME),
    message: textOf(firstField(json, NAMES.message)),
  }
}

/** The first of these fields of ECS that the record has: in objects, or flat with dots in the name, as some shippers write it. */
function ecsField(json: JsonObject, paths: readonly string[]): unknown {
  for (const path of paths) {
    const flat = field(json, path)
    if (flat !== undefined) return flat
    let value: unknown = json
    for (const name of path.split('.')) {
      const object = asObject(value)
      value = object ? field(object, name) : undefined
    }
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** The declared type where we know it; else what the fields tell. */
function eventTypeOf(
  json: JsonObject,
  { command, username, password }: Pick<EventDetails, 'command' | 'username' | 'password'>,
): EventType {
  const declared = EventType.safeParse(firstField(json, NAMES.type))
  if (declared.success) return declared.data
  if (command !== null) return 'command'
  return username !== null || password !== null ? 'login_attempt' : 'other'
}

/** `host` is a name, or in ECS an object that has one: shippers add it to records of every kind. */
function hostName(json: JsonObject): unknown {
  const host = objectField(json, 'host')
  return host ? field(host, 'name') : field(json, 'host')
}
