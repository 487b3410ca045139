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
  portOf,
  sha256Of,
  textField,
  textOf,
} from './fields.js'
import { oneEvent } from './one-event.js'

/** Honeypots that write records like Cowrie's, and what the ends of their ids mean. */
const TYPES: Readonly<Record<string, EventType>> = {
  'adbhoney.session.connect': 'connect',
  'adbhoney.session.closed': 'disconnect',
  'adbhoney.command.input': 'command',
  'adbhoney.session.file_upload': 'file_upload',
  'adbhoney.session.file_download': 'file_download',
  'elasticpot.attack': 'exploit',
}
const PROTOCOLS: Readonly<Record<string, string>> = { adbhoney: 'adb', elasticpot: 'elasticsearch' }

export function looksLikeEventidSensor(json: JsonObject): boolean {
  const id = field(json, 'eventid')
  return typeof id === 'string' && Object.hasOwn(PROTOCOLS, id.slice(0, id.indexOf('.')))
}

/** Normalizes a record of ADBHoney (adbhoney/core.py) or Elasticpot (output_jsonlog). */
export const fromEventidSensor = oneEvent((json) => {
  const action = textField(json, 'eventid', MAX_NAME) ?? ''
  return {
    source: field(json, 'src_ip'),
    time: firstField(json, ['timestamp', 'unixtime']),
    sensor: field(json, 'sensor'),
    session: field(json, 'session'),
    details: {
      event_type: TYPES[action] ?? 'other',
      action,
      source_port: portOf(field(json, 'src_port')),
      destination_ip: ipOf(firstField(json, ['dst_ip', 'dest_ip'])),
      destination_port: portOf(firstField(json, ['dst_port', 'dest_port'])),
      protocol: PROTOCOLS[action.slice(0, action.indexOf('.'))] ?? null,
      command: commandOf(field(json, 'input')),
      url: textOf(firstField(json, ['url', 'src_url'])),
      file_sha256: sha256Of(field(json, 'shasum')),
      client: textField(json, 'user_agent', MAX_NAME),
      message: joined(
        textField(json, 'message'),
        described(json, ['request', 'payload', 'content_type', 'accept_language', 'filename', 'body']),
      ),
    },
  }
})
