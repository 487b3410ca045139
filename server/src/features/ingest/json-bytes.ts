/**
 * Finding one's way in JSON without decoding it: its structural characters are ASCII, and no byte of a longer UTF-8 sequence is.
 */

export const NEWLINE = 0x0a
export const QUOTE = 0x22
const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d

export type Span = readonly [from: number, to: number]

/** The lines of a body that hold anything, without surrounding white space. */
export function* linesOf(body: Buffer): Generator<Span> {
  for (let from = 0; from < body.length; ) {
    const newline = body.indexOf(NEWLINE, from)
    const end = newline < 0 ? body.length : newline
    const span = trimmed(body, from, end)
    if (span[0] < span[1]) yield span
    from = end + 1
  }
}

/** Position after the object that starts at `start`. */
export function endOfValue(body: Buffer, start: number): number | null {
  let depth = 0
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === QUOTE) {
      at = endOfString(body, at)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return null
}

/** Deepest nesting; checked before parsing because later stages walk a record recursively. */
export function depthOf(bytes: Buffer): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
    }
  }
  return deepest
}

/** Position of the quote that ends the string starting at `at`, or the end of the body. */
export function endOfString(body: Buffer, at: number): number {
  for (let quote = body.indexOf(QUOTE, at + 1); quote >= 0; quote = body.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0
    while (body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return quote
  }
  return body.length
}

export function trimmed(body: Buffer, from: number, to: number): Span {
  let end = to
  while (end > from && isWhiteSpace(body[end - 1])) end -= 1
  return [Math.min(skipWhiteSpace(body, from), end), end]
}

export function skipWhiteSpace(body: Buffer, from: number): number {
  let at = from
  while (at < body.length && isWhiteSpace(body[at])) at += 1
  return at
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
