import { PayloadTooLargeError } from '../../platform/errors.js'
import { type Envelope, Rejection } from '../sensors/index.js'
import { endOfValue, linesOf, memberSpan, OPEN_BRACE, skipping } from './json-bytes.js'
import { atMost, type ReadLimits, type ReadRecord, readingCost, readRecord } from './read-records.js'
import { asUtf8 } from './utf16.js'

/** Why a body is refused as a whole, in the words of Splunk's answers; nothing of it is stored. */
export class HecDataError extends Error {
  override name = 'HecDataError'

  constructor(
    readonly problem: 'noData' | 'invalidFormat' | 'eventRequired' | 'eventBlank',
    /** Which envelope, from 0. */
    readonly eventNumber: number,
  ) {
    super(problem)
  }
}

/**
 * Reads envelopes of Splunk's HTTP Event Collector, one after another with or without white space between. The event is the record; its own
 * bytes are kept. Where it names no time or sensor, `time` and `host` of the envelope do. For {@link inTurns}, as `readingRecords`.
 * @throws {HecDataError} @throws {PayloadTooLargeError}
 */
export function* readingEnvelopes(sent: Buffer, limits: ReadLimits): Generator<number, ReadRecord[]> {
  const body = yield* asUtf8(sent)
  const records: ReadRecord[] = []
  let at = yield* skipping(body, 0)
  if (at === body.length) throw new HecDataError('noData', 0)
  while (at < body.length) {
    const number = records.length
    if (number === limits.maxRecords) throw tooMany(limits)
    const end = body[at] === OPEN_BRACE ? yield* endOfValue(body, at) : null
    if (end === null) throw new HecDataError('invalidFormat', number)
    records.push(recordOf(body, at, end, number, limits))
    yield readingCost(end - at, limits)
    at = yield* skipping(body, end)
  }
  return records
}

/**
 * Reads /services/collector/raw: every line is a record. For {@link inTurns}.
 * @param envelope what the target of the request says of all of them. @throws {HecDataError} @throws {PayloadTooLargeError}
 */
export function* readingRawLines(
  sent: Buffer,
  limits: ReadLimits,
  envelope: Envelope,
): Generator<number, ReadRecord[]> {
  const body = yield* asUtf8(sent)
  const lines = yield* atMost(limits.maxRecords, linesOf(body))
  if (lines.length === 0) throw new HecDataError('noData', 0)
  const records: ReadRecord[] = []
  for (const [from, to] of lines) {
    records.push({ ...readRecord(body.subarray(from, to), limits), envelope })
    yield readingCost(to - from, limits)
  }
  return records
}

function recordOf(body: Buffer, from: number, to: number, number: number, limits: ReadLimits): ReadRecord {
  const whole = readRecord(body.subarray(from, to), limits)
  if ('rejection' in whole) {
    if (whole.rejection.reason === 'invalid_json') throw new HecDataError('invalidFormat', number)
    return whole
  }
  const { event, time, host } = whole.json as Envelope & { event?: unknown }
  if (event === undefined || event === null) throw new HecDataError('eventRequired', number)
  if (event === '') throw new HecDataError('eventBlank', number)
  const envelope = { ...(time !== undefined && { time }), ...(host !== undefined && { host }) }
  if (typeof event === 'string') return { ...objectIn(readRecord(Buffer.from(event), limits)), envelope }
  const [start, end] = memberSpan(body, from, 'event') ?? [from, to]
  return { ...objectIn({ json: event, raw: body.toString('utf8', start, end) }), envelope }
}

function objectIn(record: ReadRecord): ReadRecord {
  if ('rejection' in record) return record
  const { json, raw } = record
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return record
  return {
    rejection: new Rejection('not_an_object', 'the event is no JSON object'),
    bytes: Buffer.from(raw),
  }
}

function tooMany({ maxRecords }: ReadLimits): PayloadTooLargeError {
  return new PayloadTooLargeError(
    `more than ${maxRecords} records in one request; send fewer, or raise INGEST_MAX_RECORDS`,
  )
}
