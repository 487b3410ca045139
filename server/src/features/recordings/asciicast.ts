import { TextDecoder } from 'node:util'
import { MAX_RECORDING_CHUNK_BYTES, type RecordingFrame } from '@eviltwin/contract'
import { z } from 'zod'
import { MalformedRecordingError } from './malformed.js'

/** What the platform reads of the header; the stored line keeps everything else. */
export interface CastHeader {
  /** Columns and rows; 0 where the client named none. */
  width: number
  height: number
  /** When the recording began, in seconds since 1970; null where it does not say. */
  timestamp: number | null
}

/** A line of asciicast v2: its bytes without the line end, and what they say. */
export type CastLine =
  | { bytes: Buffer; header: CastHeader; frame: null }
  | { bytes: Buffer; header: null; frame: RecordingFrame }

/**
 * Reads asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a line with a JSON object, then a line with a JSON array for each event.
 * However the bytes are cut, the lines are the same.
 */
export interface CastReader {
  /** @returns the lines that are complete now. @throws {MalformedRecordingError} */
  read(bytes: Buffer): CastLine[]
  /** @returns a last line without its end. @throws {MalformedRecordingError} where the header is missing. */
  end(): CastLine[]
}

const NEWLINE = 0x0a
const MAX_HEADER_BYTES = 16 * 1024
const MAX_LINE_BYTES = MAX_RECORDING_CHUNK_BYTES
/** More than three years: who says so has no clock. */
export const MAX_SECONDS = 1e8
/** The last second of the year 9999. */
const MAX_TIMESTAMP = 253_402_300_799

const Header = z.object({
  version: z.literal(2),
  width: z.int().min(0),
  height: z.int().min(0),
  timestamp: z.number().min(0).max(MAX_TIMESTAMP).nullable().catch(null),
})
const RESIZE = /^\d{1,10}x\d{1,10}$/

/** @param hasHeader whether the first line is the header. */
export function createCastReader({ hasHeader }: { hasHeader: boolean }): CastReader {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let parts: Buffer[] = []
  let held = 0
  let lines = 0
  let time = 0

  function hold(part: Buffer): void {
    held += part.length
    const limit = hasHeader && lines === 0 ? MAX_HEADER_BYTES : MAX_LINE_BYTES
    if (held > limit) fail(`the line is longer than ${limit} bytes`)
    parts.push(part)
  }

  function fail(why: string): never {
    throw new MalformedRecordingError(`line ${lines + 1}`, why)
  }

  function take(): CastLine {
    const bytes = Buffer.concat(parts)
    parts = []
    held = 0
    const value = parseJson(decoder, bytes, fail)
    const line = hasHeader && lines === 0 ? headerLine(bytes, value) : frameLine(bytes, value)
    lines += 1
    return line
  }

  function headerLine(bytes: Buffer, value: unknown): CastLine {
    const header = Header.safeParse(value).data
    if (!header) fail('the header is an object with `version` 2, `width` and `height`')
    const { width, height, timestamp } = header
    return { bytes, header: { width, height, timestamp }, frame: null }
  }

  function frameLine(bytes: Buffer, value: unknown): CastLine {
    const frame = frameOf(value)
    if (typeof frame === 'string') fail(frame)
    if (frame[0] < time) fail(`the time ${frame[0]} is before that of an earlier event, ${time}`)
    time = frame[0]
    return { bytes, header: null, frame }
  }

  return {
    read(bytes) {
      const taken: CastLine[] = []
      for (let from = 0; from < bytes.length; ) {
        const end = bytes.indexOf(NEWLINE, from)
        hold(bytes.subarray(from, end < 0 ? bytes.length : end))
        if (end < 0) break
        taken.push(take())
        from = end + 1
      }
      return taken
    },
    end() {
      const last = held > 0 ? [take()] : []
      if (hasHeader && lines === 0) fail('the header is missing')
      return last
    },
  }
}

/** @param fail is called with why a line is no JSON. */
function parseJson(decoder: TextDecoder, bytes: Buffer, fail: (why: string) => never): unknown {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return fail('the line is not UTF-8')
  }
  try {
    return JSON.parse(text)
  } catch {
    return fail('the line is not JSON')
  }
}

/** @returns the event, or why a value is none. */
function frameOf(value: unknown): RecordingFrame | string {
  if (!Array.isArray(value) || value.length !== 3) return 'an event is an array of time, code and data'
  const [time, code, data] = value as unknown[]
  if (typeof time !== 'number' || !(time >= 0 && time <= MAX_SECONDS))
    return `a time is a number of seconds from 0 to ${MAX_SECONDS}`
  if (code !== 'o' && code !== 'i' && code !== 'm' && code !== 'r') return 'a code is `o`, `i`, `m` or `r`'
  if (typeof data !== 'string') return 'the data of an event is text'
  if (code === 'r' && !RESIZE.test(data)) return 'the data of a resize is columns and rows, such as `80x24`'
  return [time, code, data]
}
