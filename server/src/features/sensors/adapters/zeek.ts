import type { JsonObject } from '../../../domain/json.js'
import {
  described,
  field,
  firstField,
  ipOf,
  MAX_NAME,
  objectField,
  portOf,
  sha256Of,
  textField,
  textOf,
} from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeZeek(json: JsonObject): boolean {
  return Object.hasOwn(json, 'id.orig_h') || Object.hasOwn(objectField(json, 'id') ?? {}, 'orig_h')
}

/** Members of Zeek's logs with a field of their own, or that tell nothing by themselves. */
const ZEEK_NOT_SHOWN = new Set([
  'ts',
  'uid',
  'id',
  '_path',
  'service',
  'uri',
  'user_agent',
  'client',
  'user',
  'password',
  'history',
])

/** Normalizes a line of a JSON log of Zeek, of whatever log: context, too. https://docs.zeek.org/en/current/logs/index.html */
export const fromZeek = oneEvent((json) => {
  const id = objectField(json, 'id') ?? {}
  const part = (name: string) => field(json, `id.${name}`) ?? field(id, name)
  const log = textField(json, '_path', MAX_NAME)
  const isConnection = log === 'conn' || Object.hasOwn(json, 'conn_state')
  return {
    source: part('orig_h'),
    time: field(json, 'ts'),
    sensor: firstField(json, ['_system_name', 'host_name']),
    details: {
      event_type: isConnection ? 'connect' : 'other',
      action: `zeek.${log ?? (isConnection ? 'conn' : 'log')}`,
      source_port: portOf(part('orig_p')),
      destination_ip: ipOf(part('resp_h')),
      destination_port: portOf(part('resp_p')),
      protocol: textOf(firstField(json, ['service', 'proto']), MAX_NAME),
      username: textField(json, 'user'),
      password: textField(json, 'password'),
      url: textField(json, 'uri'),
      file_sha256: sha256Of(field(json, 'sha256')),
      client: textOf(firstField(json, ['user_agent', 'client']), MAX_NAME),
      message: described(
        json,
        Object.keys(json).filter((name) => !ZEEK_NOT_SHOWN.has(name) && !name.startsWith('id.')),
      ),
    },
  }
})
