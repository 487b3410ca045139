import type { Event, EventType } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  asObject,
  field,
  firstField,
  ipOf,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  textField,
  textOf,
} from './fields.js'
import { identified } from './identified.js'

/** What OpenCanary's log types mean (opencanary/logger.py). One that is not here is kept as `other`. */
const MEANINGS: Readonly<Record<number, readonly [EventType, protocol: string]>> = {
  2000: ['login_attempt', 'ftp'],
  2001: ['connect', 'ftp'],
  3000: ['connect', 'http'],
  3001: ['login_attempt', 'http'],
  3002: ['other', 'http'],
  3003: ['connect', 'http'],
  4000: ['connect', 'ssh'],
  4001: ['other', 'ssh'],
  4002: ['login_attempt', 'ssh'],
  5000: ['other', 'smb'],
  5001: ['connect', 'tcp'],
  5002: ['connect', 'tcp'],
  5003: ['connect', 'tcp'],
  5004: ['connect', 'tcp'],
  5005: ['connect', 'tcp'],
  6001: ['login_attempt', 'telnet'],
  6002: ['connect', 'telnet'],
  7001: ['login_attempt', 'http-proxy'],
  8001: ['login_attempt', 'mysql'],
  9001: ['login_attempt', 'mssql'],
  9002: ['login_attempt', 'mssql'],
  9003: ['connect', 'mysql'],
  10001: ['other', 'tftp'],
  11001: ['other', 'ntp'],
  12001: ['login_attempt', 'vnc'],
  13001: ['other', 'snmp'],
  14001: ['login_attempt', 'rdp'],
  15001: ['other', 'sip'],
  16001: ['other', 'git'],
  17001: ['command', 'redis'],
  18001: ['connect', 'tcp'],
  18002: ['connect', 'tcp'],
  18003: ['other', 'tcp'],
  18004: ['other', 'tcp'],
  18005: ['other', 'tcp'],
  19001: ['other', 'llmnr'],
  20001: ['connect', 'mongodb'],
}

/** One log type for all that a MongoDB client does; a name comes with an attempt to log in. */
const MONGODB = 20_001

export function looksLikeOpenCanary(json: JsonObject): boolean {
  return unwrapped(json) !== null
}

/** Log types below 2000 are OpenCanary's words about itself: starting, ready, stopping. */
export function isServiceMessage(json: JsonObject): boolean {
  return logTypeOf(unwrapped(json) ?? {}) < 2000
}

/**
 * Normalizes one OpenCanary record: a JSON line of its log file, or the body of its webhook, which wraps that line into
 * `{"message": "..."}`. Format: opencanary/logger.py.
 */
export const fromOpenCanary: Adapter = ({ json: sent, raw }, context) => {
  const json = unwrapped(sent) ?? sent
  const time = firstField(json, ['utc_time', 'local_time', 'local_time_adjusted'])
  const origin = originOf(field(json, 'src_host'), time, context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(field(json, 'node_id'), 'opencanary', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const data = objectField(json, 'logdata') ?? {}
  const session_key = textField(data, 'SESSION', MAX_NAME) || windowKey(origin.occurred_at)
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'opencanary', session_key, content: json, raw },
    context,
  )
  return [eventOf(id, base, detailsOf(json, data), raw)]
}

function detailsOf(json: JsonObject, data: JsonObject): EventDetails {
  const logType = logTypeOf(json)
  const [meaning, protocol] = MEANINGS[logType] ?? (['other', null] as const)
  const event_type = logType === MONGODB && textField(data, 'username') ? 'login_attempt' : meaning
  return {
    event_type,
    action: `opencanary.${logType}`,
    source_port: portOf(field(json, 'src_port')),
    destination_ip: ipOf(field(json, 'dst_host')),
    destination_port: portOf(field(json, 'dst_port')),
    protocol,
    // OpenCanary lets nobody in.
    outcome: event_type === 'login_attempt' ? 'failure' : null,
    username: textOf(firstField(data, ['USERNAME', 'UserName', 'USER', 'username'])),
    password: textOf(firstField(data, ['PASSWORD', 'Password', 'PASS', 'VNC Password', 'COMMUNITY_STRING'])),
    command: logType === 17_001 ? redisCommand(data) : null,
    url: textOf(firstField(data, ['PATH', 'URL', 'REPO', 'FILENAME'])),
    client: textOf(firstField(data, ['USERAGENT', 'REMOTEVERSION']), MAX_NAME),
    message: textOf(firstField(data, ['msg', 'DATA', 'SECRET_STRING'])),
  }
}

function redisCommand(data: JsonObject): Event['command'] {
  return [textField(data, 'CMD'), textField(data, 'ARGS')].filter(Boolean).join(' ')
}

function logTypeOf(json: JsonObject): number {
  return Number(field(json, 'logtype'))
}

/** The record itself, whether it came as a line or in the webhook's wrapping; null when it is neither. */
function unwrapped(json: JsonObject): JsonObject | null {
  if (isRecord(json)) return json
  const message = field(json, 'message')
  if (typeof message !== 'string' || !message.includes('logtype')) return null
  try {
    const inner = asObject(JSON.parse(message))
    return inner && isRecord(inner) ? inner : null
  } catch {
    return null
  }
}

function isRecord(json: JsonObject): boolean {
  return (
    Number.isInteger(logTypeOf(json)) && (Object.hasOwn(json, 'logdata') || Object.hasOwn(json, 'node_id'))
  )
}
