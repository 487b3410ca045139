import { PayloadTooLargeError } from '../../platform/errors.js'
import { Rejection, type Envelope as SensorEnvelope } from '../sensors/index.js'
import { endOfValue, linesOf, memberSpan, OPEN_BRACE, skipping } from './json-bytes.js'
import { atMost, type ReadLimits, type ReadRecord, readingCost, readRecord } from './read-records.js'

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

interface Envelope {
  time?: unknown
  host?: unknown
  event?: unknown
}

/**
 * Reads envelopes of Splunk's HTTP Event Collector, one after another with or without white space between. The event is the record; its own
 * bytes are kept. Where it names no time or sensor, `time` and `host` of the envelope do. For {@link inTurns}, as `readingRecords`.
 * @throws {HecDataError} @throws {PayloadTooLargeError}
 */
export function* readingEnvelopes(body: Buffer, limits: ReadLimits): Generator<number, ReadRecord[]> {
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

/** Reads /services/collector/raw: every line is a record. For {@link inTurns}. @throws {HecDataError} @throws {PayloadTooLargeError} */
export function* readingRawLines(
  body: Buffer,
  limits: ReadLimits,
  envelope: SensorEnvelope = {},
): Generator<number, ReadRecord[]> {
  const lines = yield* atMost(limits.maxRecords, linesOf(body))
  if (lines.length === 0) throw new HecDataError('noData', 0)
  const records: ReadRecord[] = []
  for (const [from, to] of lines) {
    const record = readRecord(body.subarray(from, to), limits)
    records.push('raw' in record ? { ...record, envelope } : record)
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
  const { event, time, host } = whole.json as Envelope
  if (event === undefined || event === null) throw new HecDataError('eventRequired', number)
  if (event === '') throw new HecDataError('eventBlank', number)
  if (typeof event === 'string') {
    const text = readRecord(Buffer.from(event), limits)
    return 'rejection' in text ? text : asRecord(text.json, text.raw, time, host)
  }
  const [start, end] = memberSpan(body, from, 'event') ?? [from, to]
  return asRecord(event, body.toString('utf8', start, end), time, host)
}

function asRecord(json: unknown, raw: string, time: unknown, host: unknown): ReadRecord {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return {
      rejection: new Rejection('not_an_object', 'the event is no JSON object'),
      bytes: Buffer.from(raw),
    }
  }
  return {
    json,
    raw,
    envelope: { ...(time !== undefined && { time }), ...(host !== undefined && { host }) },
  }
}

function tooMany({ maxRecords }: ReadLimits): PayloadTooLargeError {
  return new PayloadTooLargeError(`more than ${maxRecords} records in one request; send fewer`)
}
