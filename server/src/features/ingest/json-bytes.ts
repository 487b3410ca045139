/**
 * Finding one's way in JSON without decoding it: its structural characters are ASCII, and no byte of a longer UTF-8 sequence is.
 */

import { atOnce } from '../../domain/turns.js'

export const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

export type Span = readonly [from: number, to: number]

/** A sender chooses how long things are: whatever goes through a body yields after so many bytes, for {@link inTurns}. */
const PART_BYTES = 128 * 1024
/** What a part costs, in characters that are read: to look at a byte is little. */
const PART_COST = PART_BYTES / 16

/** The lines of a body that hold anything, without surrounding white space; and what looking for them cost. */
export function* linesOf(body: Buffer): Generator<Span | number> {
  let pauseAt = PART_BYTES
  for (let from = 0; from < body.length; ) {
    if (from >= pauseAt) {
      yield PART_COST
      pauseAt = from + PART_BYTES
    }
    const newline = body.indexOf(NEWLINE, from)
    const end = newline < 0 ? body.length : newline
    const span = yield* trimming(body, from, end)
    if (span[0] < span[1]) yield span
    from = end + 1
  }
}

/** Position after the object that starts at `start`. */
export function* endOfValue(body: Buffer, start: number): Generator<number, number | null> {
  const end = yield* endOutsideStrings(body, start, false)
  return end === null ? null : end + 1
}

/**
 * Position of the comma or bracket that ends the array element starting at `from`; null where there is none.
 */
export function endOfElement(body: Buffer, from: number): Generator<number, number | null> {
  return endOutsideStrings(body, from, true)
}

/** Where the value of a member of the object that starts at `start` is; the last one, as JSON.parse takes it. The object is known to be JSON. */
export function memberSpan(body: Buffer, start: number, name: string): Span | null {
  let found: Span | null = null
  let at = skipWhiteSpace(body, start + 1)
  while (body[at] === QUOTE) {
    const keyEnd = endOfString(body, at) + 1
    const key: unknown = JSON.parse(body.toString('utf8', at, keyEnd))
    const from = skipWhiteSpace(body, skipWhiteSpace(body, keyEnd) + 1)
    const to = endOfMember(body, from)
    if (key === name) found = [from, to]
    at = skipWhiteSpace(body, skipWhiteSpace(body, to) + 1)
  }
  return found
}

/** The end of a value within an object that is known to be JSON. */
function endOfMember(body: Buffer, from: number): number {
  const first = body[from]
  if (first === QUOTE) return endOfString(body, from) + 1
  const nested = first === OPEN_BRACE || first === OPEN_BRACKET ? atOnce(endOfValue(body, from)) : null
  if (nested !== null) return nested
  let at = from
  while (at < body.length && body[at] !== COMMA && body[at] !== CLOSE_BRACE) at += 1
  return at
}

/** How a byte outside strings changes the depth, by its value. */
const NESTING = new Int8Array(256)
NESTING[OPEN_BRACE] = NESTING[OPEN_BRACKET] = 1
NESTING[CLOSE_BRACE] = NESTING[CLOSE_BRACKET] = -1

/** Position of the byte that closes the value starting at `from`, or, of an element, of the comma or bracket behind it. */
function* endOutsideStrings(
  body: Buffer,
  from: number,
  isElement: boolean,
): Generator<number, number | null> {
  let depth = 0
  let isString = false
  let pauseAt = from + PART_BYTES
  for (let at = from; at < body.length; at += 1) {
    if (at >= pauseAt) {
      yield PART_COST
      pauseAt = at + PART_BYTES
    }
    if (isString) {
      at = nextQuote(body, at)
      isString = isEscaped(body, at)
      continue
    }
    const byte = body[at] as number
    if (isElement && depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) return at
    const change = NESTING[byte] as number
    depth += change
    if (!isElement && depth === 0 && change < 0) return at
    isString = byte === QUOTE
  }
  return null
}

/** What a record would be to parse: its deepest nesting, and about how many values it has. */
export function shapeOf(bytes: Buffer): { depth: number; values: number } {
  let depth = 0
  let deepest = 0
  let values = 1
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
    } else if (byte === COMMA) {
      values += 1
    }
  }
  return { depth: deepest, values }
}

/** Position of the quote that ends the string starting at `at`, or the end of the body. */
function endOfString(body: Buffer, at: number): number {
  let quote = nextQuote(body, at + 1)
  while (isEscaped(body, quote)) quote = nextQuote(body, quote + 1)
  return quote
}

/** The end of the body where there is none. */
function nextQuote(body: Buffer, from: number): number {
  const quote = body.indexOf(QUOTE, from)
  return quote < 0 ? body.length : quote
}

/** Behind more backslashes than this is the end of a string: no record that has them is short enough to be read. */
const MAX_BACKSLASHES = 1024 * 1024

function isEscaped(body: Buffer, quote: number): boolean {
  if (quote === body.length) return false
  let backslashes = 0
  while (body[quote - 1 - backslashes] === BACKSLASH && backslashes < MAX_BACKSLASHES) backslashes += 1
  return backslashes % 2 === 1
}

/**
 * What is left of a span without what is around it and no part of a record: white space, the NUL bytes that a truncated log is padded with, and
 * in front of it a byte order mark (U+FEFF), which files begin with.
 */
export function* trimming(body: Buffer, from: number, to: number): Generator<number, Span> {
  if (to - from <= PART_BYTES) return trimmed(body, from, to)
  let end = to
  while (end > from) {
    const part = Math.max(from, end - PART_BYTES)
    const [, last] = trimmed(body, part, end)
    if (last > part) return [yield* skipping(body, from, last), last]
    end = part
    yield PART_COST
  }
  return [end, end]
}

/** Position of the first byte that is no white space, NUL or byte order mark, or `to`. */
export function* skipping(body: Buffer, from: number, to = body.length): Generator<number, number> {
  for (let at = from; at < to; at += PART_BYTES) {
    const end = Math.min(to, at + PART_BYTES)
    const found = skipWhiteSpace(body, at, end)
    if (found < end) return found
    if (end < to) yield PART_COST
  }
  return to
}

function trimmed(body: Buffer, from: number, to: number): Span {
  let end = to
  while (end > from && isWhiteSpace(body[end - 1])) end -= 1
  return [skipWhiteSpace(body, from, end), end]
}

function skipWhiteSpace(body: Buffer, from: number, to = body.length): number {
  let at = from
  for (;;) {
    while (at < to && isWhiteSpace(body[at])) at += 1
    if (at + 3 > to || !isByteOrderMark(body, at)) return at
    at += 3
  }
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x00
}

/** U+FEFF in UTF-8. */
function isByteOrderMark(body: Buffer, at: number): boolean {
  return body[at] === 0xef && body[at + 1] === 0xbb && body[at + 2] === 0xbf
}
