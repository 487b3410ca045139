import type { Event, EventType, Outcome } from '@eviltwin/contract'
import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import {
  commandOf,
  field,
  ipOf,
  MAX_NAME,
  originOf,
  portOf,
  sensorIdOf,
  sha256Of,
  textField,
} from './fields.js'
import { identified } from './identified.js'

interface Meaning {
  type: EventType
  outcome?: Outcome
}

/** What Cowrie's event ids mean. An id that is not here is kept as `other`: new ones appear with every release. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'cowrie.session.connect': { type: 'connect' },
  'cowrie.session.closed': { type: 'disconnect' },
  'cowrie.login.success': { type: 'login_attempt', outcome: 'success' },
  'cowrie.login.failed': { type: 'login_attempt', outcome: 'failure' },
  'cowrie.command.input': { type: 'command' },
  'cowrie.session.input': { type: 'command' },
  'cowrie.command.success': { type: 'command', outcome: 'success' },
  'cowrie.command.failed': { type: 'command', outcome: 'failure' },
  'cowrie.session.file_download': { type: 'file_download', outcome: 'success' },
  'cowrie.session.file_download.failed': { type: 'file_download', outcome: 'failure' },
  'cowrie.session.file_upload': { type: 'file_upload', outcome: 'success' },
  'cowrie.direct-tcpip.request': { type: 'proxy_request' },
  'cowrie.direct-tcpip.redirect': { type: 'proxy_request' },
  'cowrie.direct-tcpip.tunnel': { type: 'proxy_request' },
  'cowrie.direct-tcpip.data': { type: 'proxy_request' },
  'cowrie.direct-tcpip.ja4': { type: 'proxy_request' },
  'cowrie.direct-tcpip.ja4h': { type: 'proxy_request' },
  'cowrie.tunnelproxy-tcpip.data': { type: 'proxy_request' },
  'cowrie.telnet.exploit_attempt': { type: 'exploit', outcome: 'failure' },
  'cowrie.telnet.exploit_success': { type: 'exploit', outcome: 'success' },
}

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
    destination_ip: ipOf(field(json, 'dst_ip')),
    destination_port: portOf(field(json, 'dst_port')),
    protocol: textField(json, 'protocol', MAX_NAME),
    username: textField(json, 'username'),
    password: textField(json, 'password'),
    command:
      type === 'command' ? (commandOf(field(json, 'input')) ?? '') : textField(json, 'attempted_command'),
    url: type === 'proxy_request' ? proxyTarget(json) : textField(json, 'url'),
    file_sha256: type === 'file_download' || type === 'file_upload' ? sha256Of(field(json, 'shasum')) : null,
    client: clientOf(json, action),
    message: textField(json, 'message'),
  }
}

/** A proxied connection's target may be a name, which is no `destination_ip`; as a URL either reads the same. */
function proxyTarget(json: JsonObject): Event['url'] {
  const host = textField(json, 'dst_ip', MAX_NAME)
  const port = portOf(field(json, 'dst_port'))
  return host === null ? null : `tcp://${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`
}

/** HASSH and the SSH version string tell clients apart. https://github.com/salesforce/hassh */
function clientOf(json: JsonObject, action: string | null): Event['client'] {
  if (action === 'cowrie.client.kex') return textField(json, 'hassh', MAX_NAME)
  if (action === 'cowrie.client.version') return textField(json, 'version', MAX_NAME)
  return null
}
