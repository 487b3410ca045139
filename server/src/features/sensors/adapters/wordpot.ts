import type { JsonObject } from '../../../domain/json.js'
import { described, field, firstField, ipOf, MAX_NAME, portOf, textField } from './fields.js'
import { oneEvent } from './one-event.js'

export function looksLikeWordpot(json: JsonObject): boolean {
  return Object.hasOwn(json, 'plugin') && Object.hasOwn(json, 'user_agent') && Object.hasOwn(json, 'url')
}

/** Normalizes a line of Wordpot's log, as T-Pot has it. */
export const fromWordpot = oneEvent((json) => {
  const [username, password] = [textField(json, 'username') || null, textField(json, 'password') || null]
  return {
    source: field(json, 'src_ip'),
    time: field(json, 'timestamp'),
    details: {
      event_type: (username ?? password) ? 'login_attempt' : 'other',
      action: `wordpot.${textField(json, 'plugin', MAX_NAME)}`,
      source_port: portOf(field(json, 'src_port')),
      destination_ip: ipOf(firstField(json, ['dest_ip', 'dst_ip'])),
      destination_port: portOf(firstField(json, ['dest_port', 'dst_port'])),
      protocol: 'http',
      username,
      password,
      url: textField(json, 'url'),
      client: textField(json, 'user_agent', MAX_NAME),
      message: described(json, [
        'browser_family',
        'browser_version',
        'os_family',
        'os_version',
        'device_family',
      ]),
    },
  }
})
