import type { SensorKind } from '@eviltwin/contract'
import { exactContent } from '../../../domain/exact-numbers.js'
import { formerContent, formerRecordId } from '../../../domain/former-identity.js'
import { derivedId, partId, recordId, sessionId } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import type { EventBase, SensorContext } from './adapter.js'
import type { Origin } from './fields.js'

/** What an adapter has read of a record by which it, its sensor and its session are known. */
export interface Known {
  origin: Origin
  sensor_id: string
  sensor_kind: SensorKind
  /** The sensor's own key of the session, or the window the event falls into. */
  session_key: string
  /** The record as the sensor wrote it, without what shippers add. */
  content: JsonObject
  /** The text of the record. */
  raw: string
  /** The record as it was sent, where that is something else. */
  sent?: JsonObject
  /** What release 0.1.0 took for the event's own identifier. */
  former_own_id?: unknown
}

/** The identity of a record, and the parts that all of its events share. */
export function identified(known: Known, context: SensorContext): { id: string; base: EventBase } {
  const { origin, sensor_id, sensor_kind, session_key, content } = known
  const { source_ip, occurred_at, tells_time } = origin
  const { received_at, idempotency_key, envelope, former_ids } = context
  const key = idempotency_key === undefined ? {} : { idempotency_key }
  const own_time = tells_time ? occurred_at : null
  const id = recordId({
    sensor_id,
    content: exactContent(content, known.raw),
    own_time,
    envelope_time: envelope?.time,
    ...key,
  })
  former_ids?.set(
    id,
    formerRecordId({
      sensor_id,
      own_id: known.former_own_id,
      content: formerContent(known.sent ?? content, envelope),
      ...key,
    }),
  )
  return {
    id,
    base: {
      source_ip,
      occurred_at,
      received_at,
      sensor_id,
      sensor_kind,
      session_id: sessionId(sensor_id, session_key, source_ip),
    },
  }
}

/** The identity of a further event of a record. @param id of the record. @param index of the event among them, from 0. */
export function identifiedPart(id: string, index: number, { former_ids }: SensorContext): string {
  const own = partId(id, index + 1)
  const former = former_ids?.get(id)
  if (former !== undefined) former_ids?.set(own, derivedId(former, `step:${index}`))
  return own
}
