import type { Event } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  described,
  field,
  ipOf,
  joined,
  listField,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  textField,
  textOf,
} from './fields.js'
import { identified, identifiedPart } from './identified.js'

/** More credentials and commands in one record than any client sends; such a record is quarantined whole. */
const MAX_EVENTS_PER_RECORD = 1_000

/** Dionaea names its services after their modules; analysts know the protocols. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  smbd: 'smb',
  httpd: 'http',
  mongod: 'mongodb',
  mysqld: 'mysql',
  mssqld: 'mssql',
  ftpd: 'ftp',
  ftpdata: 'ftp',
  pptpd: 'pptp',
  mqttd: 'mqtt',
  tftpd: 'tftp',
  upnpd: 'upnp',
  memcached: 'memcache',
  mirrorc: 'mirror',
  mirrord: 'mirror',
  SipSession: 'sip',
  SipCall: 'sip',
}

/**
 * Normalizes one Dionaea `log_json` record, which is one connection: a connect event, then one event for each
 * credential pair and each FTP command, with ids derived from the record's. Dionaea has no sessions: what a source
 * does within half an hour is one. Format: dionaea modules/python/dionaea/log_json.py; times are UTC.
 */
export const fromDionaea: Adapter = ({ json, raw }, context) => {
  const origin = originOf(field(json, 'src_ip'), field(json, 'timestamp'), context)
  if (origin instanceof Rejection) return origin
  const steps = [...loginAttempts(json), ...ftpCommands(json)]
  if (steps.length > MAX_EVENTS_PER_RECORD) {
    return new Rejection(
      'too_many_events',
      `${steps.length} events in one record, at most ${MAX_EVENTS_PER_RECORD}`,
    )
  }
  const sensor_id = sensorIdOf(field(json, 'sensor'), 'dionaea', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const { id, base } = identified(
    {
      origin,
      sensor_id,
      sensor_kind: 'dionaea',
      session_key: windowKey(origin.occurred_at),
      content: json,
      raw,
    },
    context,
  )
  const connection = connectionOf(json)
  return [
    eventOf(id, base, { ...connection, ...connectDetails(json) }, raw),
    ...steps.map((step, index) =>
      eventOf(identifiedPart(id, index, context), base, { ...connection, ...step }, null),
    ),
  ]
}

/** True for a record of `log_json`; its shape is all there is to know it by. */
export function looksLikeDionaea(json: JsonObject): boolean {
  const connection = objectField(json, 'connection')
  return connection !== null && Object.hasOwn(connection, 'protocol') && Object.hasOwn(json, 'src_ip')
}

function connectionOf(
  json: JsonObject,
): Pick<Event, 'source_port' | 'destination_ip' | 'destination_port' | 'protocol'> {
  const service = textField(objectField(json, 'connection') ?? {}, 'protocol', MAX_NAME)
  return {
    source_port: portOf(field(json, 'src_port')),
    // T-Pot renames both.
    destination_ip: ipOf(field(json, 'dst_ip') ?? field(json, 'dest_ip')),
    destination_port: portOf(field(json, 'dst_port') ?? field(json, 'dest_port')),
    protocol: protocolOf(service),
  }
}

/** @param service as Dionaea names it. */
export function protocolOf(service: string | null): Event['protocol'] {
  return service !== null && Object.hasOwn(PROTOCOLS, service) ? (PROTOCOLS[service] ?? null) : service
}

const SYSTEM_DETAILS = ['dist', 'fw', 'link', 'nat', 'tos', 'uptime']

/** The system of a source as p0f knows it. */
export function systemOf(system: JsonObject): Event['client'] {
  return [textField(system, 'genre'), textField(system, 'detail')].filter(Boolean).join(' ') || null
}

function connectDetails(json: JsonObject): EventDetails {
  const connection = objectField(json, 'connection') ?? {}
  const [type, transport, service] = ['type', 'transport', 'protocol'].map((name) =>
    textField(connection, name, MAX_NAME),
  )
  const system = objectField(json, 'p0f') ?? {}
  return {
    event_type: 'connect',
    action: `dionaea.connection.${type ?? 'unknown'}`,
    client: systemOf(system),
    message: joined(
      `${type ?? 'unknown'} ${transport ?? 'unknown'} connection to ${service ?? 'unknown'}`,
      described(json, ['src_hostname']),
      described(system, SYSTEM_DETAILS),
    ),
  }
}

/**
 * `credentials` and `ftp.commands` hold objects with these members, which is the default (`flat_data = false`), or two parallel lists; a short
 * one is filled up with undefined.
 */
function pairsOf(value: unknown, first: string, second: string): ReadonlyArray<readonly [unknown, unknown]> {
  if (Array.isArray(value)) {
    return value.flatMap((each) => {
      const object = asObject(each)
      return object ? [[field(object, first), field(object, second)] as const] : []
    })
  }
  const lists = asObject(value)
  const [firsts, seconds] = [listField(lists, first), listField(lists, second)]
  return Array.from(
    { length: Math.max(firsts.length, seconds.length) },
    (_, index) => [firsts[index], seconds[index]] as const,
  )
}

function loginAttempts(json: JsonObject): EventDetails[] {
  return pairsOf(field(json, 'credentials'), 'username', 'password').map(([username, password]) => ({
    event_type: 'login_attempt',
    action: 'dionaea.credentials',
    username: textOf(username),
    password: textOf(password),
  }))
}

/** @param values one argument, or several. */
export function ftpCommand(command: unknown, values: unknown): EventDetails {
  return { event_type: 'command', command: `${textOf(command) ?? ''} ${textOf(values) ?? ''}`.trim() }
}

function ftpCommands(json: JsonObject): EventDetails[] {
  const commands = field(objectField(json, 'ftp') ?? {}, 'commands')
  return pairsOf(commands, 'command', 'arguments').map(([command, values]) => {
    return { ...ftpCommand(command, values), action: 'dionaea.ftp.command' }
  })
}
