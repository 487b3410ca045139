import type { JsonObject } from '../../../domain/json.js'
import {
  described,
  field,
  firstField,
  ipOf,
  joined,
  MAX_NAME,
  objectField,
  portOf,
  sha256Of,
  textField,
  textOf,
} from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeSuricata(json: JsonObject): boolean {
  return (
    typeof field(json, 'event_type') === 'string' &&
    (Object.hasOwn(json, 'flow_id') || Object.hasOwn(json, 'in_iface') || isStatistics(json))
  )
}

/** Counters that Suricata writes about itself. */
function isStatistics(json: JsonObject): boolean {
  return field(json, 'event_type') === 'stats' && objectField(json, 'stats') !== null
}

/** Parts of eve.json that people should read, by the type of the event. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  alert: ['signature', 'category', 'severity', 'signature_id', 'action'],
  http: ['http_method', 'hostname', 'status', 'http_content_type', 'http_refer'],
  dns: ['type', 'rrname', 'rrtype', 'rcode', 'queries', 'answers'],
  fileinfo: ['filename', 'size', 'state', 'md5', 'magic'],
  flow: ['state', 'reason', 'bytes_toserver', 'bytes_toclient', 'pkts_toserver', 'pkts_toclient'],
  tls: ['sni', 'subject', 'issuerdn', 'version', 'ja3', 'ja4'],
  ssh: ['client', 'server'],
}

/**
 * Normalizes a line of Suricata's eve.json: context of what sensors saw, so an alert is `other` and no threat by itself. A flow is a
 * `connect`. https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */
export const fromSuricata = oneEvent((json) => {
  const type = textField(json, 'event_type', MAX_NAME) ?? ''
  const http = objectField(json, 'http') ?? {}
  const file = objectField(json, 'fileinfo') ?? {}
  return {
    source: field(json, 'src_ip'),
    time: field(json, 'timestamp'),
    sensor: field(json, 'host'),
    details: {
      event_type: type === 'flow' ? 'connect' : 'other',
      action: `suricata.${type}`,
      source_port: portOf(field(json, 'src_port')),
      destination_ip: ipOf(field(json, 'dest_ip')),
      destination_port: portOf(field(json, 'dest_port')),
      protocol: textOf(firstField(json, ['app_proto', 'proto']), MAX_NAME)?.toLowerCase() ?? null,
      url: textField(http, 'url'),
      file_sha256: sha256Of(field(file, 'sha256')),
      client: textField(http, 'http_user_agent', MAX_NAME),
      message: joined(
        ...Object.entries(SHOWN).map(([part, names]) => described(objectField(json, part) ?? {}, names)),
      ),
    },
  }
})
