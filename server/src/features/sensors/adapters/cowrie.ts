import type { Event, EventType, Outcome } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  commandOf,
  described,
  field,
  firstField,
  ipOf,
  joined,
  MAX_NAME,
  objectField,
  originOf,
  portOf,
  sensorIdOf,
  sha256Of,
  textField,
  textOf,
} from './fields.js'
import { identified } from './identified.js'

interface Meaning {
  type: EventType
  outcome?: Outcome
  /** Members that tell something which the message does not always have. */
  shown?: readonly string[]
}

const PROXY_TARGETS = ['new_ip', 'new_port', 'orig_ip', 'orig_port', 'ptr']
const KEY = ['fingerprint', 'type', 'key']
const FILES = ['filename', 'destfile', 'error']
const BACKEND = [
  'backend_ip',
  'backend_port',
  'local_ip',
  'local_port',
  'error',
  'vm_id',
  'honey_ip',
  'honey_port',
]
const VERDICT = ['is_new', 'positives', 'total', 'scan_date', 'result', 'http_status']

/**
 * What Cowrie's event ids mean (cowrie docs/OUTPUT.rst). An id that is not here is kept as `other`, with all that it tells in its message: new ones
 * appear with every release.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'cowrie.session.connect': { type: 'connect' },
  'cowrie.session.closed': { type: 'disconnect' },
  'cowrie.login.success': { type: 'login_attempt', outcome: 'success', shown: KEY },
  'cowrie.login.failed': { type: 'login_attempt', outcome: 'failure', shown: KEY },
  'cowrie.command.input': { type: 'command', shown: ['realm'] },
  'cowrie.session.input': { type: 'command', shown: ['realm'] },
  'cowrie.command.success': { type: 'command', outcome: 'success', shown: ['realm'] },
  'cowrie.command.failed': { type: 'command', outcome: 'failure' },
  'cowrie.command.chpasswd': { type: 'other', shown: ['realm'] },
  'cowrie.session.file_download': { type: 'file_download', outcome: 'success', shown: FILES },
  'cowrie.session.file_download.failed': { type: 'file_download', outcome: 'failure', shown: FILES },
  'cowrie.session.file_upload': { type: 'file_upload', outcome: 'success', shown: FILES },
  'cowrie.session.params': { type: 'other', shown: ['arch'] },
  'cowrie.client.fingerprint': { type: 'other', shown: KEY },
  'cowrie.client.kex': { type: 'other' },
  'cowrie.client.version': { type: 'other' },
  'cowrie.client.size': { type: 'other', shown: ['width', 'height'] },
  'cowrie.client.var': { type: 'other', shown: ['name', 'value'] },
  'cowrie.client.malformed_packet': { type: 'other', shown: ['messagenum', 'datalen', 'data'] },
  'cowrie.direct-tcpip.request': { type: 'proxy_request', shown: PROXY_TARGETS },
  'cowrie.direct-tcpip.redirect': { type: 'proxy_request', shown: PROXY_TARGETS },
  'cowrie.direct-tcpip.tunnel': { type: 'proxy_request', shown: PROXY_TARGETS },
  'cowrie.direct-tcpip.data': { type: 'proxy_request', shown: ['data'] },
  'cowrie.direct-tcpip.ja4': { type: 'proxy_request', shown: ['ja4'] },
  'cowrie.direct-tcpip.ja4h': { type: 'proxy_request', shown: ['ja4h'] },
  'cowrie.tunnelproxy-tcpip.data': { type: 'proxy_request', shown: ['data'] },
  'cowrie.log.open': { type: 'other', shown: ['ttylog'] },
  'cowrie.log.closed': { type: 'other', shown: ['ttylog', 'size', 'shasum'] },
  'cowrie.proxy.backend_connect_error': { type: 'other', shown: BACKEND },
  'cowrie.proxy.backend_connected': { type: 'other', shown: BACKEND },
  'cowrie.proxy.backend_disconnected': { type: 'other', shown: BACKEND },
  'cowrie.proxy.client_disconnect': { type: 'other', shown: BACKEND },
  'cowrie.proxy.ssh': { type: 'other', shown: ['direction', 'packet', 'payload'] },
  'cowrie.reversedns.connect': { type: 'other', shown: ['ptr', 'ttl'] },
  'cowrie.reversedns.forward': { type: 'other', shown: ['ptr', 'ttl'] },
  'cowrie.telnet.error': { type: 'other', shown: ['error'] },
  'cowrie.telnet.exploit_attempt': { type: 'exploit', outcome: 'failure', shown: ['cve', 'name', 'value'] },
  'cowrie.telnet.exploit_success': {
    type: 'exploit',
    outcome: 'success',
    shown: ['cve', 'original_username'],
  },
  'cowrie.telnet.option': { type: 'other', shown: ['command', 'option_name', 'option_byte'] },
  'cowrie.greynoise.result': { type: 'other' },
  'cowrie.virustotal.scanfile': { type: 'other', shown: VERDICT },
  'cowrie.virustotal.scanurl': { type: 'other', shown: VERDICT },
  'cowrie.urlhaus.submitted': { type: 'other', shown: VERDICT },
}

/** Members that every event has, or that have a field of their own. */
const SHARED = new Set([
  'eventid',
  'message',
  'sensor',
  'timestamp',
  'session',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'uuid',
  'username',
  'password',
  'url',
])

/**
 * Normalizes one Cowrie JSON record into one event. Unknown event ids become `other`; only a missing or unreadable
 * source or time is refused. Format: cowrie docs/OUTPUT.rst.
 */
export const fromCowrie: Adapter = ({ json, raw }, context) => {
  const origin = originOf(field(json, 'src_ip'), field(json, 'timestamp'), context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(field(json, 'sensor'), 'cowrie', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const session_key = textField(json, 'session', MAX_NAME) || windowKey(origin.occurred_at)
  const action = textField(json, 'eventid', MAX_NAME)
  const { id, base } = identified(
    { origin, sensor_id, sensor_kind: 'cowrie', session_key, content: asWritten(json), raw, sent: json },
    context,
  )
  return [eventOf(id, base, detailsOf(json, action), raw)]
}

/** What Cowrie's own outputs to collectors add to the line that its log file has of the same event. */
const ADDED_BY_OUTPUTS = ['time', 'system', 'isError']

/** The event as it is in Cowrie's log file. */
function asWritten(json: JsonObject): JsonObject {
  if (!ADDED_BY_OUTPUTS.some((name) => Object.hasOwn(json, name))) return json
  return Object.fromEntries(Object.entries(json).filter(([name]) => !ADDED_BY_OUTPUTS.includes(name)))
}

function detailsOf(json: JsonObject, action: string | null): EventDetails {
  const meaning = action !== null && Object.hasOwn(MEANINGS, action) ? MEANINGS[action] : undefined
  const type = meaning?.type ?? 'other'
  return {
    event_type: type,
    action,
    outcome: meaning?.outcome ?? null,
    source_port: portOf(field(json, 'src_port')),
    // T-Pot renames both.
    destination_ip: ipOf(field(json, 'dst_ip') ?? field(json, 'dest_ip')),
    destination_port: portOf(field(json, 'dst_port') ?? field(json, 'dest_port')),
    protocol: textField(json, 'protocol', MAX_NAME),
    username: textField(json, 'username'),
    password: textField(json, 'password'),
    command:
      type === 'command' ? (commandOf(field(json, 'input')) ?? '') : textField(json, 'attempted_command'),
    url: type === 'proxy_request' ? proxyTarget(json) : textField(json, 'url'),
    file_sha256: fileOf(json, type),
    client: clientOf(json),
    message: messageOf(json, meaning ? meaning.shown : Object.keys(json).filter((name) => !SHARED.has(name))),
  }
}

/** Of the recording of a terminal `shasum` is that of its input, which is no file. */
function fileOf(json: JsonObject, type: EventType): Event['file_sha256'] {
  if (type === 'file_download' || type === 'file_upload') return sha256Of(field(json, 'shasum'))
  return sha256Of(field(json, 'sha256'))
}

/** What Cowrie says of the event, and what it does not say of these members; that it came after the close of its session. */
function messageOf(json: JsonObject, names: readonly string[] | undefined): Event['message'] {
  const message = textField(json, 'message')
  const missing = names?.filter((name) => {
    const text = textField(json, name)
    return text === null ? objectField(json, name) !== null : !message?.includes(text)
  })
  const isLate = field(json, 'late') === true
  if (!isLate && (missing === undefined || missing.length === 0)) return message
  return joined(message, described(json, missing ?? []), isLate ? 'late' : null)
}

/** A proxied connection's target may be a name, which is no `destination_ip`; as a URL either reads the same. */
function proxyTarget(json: JsonObject): Event['url'] {
  const host = textOf(firstField(json, ['dst_ip', 'dest_ip']), MAX_NAME)
  const port = portOf(firstField(json, ['dst_port', 'dest_port']))
  return host === null ? null : `tcp://${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`
}

/**
 * HASSH (https://github.com/salesforce/hassh) and the version of SSH tell clients apart. The key of a login is whose it is, and JA4
 * (https://github.com/FoxIO-LLC/ja4) is of the traffic that goes through: both are in the message.
 */
function clientOf(json: JsonObject): Event['client'] {
  return textOf(firstField(json, ['hassh', 'version']), MAX_NAME)
}
