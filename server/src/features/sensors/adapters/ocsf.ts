import type { EventType } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'
import {
  asObject,
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

export function looksLikeOcsf(json: JsonObject): boolean {
  return typeof field(json, 'class_uid') === 'number' && objectField(json, 'metadata') !== null
}

/** Classes of OCSF that are what sensors see; every other one is `other`. https://schema.ocsf.io/classes */
const OCSF_CLASSES: Readonly<Record<number, EventType>> = {
  1007: 'command',
  3002: 'login_attempt',
  4001: 'connect',
}
/** Identifier of SHA-256 among the algorithms of fingerprints. */
const SHA_256 = 3

/** Normalizes an event of the Open Cybersecurity Schema Framework. Its times are milliseconds since the epoch. */
export const fromOcsf = oneEvent((json) => {
  const inside = (...names: readonly string[]) =>
    names.reduce<unknown>((value, name) => field(asObject(value) ?? {}, name), json)
  const status = field(json, 'status_id')
  const hashes = inside('file', 'hashes')
  const sha256 = Array.isArray(hashes)
    ? hashes.find((each) => asObject(each)?.['algorithm_id'] === SHA_256)
    : null
  return {
    source: inside('src_endpoint', 'ip'),
    time: field(json, 'time'),
    sensor: inside('device', 'hostname') ?? inside('metadata', 'product', 'name'),
    session: inside('session', 'uid'),
    details: {
      event_type: OCSF_CLASSES[Number(field(json, 'class_uid'))] ?? 'other',
      action: textOf(firstField(json, ['type_name', 'activity_name', 'class_name']), MAX_NAME),
      outcome: status === 1 ? 'success' : status === 2 ? 'failure' : null,
      source_port: portOf(inside('src_endpoint', 'port')),
      destination_ip: ipOf(inside('dst_endpoint', 'ip')),
      destination_port: portOf(inside('dst_endpoint', 'port')),
      protocol: textOf(
        firstField(json, ['auth_protocol', 'service']) ?? inside('connection_info', 'protocol_name'),
        MAX_NAME,
      ),
      username: textOf(inside('user', 'name') ?? inside('actor', 'user', 'name')),
      command: textOf(inside('process', 'cmd_line')),
      url: textOf(inside('http_request', 'url', 'url_string') ?? inside('url', 'url_string')),
      file_sha256: sha256Of(asObject(sha256)?.['value']),
      client: textOf(inside('http_request', 'user_agent'), MAX_NAME),
      message: joined(
        textField(json, 'message'),
        described(json, ['status_detail', 'finding_info', 'severity']),
      ),
    },
  }
})
