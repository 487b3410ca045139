import type { JsonObject } from '../../../domain/json.js'
import { field, portOf, textField } from './fields.js'
import { oneEvent } from './one-event.js'

/** The members of a line of Mailoney's commands.log. */
const MAILONEY = ['timestamp', 'src_ip', 'src_port', 'data']

export function looksLikeMailoney(json: JsonObject): boolean {
  return typeof field(json, 'data') === 'string' && MAILONEY.every((name) => Object.hasOwn(json, name))
}

/** Normalizes a line of Mailoney's commands.log: what a client says in SMTP. */
export const fromMailoney = oneEvent((json) => ({
  source: field(json, 'src_ip'),
  time: field(json, 'timestamp'),
  details: {
    event_type: 'other',
    action: 'mailoney.command',
    source_port: portOf(field(json, 'src_port')),
    protocol: 'smtp',
    message: textField(json, 'data'),
  },
}))
