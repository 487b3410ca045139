import type { JsonObject } from '../../../domain/json.js'
import { described, field, ipOf, joined, MAX_NAME, portOf, textField, textOf } from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeSentryPeer(json: JsonObject): boolean {
  return Object.hasOwn(json, 'sip_method') && Object.hasOwn(json, 'called_number')
}

/** Normalizes a call or a probe that SentryPeer saw (SentryPeer src/json_logger.c). */
export const fromSentryPeer = oneEvent((json) => {
  const [source, source_port] = hostAndPort(field(json, 'source_ip'))
  const [destination, destination_port] = hostAndPort(field(json, 'destination_ip'))
  return {
    source,
    time: field(json, 'event_timestamp'),
    sensor: field(json, 'created_by_node_id'),
    details: {
      event_type: 'other',
      action: `sentrypeer.${textField(json, 'sip_method', MAX_NAME)}`,
      source_port: portOf(source_port),
      destination_ip: ipOf(destination),
      destination_port: portOf(destination_port),
      protocol: 'sip',
      client: textField(json, 'sip_user_agent', MAX_NAME),
      message: joined(
        described(json, ['called_number', 'collected_method', 'transport_type']),
        textField(json, 'sip_message'),
      ),
    },
  }
})

/** An address, or one with a port behind it. */
function hostAndPort(value: unknown): [host: unknown, port: string | undefined] {
  const text = textOf(value, MAX_NAME)
  if (text === null || ipOf(text) !== null) return [value, undefined]
  const [, host = text, port] = /^(.*):(\d{1,5})$/.exec(text) ?? []
  return [host, port]
}
