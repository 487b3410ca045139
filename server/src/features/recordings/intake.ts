import type { RecordingFormat, StoredRecording } from '@eviltwin/contract'
import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { ConflictError } from '../../platform/errors.js'
import { readingCast, readingChunk, readingTtylog } from './chunks.js'
import { recordingId } from './identity.js'
import { checkSize, costOf, countUse, type RecordingLimits } from './limits.js'
import { holdRecording, type RecordingOwner } from './owner.js'
import { isStoredAlready } from './place-of-chunk.js'
import { type ReadyChunk, readSent, readyChunk, sha256Of, sizeOf } from './ready-chunk.js'
import type { RecordingRows, RecordingWriter } from './writer-store.js'

export interface WholeRecording {
  owner: RecordingOwner
  format: RecordingFormat
  body: Buffer
  /** The size of the terminal, for a format that does not have it. */
  width: number
  height: number
}

export interface SentChunk {
  owner: RecordingOwner
  /** From 0. */
  n: number
  body: Buffer
  final: boolean
}

export interface RecordingIntakeOptions {
  store: RecordingWriter
  limits: RecordingLimits
  sourceOf: SourceOfEvidence
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Stores recordings. Sending the same again does no harm. */
export interface RecordingIntake {
  /**
   * @throws {InvalidInputError} with the place where it is malformed. @throws {ConflictError} where there is another recording or chunk of
   * that name. @throws {PayloadTooLargeError | TooManyRequestsError | StorageFullError} beyond the limits.
   */
  storeWhole(recording: WholeRecording): Promise<StoredRecording>
  /** The same. Chunks may arrive in any order. */
  storeChunk(chunk: SentChunk): Promise<StoredRecording>
}

export function createRecordingIntake({
  store,
  limits,
  sourceOf,
  now,
}: RecordingIntakeOptions): RecordingIntake {
  async function add(rows: RecordingRows, id: string, { chunk, row }: ReadyChunk): Promise<void> {
    await rows.add(id, { chunk: row, stored_bytes: costOf(row), ...sizeOf(chunk) }, new Date(now()))
  }

  return {
    async storeWhole({ owner, format, body, width, height }) {
      const notKept = await answerIfNotKept(sourceOf, owner)
      if (notKept) return notKept
      const size = { width, height, maxBytes: limits.maxRecordingBytes }
      const chunks = await readSent(format === 'asciicast-v2' ? readingCast(body) : readingTtylog(body, size))
      const sha256 = sha256Of(body)
      const ready: ReadyChunk[] = []
      for (const [n, chunk] of chunks.entries()) ready.push(await readyChunk(n, sha256, chunk))
      return store.write(async (rows) => {
        const sentAs = { format, content_sha256: sha256, now: new Date(now()) }
        const held = await holdRecording(rows, owner, sentAs)
        const { id, session_id } = held
        if (!held.is_new) {
          if (held.content_sha256 === null || !held.content_sha256.equals(sha256))
            throw new ConflictError(`there is another recording ${owner.name} of this session`)
          await rows.settle(id, { final_chunk: null, session_id: held.new_session_id })
          return { id, session_id, status: 'duplicate' }
        }
        for (const each of ready) await add(rows, id, each)
        await countUse(
          rows,
          held,
          ready.map(({ row }) => row),
          limits,
        )
        await rows.settle(id, { final_chunk: ready.length - 1, session_id: null })
        return { id, session_id, status: 'stored' }
      })
    },
    async storeChunk({ owner, n, body, final }) {
      const notKept = await answerIfNotKept(sourceOf, owner)
      if (notKept) return notKept
      const ready = await readyChunk(n, sha256Of(body), await readSent(readingChunk(body, n)))
      return store.write(async (rows) => {
        const sentAs = { format: 'asciicast-v2', content_sha256: null, now: new Date(now()) } as const
        const held = await holdRecording(rows, owner, sentAs)
        const { id, session_id, new_session_id } = held
        if (held.content_sha256 !== null)
          throw new ConflictError(`the recording ${owner.name} of this session was sent whole`)
        const isKnown = await isStoredAlready(rows, held, ready, final)
        if (!isKnown) {
          checkSize(held, ready.row.bytes, limits)
          await add(rows, id, ready)
          await countUse(rows, held, [ready.row], limits)
        }
        if (final || new_session_id !== null)
          await rows.settle(id, { final_chunk: final ? n : null, session_id: new_session_id })
        return { id, session_id, status: isKnown ? 'duplicate' : 'stored' }
      })
    },
  }
}

/** What an attack of the platform left is no evidence; it is answered as what is stored already. Null: it is an attacker's. */
async function answerIfNotKept(
  sourceOf: SourceOfEvidence,
  owner: RecordingOwner,
): Promise<StoredRecording | null> {
  if ((await sourceOf(owner)) === 'attacker') return null
  const { sensor_id, session, name } = owner
  return { id: recordingId(sensor_id, session, name), session_id: null, status: 'duplicate' }
}
