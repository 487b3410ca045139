import type { Event, SensorKind } from '@eviltwin/contract'
import { recordId, sessionId } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import type { EventBase, SensorContext } from './adapter.js'

/** What an adapter has read of a record by which it, its sensor and its session are known. */
export interface Known {
  origin: Pick<Event, 'source_ip' | 'occurred_at'>
  sensor_id: string
  sensor_kind: SensorKind
  /** The sensor's own key of the session, or the window the event falls into. */
  session_key: string
  content: JsonObject
  /** The event's own identifier, if it has one. */
  own_id?: unknown
}

/** The identity of a record, and the parts that all of its events share. */
export function identified(known: Known, context: SensorContext): { id: string; base: EventBase } {
  const { origin, sensor_id, sensor_kind, session_key, content, own_id } = known
  const { received_at, idempotency_key } = context
  return {
    id: recordId({ sensor_id, own_id, content, ...(idempotency_key !== undefined && { idempotency_key }) }),
    base: {
      ...origin,
      received_at,
      sensor_id,
      sensor_kind,
      session_id: sessionId(sensor_id, session_key, origin.source_ip),
    },
  }
}
