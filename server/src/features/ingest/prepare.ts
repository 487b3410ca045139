import { createHash } from 'node:crypto'
import { type Event, MAX_SENSOR_ID } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'
import { type KeyBinding, mismatchOf, ownSensorOf } from '../../domain/key-binding.js'
import { millisecondsOf, parseTimestamp, timestampOf } from '../../domain/timestamp.js'
import { atOnce } from '../../domain/turns.js'
import { PayloadTooLargeError } from '../../platform/errors.js'
import { cleanText, normalize, Rejection, type SensorContext } from '../sensors/index.js'
import { NO_KEY, type QuarantineRow, UNKNOWN_KEY } from './commit-rows.js'
import { CONTAINERS, containedIn } from './containers.js'
import type { IdentitiesInUse } from './identities.js'
import type { ReadRecord, WholeRecord } from './read-records.js'

/** Who sends, and what the sender said about the request as a whole. */
export interface Submission {
  request_id: string
  /** W3C Trace Context of the request. */
  traceparent?: string
  /** The sensor to which all of it belongs, whatever the records say. */
  key_sensor_id?: string
  /** Which sensors the sender's key may speak for; left out: any, and canary tokens, for those are how it came. */
  binding?: KeyBinding
  /** The id of the sender's key. */
  key_id?: string
  default_sensor_id?: string
  idempotency_key?: string
  /** The name of the canary by whose way the records came, if they did. */
  canary?: string
  /** Events that its records may make together; left out: any number. */
  max_events?: number
  records: readonly ReadRecord[]
}

type Sender = Pick<Submission, 'key_sensor_id' | 'default_sensor_id' | 'key_id'>

/** A record ready to be written: the events it stands for, or its row of the quarantine. */
export type PreparedRecord =
  | {
      events: readonly Event[]
      /** By the id of each event the one that the other version of identity gives it; absent where only one is in use. */
      otherIds?: ReadonlyMap<string, string>
    }
  | { row: QuarantineRow }

const QUARANTINE_NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17003'

const RECORD_COST = 128
const BYTES_A_CHARACTER = 16

/**
 * Normalizes the records of a submission, for {@link inTurns}. Pure: the time of receipt is given.
 * @throws {PayloadTooLargeError} for more events than `max_events`.
 */
export function* preparingRecords(
  submission: Submission,
  received_at: string,
  identities: IdentitiesInUse = 'current',
): Generator<number, PreparedRecord[]> {
  const { records, max_events = Number.POSITIVE_INFINITY } = submission
  const prepared: PreparedRecord[] = []
  let events = 0
  for (const [index, record] of records.entries()) {
    const each = yield* prepare(record, index, submission, received_at, identities)
    events += 'events' in each ? each.events.length : 0
    // A small record may make a thousand events, so the bytes of a request do not bound them.
    if (events > max_events)
      throw new PayloadTooLargeError(
        `more than ${max_events} events in one request; send fewer records at once, or raise INGEST_MAX_RECORDS`,
      )
    prepared.push(each)
    yield RECORD_COST + ('raw' in record ? record.raw.length / BYTES_A_CHARACTER : 0)
  }
  return prepared
}

function* prepare(
  record: ReadRecord,
  index: number,
  submission: Submission,
  received_at: string,
  identities: IdentitiesInUse,
): Generator<number, PreparedRecord> {
  const { key_sensor_id, default_sensor_id, idempotency_key, canary, binding } = submission
  const own_sensor_id = binding && ownSensorOf(binding)
  if ('rejection' in record) {
    const { bytes, rejection } = record
    return { row: yield* quarantineRow(bytes, rejection, received_at, senderOf(record, submission)) }
  }
  const former_ids = identities === 'current' ? undefined : new Map<string, string>()
  const context: SensorContext = {
    received_at,
    ...(record.envelope && { envelope: record.envelope }),
    ...(former_ids && { former_ids }),
    ...(key_sensor_id !== undefined && { sensor_id: key_sensor_id }),
    ...(default_sensor_id !== undefined && { default_sensor_id }),
    ...(own_sensor_id !== undefined && { own_sensor_id }),
    ...(canary !== undefined && { canary }),
    // One key may cover a batch; its records are told apart by their place in it.
    ...(idempotency_key !== undefined && { idempotency_key: `${idempotency_key}\n${index}` }),
  }
  const events = normalizeWhole(record, context)
  if (events instanceof Rejection)
    return {
      row: yield* quarantineRow(Buffer.from(record.raw), events, received_at, senderOf(record, submission)),
    }
  const inOrder = timeOfRecord(received_at, index)
  for (const each of events) each.received_at = inOrder
  // All events of a record are of one sensor.
  const [event] = events
  const mismatch = event && binding ? mismatchOf(binding, event.sensor_id) : null
  if (event && mismatch !== null) return { row: yield* mismatchRow(record, event, mismatch, submission) }
  return withOtherIds(events, former_ids, identities)
}

/** Containers in containers: what a collector read was itself what a collector wrote. */
const MAX_CONTAINERS = 3

/** A record, or the one that it contains. */
function normalizeWhole(record: WholeRecord, context: SensorContext, depth = 0): Event[] | Rejection {
  const events = normalize(record.json, record.raw, context)
  if (!(events instanceof Rejection) || events.reason !== 'missing_source_ip') return events
  const contained = depth < MAX_CONTAINERS ? containedIn(record) : null
  if (contained === null)
    return new Rejection(events.reason, `${events.detail}, and has no record in ${CONTAINERS.join(', ')}`)
  const { name, record: inner } = contained
  if (inner === null)
    return new Rejection(events.reason, `${events.detail}, and its \`${name}\` is no JSON object`)
  const found = normalizeWhole(
    inner,
    { ...context, ...(inner.envelope && { envelope: inner.envelope }) },
    depth + 1,
  )
  return found instanceof Rejection ? new Rejection(found.reason, `in \`${name}\`: ${found.detail}`) : found
}

/**
 * Records of one body are received a microsecond after each other, so that their order stays known among equal times.
 * @param received_at of the body, to the millisecond. @param index from 0.
 */
function timeOfRecord(received_at: string, index: number): string {
  const milliseconds =
    index < 1000 ? received_at : timestampOf(millisecondsOf(received_at) + Math.floor(index / 1000))
  return `${milliseconds.slice(0, 23)}${String(index % 1000).padStart(3, '0')}Z`
}

/** What the envelope of a record says is kept beside it, for a replay: its sensor as one that its request names, and its time. */
function senderOf(
  { envelope }: ReadRecord,
  { key_sensor_id, key_id, default_sensor_id = textOf(envelope?.host) }: Sender,
): Sender & { envelope_time: string | null } {
  return {
    ...(key_sensor_id !== undefined && { key_sensor_id }),
    ...(key_id !== undefined && { key_id }),
    ...(default_sensor_id !== undefined && { default_sensor_id }),
    envelope_time: parseTimestamp(envelope?.time) ?? null,
  }
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * An event of a sensor for which the key may not speak. It may be an event of that sensor once an administrator allows it: what is no
 * part of its bytes, the sensor and the time that its envelope or its request state, is kept beside them and is part of its identity.
 */
function* mismatchRow(
  { raw, envelope }: WholeRecord,
  { sensor_id, received_at }: Event,
  detail: string,
  submission: Submission,
): Generator<number, QuarantineRow> {
  const { key_id = NO_KEY } = submission
  const mismatch = new Rejection('sensor_mismatch', detail)
  const row = yield* quarantineRow(Buffer.from(raw), mismatch, received_at, submission)
  const envelope_time = parseTimestamp(envelope?.time) ?? null
  const claim = JSON.stringify([mismatch.reason, sensor_id, envelope_time])
  return { ...row, id: quarantineId(key_id, claim, row.sha256.toString('hex')), sensor_id, envelope_time }
}

function withOtherIds(
  events: Event[],
  former_ids: ReadonlyMap<string, string> | undefined,
  identities: IdentitiesInUse,
): PreparedRecord {
  if (!former_ids) return { events }
  if (identities === 'current, checked against former') return { events, otherIds: former_ids }
  const otherIds = new Map<string, string>()
  const renamed = events.map((event) => {
    const id = former_ids.get(event.id) ?? event.id
    otherIds.set(id, event.id)
    return { ...event, id }
  })
  return { events: renamed, otherIds }
}

/** Bytes of each end that are kept of a record that is too large. */
const END_BYTES = 4 * 1024

function* quarantineRow(
  bytes: Buffer,
  { reason, detail }: Rejection,
  received_at: string,
  {
    key_sensor_id,
    default_sensor_id,
    key_id = NO_KEY,
    envelope_time = null,
  }: Sender & {
    envelope_time?: string | null
  },
): Generator<number, QuarantineRow> {
  const sha256 = yield* digestOf(bytes)
  // Whoever may send one record of any size would fill the quarantine, and it could not be replayed anyway.
  const truncated = reason === 'too_large' && bytes.length > 2 * END_BYTES
  // What is too long for an id stays too long, so that a replay does not take the beginning of it for one.
  const sensor_id = key_sensor_id ?? default_sensor_id
  // At another time of its envelope the same text is another record.
  const claim =
    envelope_time === null ? (key_sensor_id ?? '') : JSON.stringify([key_sensor_id, envelope_time])
  return {
    id: quarantineId(key_id, claim, sha256.toString('hex')),
    received_at,
    sensor_id: sensor_id === undefined ? null : cleanText(sensor_id, MAX_SENSOR_ID + 1),
    key_sensor_id: key_sensor_id ?? null,
    key_id,
    reason,
    detail: cleanText(detail, 500),
    times_seen: 1,
    body: truncated ? Buffer.concat([bytes.subarray(0, END_BYTES), bytes.subarray(-END_BYTES)]) : bytes,
    truncated,
    full_size: bytes.length,
    sha256,
    envelope_time,
  }
}

/** Bytes that are hashed in one step. */
const HASHED_BYTES = 256 * 1024

/** SHA-256. */
function* digestOf(bytes: Buffer): Generator<number, Buffer> {
  const hash = createHash('sha256')
  for (let from = 0; from < bytes.length; from += HASHED_BYTES) {
    const part = bytes.subarray(from, from + HASHED_BYTES)
    hash.update(part)
    yield part.length / BYTES_A_CHARACTER
  }
  return hash.digest()
}

/**
 * The same bytes of the same key are the same record, however often a sensor retries; those of another key are another's, so that
 * nobody takes a record out of an honest key's share. Without a key the id is that of release 0.1.0.
 */
function quarantineId(key_id: string, sensor: string, digest: string): string {
  const ofKey = key_id === NO_KEY || key_id === UNKNOWN_KEY ? '' : `${key_id}\n`
  return uuidV5(`${ofKey}${sensor}\n${digest}`, QUARANTINE_NAMESPACE)
}

/** An event that was normalized but that PostgreSQL refuses: a gap in our normalization, so nothing may be lost. */
export function quarantineEvents(events: readonly Event[], error: unknown, key_id: string): QuarantineRow {
  const [event] = events as [Event]
  const rejection = new Rejection(
    'normalization_failed',
    `the database refused it: ${(error as Error).message}`,
  )
  const bytes = Buffer.from(event.raw ?? JSON.stringify(event))
  return atOnce(
    quarantineRow(bytes, rejection, event.received_at, { key_sensor_id: event.sensor_id, key_id }),
  )
}
