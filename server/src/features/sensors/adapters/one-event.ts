import { windowKey } from '../../../domain/identity.js'
import type { JsonObject } from '../../../domain/json.js'
import { type Adapter, type EventDetails, eventOf, Rejection } from './adapter.js'
import { MAX_NAME, originOf, sensorIdOf, textOf } from './fields.js'
import { identified } from './identified.js'

/** What a record says, as its sensor writes it. */
export interface Reading {
  source: unknown
  time: unknown
  /** The sensor that it names, if it names one. */
  sensor?: unknown
  /** The sensor's own session; without one, what a source does within half an hour is one. */
  session?: unknown
  details: EventDetails
}

/** An adapter of a sensor of no kind of its own, each of whose records is one event. @param read pure. */
export function oneEvent(read: (json: JsonObject) => Reading): Adapter {
  return ({ json, raw }, context) => {
    const { source, time, sensor, session, details } = read(json)
    const origin = originOf(source, time, context)
    if (origin instanceof Rejection) return origin
    const sensor_id = sensorIdOf(sensor, 'generic', context)
    if (sensor_id instanceof Rejection) return sensor_id
    const session_key = textOf(session, MAX_NAME) || windowKey(origin.occurred_at)
    const { id, base } = identified(
      { origin, sensor_id, sensor_kind: 'generic', session_key, content: json, raw },
      context,
    )
    return [eventOf(id, base, details, raw)]
  }
}
