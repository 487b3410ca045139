import type { RecordingFrame } from '@eviltwin/contract'
import { type CastHeader, type CastLine, createCastReader } from './asciicast.js'
import { MalformedRecordingError } from './malformed.js'
import { createTtylogReader } from './ttylog.js'

/** Some lines of a recording as asciicast v2, and what is known of them. */
export interface Chunk {
  /** Each line with its end. */
  content: Buffer
  header: CastHeader | null
  events: number
  /** Seconds; null where there is no event in it. */
  first_time: number | null
  last_time: number | null
}

/** A whole recording is stored in chunks of so many bytes, or of one line that is longer. */
const CHUNK_BYTES = 128 * 1024
/** Bytes that are read in one step. */
const STEP_BYTES = 16 * 1024
const LINE_END = Buffer.from('\n')

/**
 * Checks one chunk as it was sent, for `inTurns`. @param n its number, from 0; the chunk 0 begins with the header.
 * @throws {MalformedRecordingError}
 */
export function* readingChunk(body: Buffer, n: number): Generator<number, Chunk> {
  const chunk = createChunk()
  const reader = createCastReader({ hasHeader: n === 0 })
  for (const step of stepsOf(body)) {
    for (const line of reader.read(step)) chunk.add(line)
    yield step.length
  }
  for (const line of reader.end()) chunk.add(line)
  return chunk.finish()
}

/** Checks a whole recording in asciicast v2, for `inTurns`. @throws {MalformedRecordingError} */
export function* readingCast(body: Buffer): Generator<number, Chunk[]> {
  const reader = createCastReader({ hasHeader: true })
  const chunks = createChunks()
  for (const step of stepsOf(body)) {
    for (const line of reader.read(step)) chunks.add(line)
    yield step.length
  }
  for (const line of reader.end()) chunks.add(line)
  return chunks.finish()
}

/** The size of the terminal of a ttylog, which does not have it; and how long the recording may become. */
export interface TtylogOptions extends Pick<CastHeader, 'width' | 'height'> {
  /** Bytes as asciicast. */
  maxBytes: number
}

/** Turns a ttylog of Cowrie into asciicast v2, for `inTurns`. @throws {MalformedRecordingError} also where it becomes too long. */
export function* readingTtylog(
  body: Buffer,
  { width, height, maxBytes }: TtylogOptions,
): Generator<number, Chunk[]> {
  const reader = createTtylogReader(maxBytes)
  const chunks = createChunks()
  let bytes = 0
  let hasHeader = false
  const add = (line: CastLine) => {
    bytes += line.bytes.length + 1
    // Control characters are six bytes each in JSON.
    if (bytes > maxBytes)
      throw new MalformedRecordingError('as asciicast', `the recording has more than ${maxBytes} bytes`)
    chunks.add(line)
  }
  const addFrames = (frames: readonly RecordingFrame[]) => {
    const openedAt = reader.openedAt()
    if (!hasHeader && openedAt !== null) {
      hasHeader = true
      const header = { width, height, timestamp: Math.floor(openedAt) }
      add({ bytes: Buffer.from(JSON.stringify({ version: 2, ...header })), header, frame: null })
    }
    for (const frame of frames) add({ bytes: Buffer.from(JSON.stringify(frame)), header: null, frame })
  }
  for (const step of stepsOf(body)) {
    addFrames(reader.read(step))
    yield step.length
  }
  addFrames(reader.end())
  return chunks.finish()
}

/** The header, if there is one, and the events of stored lines, for `inTurns`. */
export function* readingFrames(
  content: Buffer,
  hasHeader: boolean,
): Generator<number, { header: CastHeader | null; frames: RecordingFrame[] }> {
  const reader = createCastReader({ hasHeader })
  let header: CastHeader | null = null
  const frames: RecordingFrame[] = []
  for (const step of stepsOf(content)) {
    for (const line of reader.read(step)) {
      if (line.frame) frames.push(line.frame)
      else header = line.header
    }
    yield step.length
  }
  return { header, frames }
}

function* stepsOf(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; from += STEP_BYTES) yield body.subarray(from, from + STEP_BYTES)
}

function createChunks() {
  const done: Chunk[] = []
  let chunk = createChunk()
  return {
    add(line: CastLine): void {
      if (chunk.bytes() > 0 && chunk.bytes() + line.bytes.length >= CHUNK_BYTES) {
        done.push(chunk.finish())
        chunk = createChunk()
      }
      chunk.add(line)
    },
    finish: () => [...done, chunk.finish()],
  }
}

function createChunk() {
  const parts: Buffer[] = []
  let bytes = 0
  let header: CastHeader | null = null
  let events = 0
  let first: number | null = null
  let last: number | null = null
  return {
    bytes: () => bytes,
    add(line: CastLine): void {
      parts.push(line.bytes, LINE_END)
      bytes += line.bytes.length + 1
      header = line.header ?? header
      if (!line.frame) return
      events += 1
      first ??= line.frame[0]
      last = line.frame[0]
    },
    finish: (): Chunk => ({
      content: Buffer.concat(parts),
      header,
      events,
      first_time: first,
      last_time: last,
    }),
  }
}
