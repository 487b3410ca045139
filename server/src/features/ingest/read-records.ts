import { isUtf8 } from 'node:buffer'
import { BadRequestError, PayloadTooLargeError } from '../../platform/errors.js'
import { type Envelope, Rejection } from '../sensors/index.js'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  depthOf,
  endOfString,
  endOfValue,
  linesOf,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  type Span,
  skipWhiteSpace,
  trimmed,
} from './json-bytes.js'

/** One record of a request: parsed JSON with its exact text, or bytes and why they are none. */
export type ReadRecord =
  | { json: unknown; raw: string; envelope?: Envelope }
  | { rejection: Rejection; bytes: Buffer }

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
 * works on bytes, valid text or not.
 * @param lines true for NDJSON; otherwise the body is one object, one array, or (sent by mistake) several lines.
 * @throws {BadRequestError} when the body as a whole is not JSON: the sender still has it and is told.
 * @throws {PayloadTooLargeError} for more records than `maxRecords`.
 */
export function readRecords(body: Buffer, lines: boolean, limits: ReadLimits): ReadBody {
  const start = skipWhiteSpace(body, 0)
  if (start === body.length)
    throw new BadRequestError('the body is empty; send a JSON object, an array, or NDJSON lines')
  const valid = isUtf8(body)
  const read = (from: number, to: number) => readRecord(body.subarray(from, to), limits, valid)
  if (lines)
    return { form: 'many', records: spans(linesOf(body), limits).map(([from, to]) => read(from, to)) }
  if (body[start] === OPEN_BRACKET) {
    return {
      form: 'many',
      records: spans(elementsOf(body, start), limits).map(([from, to]) => read(from, to)),
    }
  }
  if (body[start] !== OPEN_BRACE)
    throw new BadRequestError('the body is not a JSON object, an array, or NDJSON lines')
  const end = endOfValue(body, start)
  if (end === null) throw new BadRequestError('the JSON object is truncated: it has no end')
  if (skipWhiteSpace(body, end) === body.length) return { form: 'one', records: [read(start, end)] }
  const newline = body.indexOf(NEWLINE, end)
  if (newline < 0 || skipWhiteSpace(body, end) < newline) {
    throw new BadRequestError(
      'there is something after the JSON object; send an array, or NDJSON with one object a line',
    )
  }
  return { form: 'many', records: spans(linesOf(body), limits).map(([from, to]) => read(from, to)) }
}

function spans(found: Iterable<Span>, { maxRecords }: ReadLimits): Span[] {
  const list: Span[] = []
  for (const span of found) {
    if (list.length === maxRecords)
      throw new PayloadTooLargeError(`more than ${maxRecords} records in one request; send fewer`)
    list.push(span)
  }
  return list
}

/** Parses the bytes of one record. @param valid whether they are known to be UTF-8. */
export function readRecord(bytes: Buffer, limits: ReadLimits, valid = isUtf8(bytes)): ReadRecord {
  const reject = (reason: Rejection['reason'], detail: string) => ({
    rejection: new Rejection(reason, detail),
    bytes,
  })
  if (bytes.length > limits.maxRecordBytes) {
    return reject('too_large', `${bytes.length} bytes; at most ${limits.maxRecordBytes} in one record`)
  }
  if (!valid && !isUtf8(bytes)) return reject('invalid_utf8', 'the record is not UTF-8')
  if (depthOf(bytes) > limits.maxDepth)
    return reject('too_deep', `nested deeper than ${limits.maxDepth} levels`)
  const raw = bytes.toString('utf8')
  try {
    return { json: JSON.parse(raw), raw }
  } catch (error) {
    return reject('invalid_json', error instanceof Error ? error.message.toWellFormed() : 'not JSON')
  }
}

/** The elements of the array that starts at `start`. */
function* elementsOf(body: Buffer, start: number): Generator<Span> {
  let from = start + 1
  let first = true
  for (;;) {
    const end = endOfElement(body, from)
    if (end === null) throw new BadRequestError('the JSON array is truncated: it has no end')
    const span = trimmed(body, from, end)
    const closes = body[end] === CLOSE_BRACKET
    const isEmpty = span[0] >= span[1]
    if (isEmpty && !(first && closes))
      throw new BadRequestError('the JSON array has an empty element: two commas, or one at its end')
    if (!isEmpty) yield span
    if (closes) {
      if (skipWhiteSpace(body, end + 1) < body.length)
        throw new BadRequestError('there is something after the JSON array')
      return
    }
    first = false
    from = end + 1
  }
}

/** Position of the comma or bracket that ends the array element starting at `from`. */
function endOfElement(body: Buffer, from: number): number | null {
  let depth = 0
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === QUOTE) {
      at = endOfString(body, at)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1
    } else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
      return at
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
    }
  }
  return null
}
