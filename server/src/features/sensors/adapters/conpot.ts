import type { EventType } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'
import { described, field, ipOf, MAX_NAME, portOf, textField } from './fields.js'
import { oneEvent } from './one-event.js'

const TYPES: Readonly<Record<string, EventType>> = {
  NEW_CONNECTION: 'connect',
  CONNECTION_LOST: 'disconnect',
  CONNECTION_TERMINATED: 'disconnect',
}

export function looksLikeConpot(json: JsonObject): boolean {
  return Object.hasOwn(json, 'sensorid') && Object.hasOwn(json, 'data_type')
}

/** Normalizes a line of Conpot's JSON log, whose `id` is that of the session. Format: conpot core/loggers/json_log.py; times are UTC. */
export const fromConpot = oneEvent((json) => {
  const what = textField(json, 'event_type', MAX_NAME)
  const protocol = textField(json, 'data_type', MAX_NAME)
  return {
    source: field(json, 'src_ip'),
    time: field(json, 'timestamp'),
    sensor: field(json, 'sensorid'),
    session: field(json, 'id'),
    details: {
      event_type: (what !== null && TYPES[what]) || 'other',
      action: what ?? `conpot.${protocol}`,
      source_port: portOf(field(json, 'src_port')),
      destination_ip: ipOf(field(json, 'dst_ip')),
      destination_port: portOf(field(json, 'dst_port')),
      protocol,
      message: described(json, ['request', 'response']),
    },
  }
})
