import type { JsonObject } from '../../../domain/json.js'
import {
  commandOf,
  described,
  field,
  firstField,
  ipOf,
  joined,
  objectField,
  portOf,
  textOf,
} from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeEwsposter(json: JsonObject): boolean {
  return field(json, 'event_type') === 'alert' && objectField(json, 'additionaldata') !== null
}

/** Members with a field of their own. */
const NOT_DESCRIBED = new Set(['username', 'password', 'protocol', 'hostname', 'host', 'input', 'command'])

/** Normalizes a line of the JSON output of T-Pot's ewsposter (modules/ealert.py): what each honeypot told is in `additionaldata`. */
export const fromEwsposter = oneEvent((json) => {
  const data = objectField(json, 'additionaldata') ?? {}
  const [username, password] = [textOf(field(data, 'username')), textOf(field(data, 'password'))]
  const command = commandOf(firstField(data, ['input', 'command']))
  return {
    source: field(json, 'src_ip'),
    time: field(json, 'timestamp'),
    sensor: firstField(data, ['hostname', 'host']),
    details: {
      event_type:
        command !== null ? 'command' : username === null && password === null ? 'other' : 'login_attempt',
      action: 'ewsposter.alert',
      source_port: portOf(field(json, 'src_port')),
      destination_ip: ipOf(field(json, 'dest_ip')),
      destination_port: portOf(field(json, 'dest_port')),
      protocol: textOf(field(data, 'protocol')),
      username,
      password,
      command,
      message: joined(
        described(
          data,
          Object.keys(data).filter((name) => !NOT_DESCRIBED.has(name)),
        ),
        described(objectField(json, 'request') ?? {}),
      ),
    },
  }
})
