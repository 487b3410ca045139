/** What is decoded in one step, in bytes; even. */
const PART_BYTES = 256 * 1024
const BYTES_A_CHARACTER = 2

/** U+FEFF in UTF-16, by the order of bytes. */
const MARKS: ReadonlyArray<readonly [first: number, second: number, encoding: 'utf-16le' | 'utf-16be']> = [
  [0xff, 0xfe, 'utf-16le'],
  [0xfe, 0xff, 'utf-16be'],
]

/**
 * A body as UTF-8, where it is UTF-16, as tools of Windows write files: told by its byte order mark, or by a NUL behind the brace or bracket that
 * JSON begins with. Any other body as it is. For {@link inTurns}.
 */
export function* asUtf8(body: Buffer): Generator<number, Buffer> {
  const encoding = encodingOf(body)
  if (encoding === null) return body
  const decoder = new TextDecoder(encoding)
  const parts: Buffer[] = []
  for (let from = 0; from < body.length; from += PART_BYTES) {
    const part = body.subarray(from, from + PART_BYTES)
    parts.push(Buffer.from(decoder.decode(part, { stream: from + PART_BYTES < body.length })))
    yield part.length / BYTES_A_CHARACTER
  }
  return Buffer.concat(parts)
}

function encodingOf(body: Buffer): 'utf-16le' | 'utf-16be' | null {
  const marked = MARKS.find(([first, second]) => body[0] === first && body[1] === second)
  if (marked) return marked[2]
  return (body[0] === 0x7b || body[0] === 0x5b) && body[1] === 0 ? 'utf-16le' : null
}
