import type { Event } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  field,
  ipOf,
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

/** FTP commands that look at files or change them (RFC 959, 3659). Others log in, negotiate, or are no FTP at all. */
const FTP_FILE_COMMANDS = new Set(
  [
    'ALLO APPE CDUP CWD DELE LIST MDTM MFMT MKD MLSD MLST NLST PWD REST RETR RMD RNFR RNTO',
    'SITE SIZE SMNT STOR STOU XCUP XCWD XMKD XPWD XRMD',
  ].flatMap((names) => names.split(' ')),
)

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
    destination_ip: ipOf(field(json, 'dst_ip')),
    destination_port: portOf(field(json, 'dst_port')),
    protocol: service !== null && Object.hasOwn(PROTOCOLS, service) ? (PROTOCOLS[service] ?? null) : service,
  }
}

function connectDetails(json: JsonObject): EventDetails {
  const connection = objectField(json, 'connection') ?? {}
  const [type, transport, service] = ['type', 'transport', 'protocol'].map((name) =>
    textField(connection, name, MAX_NAME),
  )
  return {
    event_type: 'connect',
    action: `dionaea.connection.${type ?? 'unknown'}`,
    message: `${type ?? 'unknown'} ${transport ?? 'unknown'} connection to ${service ?? 'unknown'}`,
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

/** Like what an SSH client negotiates, what touches no file is not a command of the session. */
function ftpCommands(json: JsonObject): EventDetails[] {
  const commands = field(objectField(json, 'ftp') ?? {}, 'commands')
  return pairsOf(commands, 'command', 'arguments').map(([command, values]) => {
    const name = textOf(command) ?? ''
    return {
      event_type: FTP_FILE_COMMANDS.has(name.toUpperCase()) ? 'command' : 'other',
      action: 'dionaea.ftp.command',
      command: `${name} ${textOf(values) ?? ''}`.trim(),
    }
  })
}
