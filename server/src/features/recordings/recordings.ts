import type { Page, Recording, RecordingFrame, RecordingFrames } from '@eviltwin/contract'
import { sessionId } from '../../domain/identity.js'
import { inTurns } from '../../domain/turns.js'
import { NotFoundError } from '../../platform/errors.js'
import { readingFrames } from './chunks.js'
import { decompress } from './compression.js'
import type { RecordingReader } from './reader-store.js'
import { sessionKeyIn } from './session-key.js'

/** Recordings as people read them. */
export interface Recordings {
  /** @throws {NotFoundError} for a session that is not there. @throws {InvalidInputError} for a cursor that is none. */
  ofSession(id: string, limit: number, cursor: string | undefined): Promise<Page<Recording>>
  /** The frames of the next chunks. @param after the last chunk that is known; -1 for the beginning. @throws {NotFoundError} */
  frames(id: string, after: number): Promise<RecordingFrames>
  /** The whole recording as asciicast v2, piece by piece. @throws {NotFoundError} */
  export(id: string): Promise<{ recording: Recording; content: AsyncGenerator<Buffer, void> }>
}

export interface RecordingsOptions {
  store: RecordingReader
  /** The first record of a session as its sensor wrote it; null where there is none any more. */
  firstRecord: (session_id: string) => Promise<string | null>
  /** Milliseconds since the epoch. */
  now: () => number
}

const PAGE_CHUNKS = 64
/** Of one answer, and as much as one chunk more. */
const PAGE_BYTES = 512 * 1024
/** A chunk that is missing for so long after the last one is not waited for. */
const GAP_MS = 60_000
const NO_HEADER = Buffer.from('{"version":2,"width":80,"height":24}\n')

export function createRecordings({ store, firstRecord, now }: RecordingsOptions): Recordings {
  async function find(id: string): Promise<Recording> {
    const recording = await store.find(id)
    if (!recording) throw new NotFoundError(`recording ${id} was not found`)
    return recording
  }

  /** Recordings that were sent without an address are of the session in whose records their key is. */
  async function tie(id: string): Promise<void> {
    const session = await store.session(id)
    if (!session) throw new NotFoundError(`session ${id} was not found`)
    const { sensor_id, source_ip } = session
    if (!(await store.hasUntied(sensor_id))) return
    const record = await firstRecord(id)
    const key = record && sessionKeyIn(record, (value) => sessionId(sensor_id, value, source_ip) === id)
    if (key) await store.tie(sensor_id, key, id)
  }

  /** Nothing of it is waited for any more. */
  const isSettled = ({ is_complete, last_received_at }: Recording) =>
    is_complete || now() - Date.parse(last_received_at) > GAP_MS

  async function* contentOf({ id }: Recording): AsyncGenerator<Buffer, void> {
    for (let after = -1; ; ) {
      const chunks = await store.chunksAfter(id, after, PAGE_CHUNKS)
      const picked = pickChunks(chunks, after, true)
      const last = picked.at(-1)
      if (last === undefined) return
      if (after === -1 && picked[0] !== 0) yield NO_HEADER
      for (const { content } of await store.contents(id, picked)) yield await decompress(content)
      after = last
    }
  }

  return {
    async ofSession(id, limit, cursor) {
      await tie(id)
      return store.ofSession(id, limit, cursor)
    },
    async frames(id, after) {
      const recording = await find(id)
      const chunks = await store.chunksAfter(id, after, PAGE_CHUNKS + 1)
      const picked = pickChunks(chunks.slice(0, PAGE_CHUNKS), after, isSettled(recording))
      const next_after = picked.at(-1) ?? after
      const frames: RecordingFrame[] = []
      let started_at: string | null = null
      for (const { n, content } of await store.contents(id, picked)) {
        const read = await inTurns(readingFrames(await decompress(content), n === 0))
        for (const frame of read.frames) frames.push(frame)
        started_at ??= timeOf(read.header?.timestamp ?? null)
      }
      return {
        recording,
        started_at,
        frames,
        next_after,
        has_more: pickChunks(chunks.slice(picked.length), next_after, isSettled(recording)).length > 0,
        missing_chunks: next_after + 1 - (await store.countUpTo(id, next_after)),
      }
    },
    async export(id) {
      const recording = await find(id)
      return { recording, content: contentOf(recording) }
    },
  }
}

/** @param seconds since 1970. */
function timeOf(seconds: number | null): string | null {
  return seconds === null ? null : new Date(Math.floor(seconds) * 1000).toISOString()
}

/**
 * Chunks of one answer: those that follow each other, until they have the bytes of a page; at least one.
 * @param skipsGaps whether those behind a missing one count.
 */
export function pickChunks(
  chunks: ReadonlyArray<{ n: number; bytes: number }>,
  after: number,
  skipsGaps: boolean,
): number[] {
  const picked: number[] = []
  let bytes = 0
  for (const chunk of chunks) {
    const expected = (picked.at(-1) ?? after) + 1
    if (bytes >= PAGE_BYTES || (!skipsGaps && chunk.n !== expected)) break
    picked.push(chunk.n)
    bytes += chunk.bytes
  }
  return picked
}
