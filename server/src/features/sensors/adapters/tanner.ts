import type { JsonObject } from '../../../domain/json.js'
import { asObject, described, field, joined, MAX_NAME, objectField, portOf, textField } from './fields.js'
import { oneEvent } from './one-event.js'

/** What Tanner names requests that attack nothing. */
const HARMLESS = new Set(['index', 'unknown', 'wp-content', 'crawl'])

export function looksLikeTanner(json: JsonObject): boolean {
  return objectField(json, 'peer') !== null && Object.hasOwn(json, 'path') && Object.hasOwn(json, 'headers')
}

/** Normalizes a request that Snare saw, as Tanner reports it with its verdict (tanner/server.py, reporting/log_local.py). */
export const fromTanner = oneEvent((json) => {
  const peer = objectField(json, 'peer') ?? {}
  const headers = objectField(json, 'headers') ?? {}
  const verdict = verdictOf(json)
  const attack = textField(objectField(verdict, 'detection') ?? {}, 'name', MAX_NAME)
  return {
    source: field(peer, 'ip'),
    time: field(json, 'timestamp'),
    sensor: field(json, 'uuid'),
    session: field(verdict, 'sess_uuid') ?? field(objectField(json, 'cookies') ?? {}, 'sess_uuid'),
    details: {
      event_type: attack === null || HARMLESS.has(attack) ? 'other' : 'exploit',
      action: `tanner.${attack ?? 'request'}`,
      source_port: portOf(field(peer, 'port')),
      protocol: 'http',
      url: textField(json, 'path'),
      client: textField(headers, 'user-agent', MAX_NAME),
      message: joined(
        described(json, ['method', 'status', 'post_data', 'cookies']),
        described(
          headers,
          Object.keys(headers).filter((name) => name !== 'user-agent'),
        ),
      ),
    },
  }
})

function verdictOf(json: JsonObject): JsonObject {
  let verdict: unknown = json
  for (const name of ['response_msg', 'response', 'message']) verdict = field(asObject(verdict) ?? {}, name)
  return asObject(verdict) ?? {}
}
