import { EventType, SensorKind } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, eventOf, Rejection } from './adapter.js'
import {
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

/**
 * Normalizes a record in EvilTwin's own field names, in the usual names of other honeypots, or in ECS (nested
 * `source`, `destination`). Everything but a source address and a time has a default.
 */
export const fromGeneric: Adapter = ({ json, raw }, context) => {
  const source = objectField(json, 'source') ?? {}
  const destination = objectField(json, 'destination') ?? {}
  const sourceIp = firstField(json, NAMES.source_ip) ?? field(source, 'ip')
  const origin = originOf(sourceIp, firstField(json, NAMES.time), context)
  if (origin instanceof Rejection) return origin
  const kind = SensorKind.safeParse(field(json, 'sensor_kind')).data ?? 'generic'
  const sensor_id = sensorIdOf(firstField(json, NAMES.sensor) ?? hostName(json), kind, context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textOf(sessionKeyOf(json), MAX_NAME) || windowKey(origin.occurred_at)
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
  const named = (names: readonly string[], max?: number) => textOf(firstField(json, names), max)
  const outcome = field(json, 'outcome')
  return [
    eventOf(
      id,
      base,
      {
        event_type: eventTypeOf(json),
        action: textOf(firstField(json, ['action', ...NAMES.type]), MAX_NAME),
        outcome: outcome === 'success' || outcome === 'failure' ? outcome : null,
        source_port: portOf(firstField(json, NAMES.source_port) ?? field(source, 'port')),
        destination_ip: ipOf(firstField(json, NAMES.destination_ip) ?? field(destination, 'ip')),
        destination_port: portOf(firstField(json, NAMES.destination_port) ?? field(destination, 'port')),
        protocol: named(NAMES.protocol, MAX_NAME),
        username: named(NAMES.username),
        password: named(NAMES.password),
        command: commandOf(firstField(json, NAMES.command)),
        url: named(NAMES.url),
        file_sha256: sha256Of(firstField(json, NAMES.sha256)),
        client: named(NAMES.client, MAX_NAME),
        message: named(NAMES.message),
      },
      raw,
    ),
  ]
}

/** Conpot calls its session `id` (conpot core/loggers/json_log.py); elsewhere that is what the sender likes. */
function sessionKeyOf(json: JsonObject): unknown {
  const isConpot = Object.hasOwn(json, 'sensorid') && Object.hasOwn(json, 'data_type')
  return firstField(json, isConpot ? ['id'] : NAMES.session)
}

/** The declared type where we know it; else what the fields tell. */
function eventTypeOf(json: JsonObject): EventType {
  const declared = EventType.safeParse(firstField(json, NAMES.type))
  if (declared.success) return declared.data
  if (firstField(json, NAMES.command) !== undefined) return 'command'
  if (firstField(json, [...NAMES.username, ...NAMES.password]) !== undefined) return 'login_attempt'
  return 'other'
}

/** `host` is a name, or in ECS an object that has one: shippers add it to records of every kind. */
function hostName(json: JsonObject): unknown {
  const host = objectField(json, 'host')
  return host ? field(host, 'name') : field(json, 'host')
}
