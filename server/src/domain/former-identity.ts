import { validate as isUuid, parse } from 'uuid'
import { canonicalJson, uuidV5 } from './identity.js'
import type { JsonObject } from './json.js'

/** Namespace of the ids of version 1. */
const EVENT_NAMESPACE = parse('f1b2c0de-5e7e-5a11-9e00-0e7117e17001')

/** What version 1 of our identities looked at. */
export interface FormerIdentity {
  sensor_id: string
  /** What the record calls its id, whoever's id that is. */
  own_id?: unknown
  idempotency_key?: string
  content: JsonObject
}

/**
 * Identity of a record as release 0.1.0 made it. Stored events keep it; while such events are stored, a record is also looked for
 * under this id, so that sending a log again after an upgrade stores nothing twice.
 */
export function formerRecordId({ sensor_id, own_id, idempotency_key, content }: FormerIdentity): string {
  if (idempotency_key !== undefined) return uuidV5(`key\n${sensor_id}\n${idempotency_key}`, EVENT_NAMESPACE)
  if (typeof own_id === 'string' && isUuid(own_id)) return own_id.toLowerCase()
  if ((typeof own_id === 'string' && own_id !== '') || typeof own_id === 'number') {
    return uuidV5(`id\n${sensor_id}\n${own_id}`.toWellFormed(), EVENT_NAMESPACE)
  }
  return uuidV5(`content\n${sensor_id}\n${canonicalJson(content)}`, EVENT_NAMESPACE)
}

/** What a record calls its time and its sensor, as release 0.1.0 looked for them. */
const TIMES = ['occurred_at', 'timestamp', '@timestamp', 'time', 'utc_time', 'triggered_at', 'ts', 'date']
const SENSORS = ['sensor_id', 'sensor', 'node_id', 'honeypot', 'host']

/** The content of a record as release 0.1.0 saw it: with what its envelope had to add. */
export function formerContent(
  content: JsonObject,
  envelope: { time?: unknown; host?: unknown } | undefined,
): JsonObject {
  if (envelope === undefined) return content
  const { time, host } = envelope
  const names = (wanted: readonly string[]) => wanted.some((name) => Object.hasOwn(content, name))
  return {
    ...content,
    ...(time !== undefined && !names(TIMES) && { time }),
    ...(typeof host === 'string' && !names(SENSORS) && { sensor: host }),
  }
}
