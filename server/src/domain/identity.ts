import { createHash } from 'node:crypto'
import { validate as isUuid, parse } from 'uuid'
import type { JsonObject } from './json.js'
import { millisecondsOf } from './timestamp.js'

/** Namespaces of our version 5 UUIDs (RFC 9562 5.5). Changing one re-identifies everything stored. */
const EVENT_NAMESPACE = parse('f1b2c0de-5e7e-5a11-9e00-0e7117e17001')
const SESSION_NAMESPACE = parse('f1b2c0de-5e7e-5a11-9e00-0e7117e17002')

/**
 * Sensors without sessions of their own: what one source does on one sensor within one such slice of the day is one
 * session. Fixed slices, not gaps between events, so that the order of arrival cannot matter.
 */
export const SESSION_WINDOW_MINUTES = 30

/** What makes a record itself, independent of how it was sent. */
export interface RecordIdentity {
  sensor_id: string
  /** The sensor's own identifier of this very event, if it has one. */
  own_id?: unknown
  idempotency_key?: string
  content: JsonObject
}

/** Identity of a record: the sender's idempotency key, else the event's own id, else its content. */
export function recordId({ sensor_id, own_id, idempotency_key, content }: RecordIdentity): string {
  if (idempotency_key !== undefined) return uuidV5(`key\n${sensor_id}\n${idempotency_key}`, EVENT_NAMESPACE)
  if (typeof own_id === 'string' && isUuid(own_id)) return own_id.toLowerCase()
  if ((typeof own_id === 'string' && own_id !== '') || typeof own_id === 'number') {
    return uuidV5(`id\n${sensor_id}\n${own_id}`.toWellFormed(), EVENT_NAMESPACE)
  }
  return uuidV5(`content\n${sensor_id}\n${canonicalJson(content)}`, EVENT_NAMESPACE)
}

/** Identity of the n-th further event of a record. */
export function derivedId(recordIdentity: string, part: string): string {
  return uuidV5(part, parse(recordIdentity))
}

/**
 * Identity of a session: sensor, the sensor's own session key, and the source address. The address is part of it
 * because a session is one attacker's interaction, and so that a session lives where its attacker lives.
 */
export function sessionId(sensorId: string, sessionKey: string, sourceIp: string): string {
  return uuidV5(`${sensorId}\n${sessionKey}\n${sourceIp}`, SESSION_NAMESPACE)
}

/** Session key for a sensor that has none: the slice of time the event falls into. */
export function windowKey(occurredAt: string): string {
  return `window:${Math.floor(millisecondsOf(occurredAt) / (SESSION_WINDOW_MINUTES * 60_000))}`
}

/**
 * A version 5 UUID (RFC 9562 5.5). Two are made for every event, and the library's own takes several times as long
 * because it hashes in portable JavaScript types; a test holds the two together.
 */
export function uuidV5(name: string, namespace: Uint8Array): string {
  const hex = createHash('sha1').update(namespace).update(name, 'utf8').digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** JSON with sorted keys, so that a collector that re-orders or re-spaces a record does not change its identity. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const object = value as JsonObject
    const members = Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
