import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, eventOf, Rejection } from './adapter.js'
import {
  field,
  firstField,
  MAX_NAME,
  objectField,
  originOf,
  sensorIdOf,
  textField,
  textOf,
} from './fields.js'
import { identified } from './identified.js'

export function looksLikeCanarytokens(json: JsonObject): boolean {
  return typeof field(json, 'manage_url') === 'string' && typeof field(json, 'memo') === 'string'
}

/**
 * Normalizes the generic webhook of Canarytokens, hosted or one's own: somebody touched a token, always a `canary`.
 * Older versions name the source in `additional_data` alone. Format: thinkst/canarytokens, models/common.py.
 */
export const fromCanarytokens: Adapter = ({ json, raw }, context) => {
  const additional = objectField(json, 'additional_data') ?? {}
  const source = firstField(json, ['src_ip']) ?? field(additional, 'src_ip')
  const origin = originOf(source, field(json, 'time'), context)
  if (origin instanceof Rejection) return origin
  const sensor_id = sensorIdOf(undefined, 'canarytoken', context)
  if (sensor_id instanceof Rejection) return sensor_id
  const token = textField(json, 'token', MAX_NAME)
  const { id, base } = identified(
    {
      origin,
      sensor_id,
      sensor_kind: 'canarytoken',
      session_key: `${token ?? ''} ${windowKey(origin.occurred_at)}`,
      content: json,
      raw,
    },
    context,
  )
  const kind = textField(json, 'token_type', MAX_NAME)
  const channel = textField(json, 'channel', MAX_NAME)
  return [
    eventOf(
      id,
      base,
      {
        event_type: 'canary',
        action: `canarytokens.${kind ?? 'token'}`,
        protocol: channel?.toLowerCase() ?? null,
        client: textOf(firstField(additional, ['useragent', 'user_agent']), MAX_NAME),
        message: [textField(json, 'memo'), kind, channel].filter(Boolean).join(' · '),
      },
      raw,
    ),
  ]
}
