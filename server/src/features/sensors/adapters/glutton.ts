import type { JsonObject } from '../../../domain/json.js'
import { described, field, firstField, joined, MAX_NAME, portOf, textField } from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeGlutton(json: JsonObject): boolean {
  return (
    typeof json['sensorID'] === 'string' && (Object.hasOwn(json, 'srcHost') || Object.hasOwn(json, 'handler'))
  )
}

/** Normalizes what Glutton produces (glutton producer/producer.go), or a line of its log. */
export const fromGlutton = oneEvent((json) => ({
  source: firstField(json, ['srcHost', 'src_ip']),
  time: firstField(json, ['timestamp', 'time', 'ts']),
  sensor: field(json, 'sensorID'),
  details: {
    event_type: 'connect',
    action: 'glutton',
    source_port: portOf(firstField(json, ['srcPort', 'src_port'])),
    destination_port: portOf(firstField(json, ['dstPort', 'dest_port'])),
    protocol: textField(json, 'handler', MAX_NAME),
    message: joined(
      textField(json, 'msg'),
      described(json, ['transport', 'rule', 'scanner', 'path', 'query', 'payload', 'payload_hex', 'decoded']),
    ),
  },
}))
