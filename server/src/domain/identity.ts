import { hash } from 'node:crypto'
import { parse } from 'uuid'
import type { JsonObject } from './json.js'
import { millisecondsOf, parseTimestamp } from './timestamp.js'

/** Namespace of the version 5 UUIDs of sessions (RFC 9562 5.5). Changing it re-identifies every stored session. */
const SESSION_NAMESPACE = parse('f1b2c0de-5e7e-5a11-9e00-0e7117e17002')

/**
 * Sensors without sessions of their own: what one source does on one sensor within one such slice of the day is one
 * session. Fixed slices, not gaps between events, so that the order of arrival cannot matter.
 */
export const SESSION_WINDOW_MINUTES = 30

/** What makes a record itself, independent of how it was sent. */
export interface RecordIdentity {
  sensor_id: string
  idempotency_key?: string
  /** The record as the sensor wrote it, without what shippers add to it. */
  content: JsonObject
  /** When it happened by the record's own word, RFC 3339; null where the record does not say. */
  own_time: string | null
  /** What an envelope said of the time instead. */
  envelope_time?: unknown
}

/** The first 48 bits of the identity of a record that does not tell when it happened. */
const NO_TIME_MS = 0

/**
 * Identity of a record (version 2 of ours): the sender's idempotency key, else the sensor and the whole content. The same identifier with other content
 * is another record, and no sensor can name the record of another one.
 *
 * UUID version 8 (RFC 9562 5.8): 48 bits of the record's own time in milliseconds, 12 bits of the place of the event in its record, 62
 * bits of a hash. Ids of events that are close in time are close in an index, and a retry has the same id, whenever and however it comes.
 */
export function recordId(identity: RecordIdentity): string {
  const { sensor_id, idempotency_key, content, own_time, envelope_time } = identity
  const sensor = `${sensor_id.length} ${sensor_id}`
  if (idempotency_key !== undefined) return uuidV8(NO_TIME_MS, `key\n${sensor}\n${idempotency_key}`)
  if (own_time !== null) {
    return uuidV8(millisecondsOf(own_time), `content\n${sensor}\n${canonicalJson(content)}`)
  }
  // Collectors spell the same time as text or number.
  const envelope = parseTimestamp(envelope_time) ?? canonicalJson(envelope_time)
  return uuidV8(NO_TIME_MS, `enveloped\n${sensor}\n${envelope.length} ${envelope}\n${canonicalJson(content)}`)
}

/** How many further events a record may have: what 12 bits hold. */
export const MAX_PARTS = 4095

/** Identity of a further event of a record, in the order of the record. @param index 1 to {@link MAX_PARTS}. */
export function partId(recordIdentity: string, index: number): string {
  if (index < 1 || index > MAX_PARTS) throw new RangeError(`a record has no part ${index}`)
  const milliseconds = Number.parseInt(recordIdentity.slice(0, 8) + recordIdentity.slice(9, 13), 16)
  return uuidV8(milliseconds, `part\n${recordIdentity}\n${index}`, index)
}

/** Identity of something that follows from something identified, such as the escalation of an event. */
export function derivedId(identity: string, part: string): string {
  return uuidV5(part, parse(identity))
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
 * A version 5 UUID (RFC 9562 5.5). One is made for every event, and the library's own takes several times as long
 * because it hashes in portable JavaScript types; a test holds the two together.
 */
export function uuidV5(name: string, namespace: Uint8Array): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(name, 'utf8')]), 'hex')
  const variant = variantOf(hex.charAt(16))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * A version 8 UUID (RFC 9562 5.8).
 * @param milliseconds since the epoch, 0 to 2^48 - 1; another number counts as 0.
 * @param name whose SHA-256 gives 62 bits.
 * @param place 0 to 4095.
 */
function uuidV8(milliseconds: number, name: string, place = 0): string {
  const valid = milliseconds >= 0 && milliseconds < 2 ** 48
  const time = (valid ? Math.floor(milliseconds) : NO_TIME_MS).toString(16).padStart(12, '0')
  const hex = hash('sha256', name, 'hex')
  const sequence = place.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-8${sequence}-${variantOf(hex.charAt(0))}${hex.slice(1, 4)}-${hex.slice(4, 16)}`
}

/** A hexadecimal digit with the variant of RFC 9562 in its upper two bits. */
function variantOf(digit: string): string {
  return ((Number.parseInt(digit, 16) & 0x3) | 0x8).toString(16)
}

/** JSON with sorted keys, so that a collector that re-orders or re-spaces a record does not change its identity. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const element of value) text += `${text === '' ? '' : ','}${canonicalJson(element)}`
    return `[${text}]`
  }
  const object = value as JsonObject
  for (const name of Object.keys(object).sort())
    text += `${text === '' ? '' : ','}${quoted(name)}:${canonicalJson(object[name])}`
  return `{${text}}`
}

/** Text of which JSON escapes nothing. It is written for every member of every event, and a call into the engine takes longer. */
const PLAIN = /^[ !#-[\]-~]{0,128}$/

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}
