import type { Event } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, Rejection, type SensorContext, type SensorRecord } from './adapter.js'
import { fromBeelzebub, looksLikeBeelzebub } from './beelzebub.js'
import {
  fromCanarytokens,
  fromChat,
  isTestCall,
  looksLikeCanarytokens,
  looksLikeChat,
} from './canarytokens.js'
import { fromCowrie } from './cowrie.js'
import { fromDionaea, looksLikeDionaea } from './dionaea.js'
import { fromDionaeaIncident, looksLikeDionaeaIncident } from './dionaea-incident.js'
import { asObject } from './fields.js'
import { fromGeneric } from './generic.js'
import { fromHeralding, looksLikeHeralding } from './heralding.js'
import { fromOpenCanary, looksLikeOpenCanary } from './opencanary.js'

/** Turns one record of any sensor into events, or says why not. Never throws: a bug in an adapter is a rejection, too. */
export function normalize(json: unknown, raw: string, context: SensorContext): Event[] | Rejection {
  const object = asObject(json)
  if (!object) return new Rejection('not_an_object', 'a record is a JSON object')
  const record: SensorRecord = { json: object, raw }
  try {
    const events = adapterFor(object, context)(record, context)
    return context.canary === undefined || events instanceof Rejection || isTestCall(object)
      ? events
      : events.map((event) => asCanary(event, context.canary))
  } catch (error) {
    return new Rejection('normalization_failed', error instanceof Error ? error.message : String(error))
  }
}

/** Which sensor wrote a record, told by its shape, so that any collector can forward it without configuration. */
function adapterFor(json: JsonObject, { canary }: SensorContext): Adapter {
  const eventId = json['eventid']
  if (typeof eventId === 'string' && eventId.startsWith('cowrie.')) return fromCowrie
  if (looksLikeDionaea(json)) return fromDionaea
  if (looksLikeDionaeaIncident(json)) return fromDionaeaIncident
  if (looksLikeOpenCanary(json)) return fromOpenCanary
  if (looksLikeCanarytokens(json)) return fromCanarytokens
  if (canary !== undefined && looksLikeChat(json)) return fromChat
  if (looksLikeBeelzebub(json)) return fromBeelzebub
  if (looksLikeHeralding(json)) return fromHeralding
  return fromGeneric
}

/** Whatever a sensor calls it: what comes in by a canary's way is a touch of that canary. */
function asCanary(event: Event, name: SensorContext['canary']): Event {
  const { sensor_kind, message } = event
  return {
    ...event,
    event_type: 'canary',
    sensor_kind: sensor_kind === 'generic' ? 'canarytoken' : sensor_kind,
    message: [name, message].filter(Boolean).join(': ') || null,
  }
}
