/** Lines of a log, as they are sent. */
export interface TakenLines {
  /** NDJSON: lines that hold something, each with its end; empty where there is nothing to send. */
  body: Buffer
  lines: number
  /** Bytes of the log that these lines took, blank ones and padding included. */
  consumed: number
  /** Whether the log goes on in the middle of a line that was too long: its rest is not sent. */
  midLine: boolean
}

/**
 * What to do with a last line that has no end yet: it waits; it is taken if it is a whole JSON object, which nothing can continue; or it is
 * taken, because nobody writes there any more.
 */
export type LastLine = 'waits' | 'if whole' | 'as it is'

/** Far above what a server takes as one record by default (1 MiB), and below what it takes as one request (16 MiB). */
export const MAX_LINE_BYTES = 4 * 1024 * 1024
const MAX_LINES = 1000
const NEWLINE = 0x0a
const SPACE = 0x20
const CLOSE_BRACE = 0x7d
const LINE_END = Buffer.from('\n')

/**
 * Takes at most 1,000 lines from the beginning of `bytes`. Of a line that is longer than {@link MAX_LINE_BYTES} that many bytes are taken,
 * so that the server quarantines them. NUL bytes in front of a line (a log that was truncated under its writer has them) are not part of it.
 * @param midLine whether `bytes` begin in the middle of a line that was too long.
 * @returns null where `bytes` hold no line that can be taken.
 */
export function takeLines(bytes: Buffer, midLine: boolean, lastLine: LastLine): TakenLines | null {
  const taken: Buffer[] = []
  let from = 0
  let lines = 0
  const take = (line: Buffer) => {
    if (isBlank(line)) return
    taken.push(line, LINE_END)
    lines += 1
  }
  if (midLine) {
    const end = bytes.indexOf(NEWLINE)
    if (end < 0) return bytes.length === 0 ? null : result(bytes.length, true)
    from = end + 1
  }
  for (;;) {
    from = afterPadding(bytes, from)
    const end = lines === MAX_LINES ? -1 : bytes.indexOf(NEWLINE, from)
    if (end < 0) break
    take(bytes.subarray(from, Math.min(end, from + MAX_LINE_BYTES)))
    from = end + 1
  }
  if (lines === MAX_LINES) return result(from, false)
  const rest = bytes.subarray(from)
  if (rest.length > MAX_LINE_BYTES) {
    take(rest.subarray(0, MAX_LINE_BYTES))
    return result(from + MAX_LINE_BYTES, true)
  }
  if (lastLine === 'as it is' || (lastLine === 'if whole' && isObject(rest))) {
    take(rest)
    from = bytes.length
  }
  return from === 0 ? null : result(from, false)

  function result(consumed: number, endsMidLine: boolean): TakenLines {
    return { body: Buffer.concat(taken), lines, consumed, midLine: endsMidLine }
  }
}

/**
 * The two halves of a body, cut between lines. @returns null for a single line.
 */
export function halvesOf(body: Buffer): [Buffer, Buffer] | null {
  const middle = body.lastIndexOf(NEWLINE, Math.floor(body.length / 2))
  const cut = middle < 0 ? body.indexOf(NEWLINE) + 1 : middle + 1
  return cut === 0 || cut === body.length ? null : [body.subarray(0, cut), body.subarray(cut)]
}

function afterPadding(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === 0) at += 1
  return at
}

function isBlank(line: Buffer): boolean {
  return !line.some((byte) => byte > SPACE)
}

function isObject(line: Buffer): boolean {
  if (line[line.length - 1] !== CLOSE_BRACE) return false
  try {
    return typeof JSON.parse(line.toString('utf8')) === 'object'
  } catch {
    return false
  }
}
