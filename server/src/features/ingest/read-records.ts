import { isUtf8 } from 'node:buffer'
import { atOnce } from '../../domain/turns.js'
import { BadRequestError, PayloadTooLargeError } from '../../platform/errors.js'
import { type Envelope, Rejection } from '../sensors/index.js'
import {
  CLOSE_BRACKET,
  endOfElement,
  endOfValue,
  linesOf,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  type Span,
  shapeOf,
  skipping,
  trimming,
} from './json-bytes.js'
import { asUtf8 } from './utf16.js'

/** One record of a request: parsed JSON with its exact text, or bytes and why they are none. */
export type ReadRecord = WholeRecord | { rejection: Rejection; bytes: Buffer; envelope?: Envelope }

export interface WholeRecord {
  json: unknown
  raw: string
  envelope?: Envelope
}

/** What a request body holds. `one` is answered like one event, `many` with counts. */
export interface ReadBody {
  form: 'one' | 'many'
  records: ReadRecord[]
}

export interface ReadLimits {
  /** Records in one request. */
  maxRecords: number
  /** Nesting of objects and arrays within a record. */
  maxDepth: number
  /** Bytes of one record. */
  maxRecordBytes: number
}

/**
 * Splits a body into records and parses each by itself, so that one bad record harms no other and every record keeps
 * its exact bytes. Structural characters of JSON are ASCII, and no byte of a longer UTF-8 sequence is, so the split
 * works on bytes, valid text or not. For {@link inTurns}: however long the body is, no step takes more than a few milliseconds.
 * @param lines true for NDJSON; otherwise the body is one object, one array, or (sent by mistake) several lines, or objects one behind the other.
 * @throws {BadRequestError} when the body as a whole is not JSON: the sender still has it, and gets the reason.
 * @throws {PayloadTooLargeError} for more records than `maxRecords`.
 */
export function* readingRecords(
  sent: Buffer,
  lines: boolean,
  limits: ReadLimits,
): Generator<number, ReadBody> {
  const body = yield* asUtf8(sent)
  const start = yield* skipping(body, 0)
  if (start === body.length)
    throw new BadRequestError('the body is empty; send a JSON object, an array, or NDJSON lines')
  const isPretty = lines && (yield* isPrettyPrinted(body, start))
  if (lines && !isPretty) return { form: 'many', records: yield* recordsOfLines(body, limits) }
  if (isPretty && body[start] === OPEN_BRACE)
    return { form: 'many', records: yield* recordsIn(body, objectsOf(body, start, body.length), limits) }
  if (body[start] === OPEN_BRACKET)
    return { form: 'many', records: yield* recordsIn(body, elementsOf(body, start), limits) }
  if (body[start] !== OPEN_BRACE)
    throw new BadRequestError('the body is not a JSON object, an array, or NDJSON lines')
  const end = yield* endOfValue(body, start)
  if (end === null)
    throw new BadRequestError('the JSON object is truncated: it has no end; send the whole object')
  const next = yield* skipping(body, end)
  if (next === body.length) return { form: 'one', records: yield* recordsIn(body, [[start, end]], limits) }
  const newline = body.indexOf(NEWLINE, start)
  const isLine = end <= newline && newline < next
  if (isLine) return { form: 'many', records: yield* recordsOfLines(body, limits) }
  return { form: 'many', records: yield* recordsIn(body, objectsOf(body, start, body.length), limits) }
}

/** The same at once, for bodies that are known to be short. @throws {BadRequestError | PayloadTooLargeError} */
export function readRecords(body: Buffer, lines: boolean, limits: ReadLimits): ReadBody {
  return atOnce(readingRecords(body, lines, limits))
}

/** Whether what is sent as lines is JSON over several lines: no line is a record then. Told by a first line that is but a brace or a bracket. */
function* isPrettyPrinted(body: Buffer, start: number): Generator<number, boolean> {
  if (body[start] !== OPEN_BRACE && body[start] !== OPEN_BRACKET) return false
  const newline = body.indexOf(NEWLINE, start)
  return newline >= 0 && (yield* skipping(body, start + 1, newline)) === newline
}

/** Some collectors write objects without anything between them: a line that is no record may be several. @throws {PayloadTooLargeError} */
function* recordsOfLines(body: Buffer, limits: ReadLimits): Generator<number, ReadRecord[]> {
  const records: ReadRecord[] = []
  for (const [from, to] of yield* atMost(limits.maxRecords, linesOf(body))) {
    const record = readRecord(body.subarray(from, to), limits)
    yield readingCost(to - from, limits)
    const room = limits.maxRecords - records.length
    if (room === 0) throw tooMany(limits.maxRecords)
    const objects = 'rejection' in record ? yield* separateObjects(body, [from, to], room) : []
    if (objects.length < 2) records.push(record)
    else for (const each of yield* recordsIn(body, objects, limits)) records.push(each)
  }
  return records
}

/** The objects of a line that holds nothing else; none where it does. @throws {PayloadTooLargeError} for more than `most`. */
function* separateObjects(body: Buffer, [from, to]: Span, most: number): Generator<number, Span[]> {
  try {
    return yield* atMost(most, objectsOf(body, from, to))
  } catch (error) {
    if (error instanceof BadRequestError) return []
    throw error
  }
}

/** Objects one behind the other, with nothing but white space between them. @throws {BadRequestError} for anything else. */
function* objectsOf(body: Buffer, start: number, to: number): Generator<Span | number> {
  for (let from = start; from < to; ) {
    if (body[from] !== OPEN_BRACE)
      throw new BadRequestError(
        'there is something after the JSON object; send an array, or NDJSON with one object a line',
      )
    const end = yield* endOfValue(body, from)
    if (end === null || end > to)
      throw new BadRequestError('the last JSON object is truncated: it has no end; send the whole object')
    yield [from, end]
    from = yield* skipping(body, end, to)
  }
}

/** All are found before the first is parsed: a body that is refused as a whole costs no more than that. */
function* recordsIn(
  body: Buffer,
  found: Iterable<Span | number>,
  limits: ReadLimits,
): Generator<number, ReadRecord[]> {
  const records: ReadRecord[] = []
  for (const [from, to] of yield* atMost(limits.maxRecords, found)) {
    records.push(readRecord(body.subarray(from, to), limits))
    yield readingCost(to - from, limits)
  }
  return records
}

/** @throws {PayloadTooLargeError} for more spans than that. */
export function* atMost(maxRecords: number, found: Iterable<Span | number>): Generator<number, Span[]> {
  const spans: Span[] = []
  for (const span of found) {
    if (typeof span === 'number') {
      yield span
      continue
    }
    if (spans.length === maxRecords) throw tooMany(maxRecords)
    spans.push(span)
  }
  return spans
}

function tooMany(maxRecords: number): PayloadTooLargeError {
  return new PayloadTooLargeError(
    `more than ${maxRecords} records in one request; send fewer, or raise INGEST_MAX_RECORDS`,
  )
}

const RECORD_COST = 32
const BYTES_A_CHARACTER = 4

/** What reading a record cost, as {@link inTurns} counts it. One that is too large is not read. */
export function readingCost(bytes: number, { maxRecordBytes }: ReadLimits): number {
  return RECORD_COST + (bytes > maxRecordBytes ? 0 : bytes / BYTES_A_CHARACTER)
}

/** The record of each message of a connector, for {@link inTurns}. @param bytesOf what is read of a message. */
export function* readingEach<Message>(
  messages: readonly Message[],
  limits: ReadLimits,
  bytesOf: (message: Message) => Buffer,
  recordOf: (message: Message) => ReadRecord,
): Generator<number, ReadRecord[]> {
  const records: ReadRecord[] = []
  for (const message of messages) {
    records.push(recordOf(message))
    yield readingCost(bytesOf(message).length, limits)
  }
  return records
}

/** Members and elements of one record; as many distinct names take 20 ms to parse. */
const MAX_VALUES = 20_000

/** Parses the bytes of one record. */
export function readRecord(bytes: Buffer, limits: ReadLimits): ReadRecord {
  const reject = (reason: Rejection['reason'], detail: string) => ({
    rejection: new Rejection(reason, detail),
    bytes,
  })
  if (bytes.length > limits.maxRecordBytes) {
    return reject(
      'too_large',
      `${bytes.length} bytes; at most ${limits.maxRecordBytes} in one record (INGEST_MAX_RECORD_BYTES)`,
    )
  }
  if (!isUtf8(bytes)) return reject('invalid_utf8', 'the record is not UTF-8')
  // Before it is parsed: later stages walk a record recursively, and parsing is one step, however long it takes.
  const { depth, values } = shapeOf(bytes)
  if (depth > limits.maxDepth) return reject('too_deep', `nested deeper than ${limits.maxDepth} levels`)
  if (values > MAX_VALUES) return reject('too_large', `more than ${MAX_VALUES} values in one record`)
  const raw = bytes.toString('utf8')
  try {
    return { json: JSON.parse(raw), raw }
  } catch (error) {
    const detail = error instanceof Error ? error.message.toWellFormed() : 'not JSON'
    const mark = raw.indexOf('\ufeff')
    return reject(
      'invalid_json',
      mark < 0 ? detail : `an invisible byte order mark (U+FEFF) is at character ${mark + 1}: ${detail}`,
    )
  }
}

/** The elements of the array that starts at `start`; and what looking for them cost. */
function* elementsOf(body: Buffer, start: number): Generator<Span | number> {
  let from = start + 1
  let first = true
  for (;;) {
    const end = yield* endOfElement(body, from)
    if (end === null)
      throw new BadRequestError('the JSON array is truncated: it has no end; send the whole array')
    const span = yield* trimming(body, from, end)
    const closes = body[end] === CLOSE_BRACKET
    const isEmpty = span[0] >= span[1]
    if (isEmpty && !(first && closes))
      throw new BadRequestError('the JSON array has an empty element: two commas, or one at its end')
    if (!isEmpty) yield span
    if (closes) {
      if ((yield* skipping(body, end + 1)) < body.length)
        throw new BadRequestError('there is text after the JSON array; send one array in each request')
      return
    }
    first = false
    from = end + 1
  }
}
