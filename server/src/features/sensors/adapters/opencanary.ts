import type { Event, EventType, Outcome } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  commandOf,
  described,
  field,
  firstField,
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
import { identified } from './identified.js'

interface Meaning {
  type: EventType
  protocol: string
  /** Members of `logdata` without a field of their own that people should read. */
  shown?: readonly string[]
}

const HTTP = ['HOSTNAME', 'REQUEST_TYPE']
const SMB = ['AUDITACTION', 'STATUS', 'SHARENAME', 'DOMAIN', 'REMOTENAME', 'LOCALNAME', 'SMBVER', 'SMBARCH']
const MSSQL = ['HostName', 'ServerName', 'Database', 'Language', 'CltIntName']
const PORT_SCAN = ['PROTO', 'IN', 'TTL', 'WINDOW', 'SYN', 'FIN', 'PSH', 'URG', 'ACK', 'RST', 'UDP']

/** What OpenCanary's log types mean (opencanary/logger.py, and each module of opencanary/modules). One that is not here is kept as `other`. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  2000: { type: 'login_attempt', protocol: 'ftp' },
  2001: { type: 'connect', protocol: 'ftp' },
  3000: { type: 'connect', protocol: 'http', shown: HTTP },
  3001: { type: 'login_attempt', protocol: 'http', shown: HTTP },
  3002: { type: 'other', protocol: 'http', shown: HTTP },
  3003: { type: 'connect', protocol: 'http', shown: HTTP },
  4000: { type: 'connect', protocol: 'ssh' },
  4001: { type: 'other', protocol: 'ssh' },
  4002: { type: 'login_attempt', protocol: 'ssh' },
  5000: { type: 'other', protocol: 'smb', shown: SMB },
  5001: { type: 'connect', protocol: 'tcp', shown: PORT_SCAN },
  5002: { type: 'connect', protocol: 'tcp', shown: PORT_SCAN },
  5003: { type: 'connect', protocol: 'tcp', shown: PORT_SCAN },
  5004: { type: 'connect', protocol: 'tcp', shown: PORT_SCAN },
  5005: { type: 'connect', protocol: 'tcp', shown: PORT_SCAN },
  6001: { type: 'login_attempt', protocol: 'telnet' },
  6002: { type: 'connect', protocol: 'telnet' },
  7001: { type: 'login_attempt', protocol: 'http-proxy' },
  8001: { type: 'login_attempt', protocol: 'mysql' },
  9001: { type: 'login_attempt', protocol: 'mssql', shown: MSSQL },
  9002: { type: 'login_attempt', protocol: 'mssql', shown: MSSQL },
  9003: { type: 'connect', protocol: 'mysql' },
  10001: { type: 'other', protocol: 'tftp', shown: ['OPCODE', 'MODE'] },
  11001: { type: 'other', protocol: 'ntp', shown: ['NTP CMD'] },
  12001: { type: 'login_attempt', protocol: 'vnc' },
  13001: { type: 'other', protocol: 'snmp', shown: ['REQUESTS'] },
  14001: { type: 'login_attempt', protocol: 'rdp' },
  15001: { type: 'other', protocol: 'sip', shown: ['HEADERS', 'ERROR'] },
  16001: { type: 'other', protocol: 'git', shown: ['HOST'] },
  17001: { type: 'command', protocol: 'redis' },
  18001: { type: 'connect', protocol: 'tcp' },
  18002: { type: 'connect', protocol: 'tcp' },
  18003: { type: 'other', protocol: 'tcp' },
  18004: { type: 'other', protocol: 'tcp' },
  18005: { type: 'other', protocol: 'tcp' },
  19001: { type: 'other', protocol: 'llmnr', shown: ['query_hostname', 'response'] },
  20001: { type: 'connect', protocol: 'mongodb', shown: ['mechanism', 'auth_data', 'error'] },
}

/** `LOG_BASE_PING`. */
const PING = 1004

const REDIS = 17_001
const MONGODB = 20_001

/** One log type for all that a MongoDB client does: what it did is in `action`, with or without this prefix. */
const MONGODB_PREFIX = 'mongodb.'
const MONGODB_ACTIONS: Readonly<Record<string, EventType>> = {
  connection: 'connect',
  auth_attempt: 'login_attempt',
  command: 'command',
  disconnect: 'disconnect',
}

/** What OpenCanary writes in the place of a name or a password that it did not see. */
const NOT_SEEN = new Set(['<not supplied>', '<Password was not in the common list>', 'No Username found'])

export function looksLikeOpenCanary(json: JsonObject): boolean {
  return unwrapped(json) !== null
}

/** Log types below 2000 are OpenCanary's words about itself: starting, ready, stopping. */
export function isServiceMessage(json: JsonObject): boolean {
  return logTypeOf(unwrapped(json) ?? {}) < 2000
}

/** What OpenCanary says to state that it runs, as its members; null for every other record. */
export function openCanaryPing(json: JsonObject): { node_id: unknown; time: unknown } | null {
  const record = unwrapped(json)
  if (record === null || logTypeOf(record) !== PING) return null
  return { node_id: field(record, 'node_id'), time: timeIn(record) }
}

/**
 * Normalizes one OpenCanary record: a JSON line of its log file, or the body of its webhook, which wraps that line into
 * `{"message": "..."}`. Its session numbers are of SSH alone and start again with the daemon, so a session is what a source does within
 * half an hour. Format: opencanary/logger.py.
 */
export const fromOpenCanary: Adapter = ({ json: sent, raw }, context) => {
  const json = unwrapped(sent) ?? sent
  const origin = originOf(field(json, 'src_host'), timeIn(json), context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(field(json, 'node_id'), 'opencanary', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const data = objectField(json, 'logdata') ?? {}
  const session_key = windowKey(origin.occurred_at)
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'opencanary', session_key, content: json, raw },
    context,
  )
  return [eventOf(id, base, detailsOf(json, data), raw)]
}

function detailsOf(json: JsonObject, data: JsonObject): EventDetails {
  const logType = logTypeOf(json)
  const meaning = MEANINGS[logType]
  const action = textField(data, 'action', MAX_NAME)?.replace(MONGODB_PREFIX, '') ?? ''
  const event_type = typeOf(logType, data, action)
  return {
    event_type,
    action: `opencanary.${logType}`,
    source_port: portOf(field(json, 'src_port')),
    destination_ip: ipOf(field(json, 'dst_host')),
    destination_port: portOf(field(json, 'dst_port')),
    protocol: meaning?.protocol ?? null,
    outcome: outcomeOf(event_type, data),
    command: commandIn(logType, data),
    url: textOf(firstField(data, ['PATH', 'URL', 'REPO', 'FILENAME'])),
    client: textOf(firstField(data, ['USERAGENT', 'REMOTEVERSION', 'AppName']), MAX_NAME),
    ...(logType === REDIS && event_type === 'login_attempt' ? redisLogin(data) : credentialsIn(data)),
    message: joined(
      ...['msg', 'DATA', 'SECRET_STRING', 'ALERT_STRING'].map((name) => textField(data, name)),
      // Whoever gives a log type of their own a meaning (99000 to 99009) finds what they put in.
      described(data, meaning ? (meaning.shown ?? []) : undefined),
    ),
  }
}

function typeOf(logType: number, data: JsonObject, action: string): EventType {
  if (logType === REDIS && /^auth$/i.test(textField(data, 'CMD') ?? '')) return 'login_attempt'
  if (logType !== MONGODB) return MEANINGS[logType]?.type ?? 'other'
  if (action === '') return textField(data, 'username') ? 'login_attempt' : 'connect'
  return MONGODB_ACTIONS[action] ?? 'other'
}

function outcomeOf(type: EventType, data: JsonObject): Outcome | null {
  // OpenCanary lets nobody in.
  if (type === 'login_attempt') return 'failure'
  const status = textField(data, 'STATUS')
  if (!status) return null
  return status === 'ok' ? 'success' : 'failure'
}

function credentialsIn(data: JsonObject): Pick<EventDetails, 'username' | 'password'> {
  const seen = (names: readonly string[]) => {
    const text = textOf(firstField(data, names))
    return text === null || NOT_SEEN.has(text) ? null : text
  }
  return {
    username: seen(['USERNAME', 'UserName', 'USER', 'username']),
    password: seen(['PASSWORD', 'Password', 'PASS', 'VNC Password', 'COMMUNITY_STRING']),
  }
}

/** `AUTH password`, or `AUTH name password` since Redis 6. */
function redisLogin(data: JsonObject): Pick<EventDetails, 'username' | 'password'> {
  const words = (textField(data, 'ARGS') ?? '').split(' ')
  return { username: words.length > 1 ? (words[0] ?? null) : null, password: words.at(-1) ?? null }
}

function commandIn(logType: number, data: JsonObject): Event['command'] {
  if (logType === REDIS) return [textField(data, 'CMD'), textField(data, 'ARGS')].filter(Boolean).join(' ')
  if (logType !== MONGODB) return null
  const words = [textField(data, 'command'), textField(data, 'query')].filter(Boolean)
  return words.length === 0 ? null : commandOf(words.join(' '))
}

function timeIn(json: JsonObject): unknown {
  return firstField(json, ['utc_time', 'local_time', 'local_time_adjusted'])
}

function logTypeOf(json: JsonObject): number {
  return Number(field(json, 'logtype'))
}

/** The record itself, whether it came as a line or in the webhook's wrapping; null when it is neither. */
function unwrapped(json: JsonObject): JsonObject | null {
  if (isRecord(json)) return json
  if (Array.isArray(field(json, 'attachments'))) return fromSlackHandler(json)
  const message = field(json, 'message')
  if (typeof message !== 'string' || !message.includes('logtype')) return null
  const inner = asObject(parsed(message))
  return inner && isRecord(inner) ? inner : null
}

/** Its SlackHandler writes each member of the record as a field with a title; objects are JSON there. */
function fromSlackHandler(json: JsonObject): JsonObject | null {
  const fields = listField(asObject(listField(json, 'attachments')[0]), 'fields')
  const members = fields.flatMap((each) => {
    const { title, value } = asObject(each) ?? {}
    if (typeof title !== 'string') return []
    return [[title, title === 'logdata' && typeof value === 'string' ? parsed(value) : value] as const]
  })
  const record = Object.fromEntries(members)
  return isRecord(record) ? record : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isRecord(json: JsonObject): boolean {
  return (
    Number.isInteger(logTypeOf(json)) && (Object.hasOwn(json, 'logdata') || Object.hasOwn(json, 'node_id'))
  )
}
