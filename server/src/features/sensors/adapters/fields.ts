import { type Event, sensorIdProblem } from '@eviltwin/contract'
import { boundedCommand } from '../../../domain/command-text.js'
import { canonicalIp, UNKNOWN_SOURCE } from '../../../domain/ip-address.js'
import type { JsonObject } from '../../../domain/json.js'
import { isPlausible, parseTimestamp } from '../../../domain/timestamp.js'
import { Rejection, type SensorContext } from './adapter.js'

/** Longest normalized text, in UTF-16 code units. The record's own JSON keeps the rest. */
const MAX_TEXT = 16_384
/** Names (sensors, users, protocols) are keys and labels: longer ones serve nobody. */
export const MAX_NAME = 256

/** Text that PostgreSQL can store and anything can read back: bounded, well-formed UTF-16, no NUL. */
export function cleanText(text: string, max = MAX_TEXT): string {
  const bounded = text.length > max ? text.slice(0, max) : text
  // U+0000 is not storable as PostgreSQL text; the raw record keeps it in its escaped spelling.
  const storable = bounded.includes('\0') ? bounded.replaceAll('\0', '\uFFFD') : bounded
  return storable.isWellFormed() ? storable : storable.toWellFormed()
}

/** An own property; never one inherited from Object.prototype. */
export function field(record: JsonObject, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The first of `names` that the record has a value for. */
export function firstField(record: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const value = field(record, name)
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** Text of a scalar (numbers and booleans in their JSON spelling), of a list of scalars joined by spaces; else null. */
export function textOf(value: unknown, max = MAX_TEXT): string | null {
  if (typeof value === 'string') return cleanText(value, max)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.length > 0) {
    const parts = value.slice(0, 100).filter((part) => typeof part === 'string' || typeof part === 'number')
    return parts.length === 0 ? null : cleanText(parts.join(' '), max)
  }
  return null
}

/** A command: longer than other text, and where it is cut it says by how much (see domain/command-text.ts). */
export function commandOf(value: unknown): string | null {
  return typeof value === 'string'
    ? cleanText(boundedCommand(value), Number.POSITIVE_INFINITY)
    : textOf(value)
}

export function textField(record: JsonObject, name: string, max?: number): string | null {
  return textOf(field(record, name), max)
}

/** Longest description of members without a field of their own, in UTF-16 code units. */
const MAX_DESCRIPTION = 4_096

/**
 * `name=value` of each scalar of these members (of nested ones with dots in the name), in this order: what has no field of its own and people
 * should read. Null where there is nothing.
 */
export function described(record: JsonObject, names: readonly string[] = Object.keys(record)): string | null {
  const parts: string[] = []
  let length = 0
  for (const name of names)
    for (const part of scalarsIn(name, field(record, name))) {
      parts.push(part)
      length += part.length
      if (length > MAX_DESCRIPTION) return cleanText(parts.join(', '), MAX_DESCRIPTION)
    }
  return parts.length === 0 ? null : cleanText(parts.join(', '))
}

/** Recursive: how deep a record is nested has a limit before it is read. */
function* scalarsIn(name: string, value: unknown): Generator<string> {
  const text = textOf(value)
  if (text !== null) {
    if (text !== '') yield `${name}=${text}`
  } else if (typeof value === 'object' && value !== null) {
    for (const [inner, each] of Object.entries(value)) yield* scalarsIn(`${name}.${inner}`, each)
  }
}

/** These texts as one message; null where none says anything. */
export function joined(...texts: ReadonlyArray<string | null>): string | null {
  return cleanText(texts.filter(Boolean).join(' · ')) || null
}

/** A nested object, or null. */
export function objectField(record: JsonObject, name: string): JsonObject | null {
  return asObject(field(record, name))
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

/** A list of anything; a missing or odd value is the empty list. */
export function listField(record: JsonObject | null, name: string): readonly unknown[] {
  const value = record ? field(record, name) : undefined
  return Array.isArray(value) ? value : []
}

/** 0..65535 given as number or decimal text; anything else is null, for a port is never worth losing an event. */
export function portOf(value: unknown): number | null {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null
}

export function ipOf(value: unknown): string | null {
  return typeof value === 'string' ? canonicalIp(value.trim()) : null
}

/** A SHA-256 in lower-case hexadecimal, or null. */
export function sha256Of(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : null
}

/** The two things without which nothing is an event: who, and when. */
export interface Origin extends Pick<Event, 'source_ip' | 'occurred_at'> {
  /** Whether the record itself tells when, and not its envelope. */
  tells_time: boolean
}

/**
 * Where and when a record says that it happened. A touch of a canary matters also where nobody knows whose it is: it is of
 * {@link UNKNOWN_SOURCE}, and of now.
 * @param recordTime as the record tells it; where it does not, its envelope may.
 */
export function originOf(sourceIp: unknown, recordTime: unknown, context: SensorContext): Origin | Rejection {
  const source_ip = sourceOf(sourceIp, context)
  if (source_ip instanceof Rejection) return source_ip
  const tells_time = recordTime !== undefined && recordTime !== null && recordTime !== ''
  const time = tells_time ? recordTime : context.envelope?.time
  if (time === undefined || time === null || time === '') {
    if (context.canary !== undefined) return { source_ip, occurred_at: context.received_at, tells_time: true }
    return new Rejection('missing_timestamp', 'the record does not tell when it happened')
  }
  const occurred_at = parseTimestamp(time)
  if (!occurred_at) return new Rejection('invalid_timestamp', `not a time: ${quote(time)}`)
  if (!isPlausible(occurred_at, context.received_at)) {
    return new Rejection(
      'implausible_timestamp',
      `${occurred_at} is before 2000 or more than a day ahead of this server's clock`,
    )
  }
  return { source_ip, occurred_at, tells_time }
}

function sourceOf(value: unknown, { canary }: SensorContext): string | Rejection {
  if (value === undefined || value === null || value === '') {
    if (canary !== undefined) return UNKNOWN_SOURCE
    return new Rejection('missing_source_ip', 'the record names no source address')
  }
  return ipOf(value) ?? new Rejection('invalid_source_ip', `not an IP address: ${quote(value)}`)
}

/**
 * The sensor the record belongs to: proven, declared, configured, that of the envelope, that of the key, or the first of its kind. What names
 * one must be an id of a sensor (see `sensorIdProblem`): a shorter or cleaned spelling could be the id of another sensor.
 */
export function sensorIdOf(
  declared: unknown,
  kind: Event['sensor_kind'],
  context: SensorContext,
): string | Rejection {
  const { sensor_id, default_sensor_id, envelope, own_sensor_id } = context
  if (sensor_id !== undefined) return cleanText(sensor_id, MAX_NAME)
  for (const name of [declared, default_sensor_id, envelope?.host]) {
    if (name === undefined || name === null) continue
    if (typeof name !== 'string' && typeof name !== 'number')
      return new Rejection('invalid_sensor_id', `an id of a sensor is one text, not ${quote(name)}`)
    const text = String(name).trim()
    if (text === '') continue
    const problem = sensorIdProblem(text)
    return problem === null ? text : new Rejection('invalid_sensor_id', `${problem}: ${quote(text)}`)
  }
  return own_sensor_id ?? `${kind}-1`
}

/** A short, printable spelling of hostile input for a reason shown to people. */
function quote(value: unknown): string {
  return cleanText(JSON.stringify(value) ?? String(value), 80)
}
