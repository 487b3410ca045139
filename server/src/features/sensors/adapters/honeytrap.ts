import type { EventType } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'
import {
  commandOf,
  described,
  field,
  firstField,
  ipOf,
  joined,
  MAX_NAME,
  objectField,
  portOf,
  textField,
  textOf,
} from './fields.js'
import { oneEvent } from './one-event.js'

const USERNAMES = ['ssh.username', 'telnet.username', 'ftp.username', 'smtp.username']
const PASSWORDS = ['ssh.password', 'telnet.password', 'ftp.password', 'smtp.password', 'snmp.community']
const COMMANDS = [
  'ssh.command',
  'ssh.exec',
  'telnet.command',
  'memcached.command',
  'redis.command',
  'ftp.command',
]
const SESSIONS = ['ssh.sessionid', 'telnet.sessionid', 'ftp.sessionid', 'http.sessionid']
const CLIENTS = ['http.user-agent', 'ssh.publickey', 'https.ja3-digest']
/** Members with a field of their own. */
const NOT_DESCRIBED = new Set([
  ...[
    'category',
    'date',
    'sensor',
    'token',
    'type',
    'source-ip',
    'source-port',
    'destination-ip',
    'destination-port',
  ],
  ...[USERNAMES, PASSWORDS, COMMANDS, SESSIONS, CLIENTS].flat(),
  'http.url',
])

export function looksLikeHoneytrap(json: JsonObject): boolean {
  return Object.hasOwn(json, 'source-ip') && Object.hasOwn(json, 'category')
}

/** Normalizes an event of Honeytrap (honeytrap event/event.go), whose names have hyphens and, by protocol, dots. */
export const fromHoneytrap = oneEvent((json) => {
  const [username, password] = [textOf(firstField(json, USERNAMES)), textOf(firstField(json, PASSWORDS))]
  const command = commandOf(firstField(json, COMMANDS))
  return {
    source: field(json, 'source-ip'),
    time: field(json, 'date'),
    sensor: field(json, 'token'),
    session: firstField(json, SESSIONS),
    details: {
      event_type: typeOf(command, username ?? password),
      action: textField(json, 'type', MAX_NAME),
      source_port: portOf(field(json, 'source-port')),
      destination_ip: ipOf(field(json, 'destination-ip')),
      destination_port: portOf(field(json, 'destination-port')),
      protocol: textField(json, 'category', MAX_NAME),
      username,
      password,
      command,
      url: textField(json, 'http.url'),
      client: textOf(firstField(json, CLIENTS), MAX_NAME),
      message: described(
        json,
        Object.keys(json).filter((name) => !NOT_DESCRIBED.has(name)),
      ),
    },
  }
})

function typeOf(command: string | null, credential: string | null): EventType {
  if (command !== null) return 'command'
  return credential === null ? 'connect' : 'login_attempt'
}

export function looksLikeAttackConnection(json: JsonObject): boolean {
  return objectField(json, 'attack_connection') !== null
}

/** Normalizes a line of attackers.json of the older Honeytrap, as T-Pot has it. */
export const fromAttackConnection = oneEvent((json) => {
  const connection = objectField(json, 'attack_connection') ?? {}
  return {
    source: field(connection, 'remote_ip'),
    time: field(json, 'timestamp'),
    details: {
      event_type: 'connect',
      action: 'honeytrap.attack',
      source_port: portOf(field(connection, 'remote_port')),
      destination_ip: ipOf(field(connection, 'local_ip')),
      destination_port: portOf(field(connection, 'local_port')),
      protocol: textField(connection, 'protocol', MAX_NAME),
      message: joined(described(json, ['operation_mode', 'downloads']), described(connection, ['payload'])),
    },
  }
})
