import { createHash } from 'node:crypto'
import { MAX_RECORDING_CHUNKS, type RecordingFormat, type StoredRecording } from '@eviltwin/contract'
import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { sessionId } from '../../domain/identity.js'
import { canonicalIp } from '../../domain/ip-address.js'
import { inTurns } from '../../domain/turns.js'
import {
  ConflictError,
  InvalidInputError,
  PayloadTooLargeError,
  StorageFullError,
  TooManyRequestsError,
  UndecidedEvidenceError,
} from '../../platform/errors.js'
import { type Chunk, readingCast, readingChunk, readingTtylog } from './chunks.js'
import { compress } from './compression.js'
import { recordingId } from './identity.js'
import { MalformedRecordingError } from './malformed.js'
import type { ChunkRow, OpenRecording, RecordingRows, RecordingWriter } from './writer-store.js'

/** Whose recording it is. */
export interface RecordingOwner {
  /** Empty without a key. */
  key_id: string
  sensor_id: string
  /** The sensor's own key of the session. */
  session: string
  /** The sensor's name of the recording. */
  name: string
  source_ip: string | undefined
}

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

export interface RecordingLimits {
  /** Of one recording as asciicast. */
  maxRecordingBytes: number
  /** As stored, with what each chunk and recording costs beside. */
  maxBytesPerKey: number
  maxBytes: number
  maxRecordingsPerKey: number
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

/** What a row costs beside its content. */
const ROW_BYTES = 256
/** The oldest recordings leave with the retention; until then only an administrator can change anything. */
const RETRY_FULL_SECONDS = 600

/** A chunk that was checked, and its compressed content. */
interface ReadyChunk {
  chunk: Chunk
  row: ChunkRow
}

export function createRecordingIntake({
  store,
  limits,
  sourceOf,
  now,
}: RecordingIntakeOptions): RecordingIntake {
  return {
    storeWhole: async (recording) => (await notKept(recording.owner)) ?? storeWhole(recording),
    storeChunk: async (chunk) => (await notKept(chunk.owner)) ?? storeChunk(chunk),
  }

  /** What an attack of the platform left is no evidence; it is answered as what is stored already. Null: it is an attacker's. */
  async function notKept(owner: RecordingOwner): Promise<StoredRecording | null> {
    const source = await sourceOf(owner)
    if (source === 'undecided') throw new UndecidedEvidenceError()
    if (source === 'attacker') return null
    const { sensor_id, session, name } = owner
    return { id: recordingId(sensor_id, session, name), session_id: null, status: 'duplicate' }
  }

  async function storeWhole({
    owner,
    format,
    body,
    width,
    height,
  }: WholeRecording): Promise<StoredRecording> {
    const chunks = await checked(() =>
      inTurns(
        format === 'asciicast-v2'
          ? readingCast(body)
          : readingTtylog(body, { width, height, maxBytes: limits.maxRecordingBytes }),
      ),
    )
    const sha256 = sha256Of(body)
    const ready: ReadyChunk[] = []
    for (const [n, chunk] of chunks.entries()) ready.push(await readyChunk(n, sha256, chunk))
    return store.write(async (rows) => {
      const { id, session_id, open } = await openFor(rows, owner, format, sha256)
      if (!open.is_new) {
        if (open.content_sha256 === null || !open.content_sha256.equals(sha256))
          throw new ConflictError(`there is another recording ${owner.name} of this session`)
        await rows.settle(id, { final_chunk: null, session_id: open.session_id === null ? session_id : null })
        return { id, session_id: open.session_id ?? session_id, status: 'duplicate' }
      }
      for (const each of ready) await add(rows, id, each, each.chunk.content.length)
      await use(rows, open, true, ready)
      await rows.settle(id, { final_chunk: ready.length - 1, session_id: null })
      return { id, session_id, status: 'stored' }
    })
  }

  async function storeChunk({ owner, n, body, final }: SentChunk): Promise<StoredRecording> {
    const chunk = await checked(() => inTurns(readingChunk(body, n)))
    const sha256 = sha256Of(body)
    const ready = await readyChunk(n, sha256, chunk)
    return store.write(async (rows) => {
      const { id, session_id, open } = await openFor(rows, owner, 'asciicast-v2', null)
      if (open.content_sha256 !== null)
        throw new ConflictError(`the recording ${owner.name} of this session was sent whole`)
      const status = await placeChunk(rows, id, open, ready, final)
      const newSession = open.session_id === null ? session_id : null
      if (final || newSession !== null)
        await rows.settle(id, { final_chunk: final ? n : null, session_id: newSession })
      return { id, session_id: open.session_id ?? session_id, status }
    })
  }

  async function placeChunk(
    rows: RecordingRows,
    id: string,
    open: OpenRecording & { is_new: boolean },
    ready: ReadyChunk,
    final: boolean,
  ): Promise<StoredRecording['status']> {
    const { chunk, row } = ready
    const known = await rows.sha256Of(id, row.n)
    if (known && !known.equals(row.sha256))
      throw new ConflictError(`another chunk ${row.n} of this recording is stored`)
    const { before, behind, highest } = await rows.timesAround(id, row.n)
    checkEnd(open, row.n, final, highest)
    if (known) return 'duplicate'
    checkTimes(chunk, before, behind)
    checkSize(open, chunk.content.length)
    await add(rows, id, ready, chunk.content.length)
    await use(rows, open, open.is_new, [ready])
    return 'stored'
  }

  async function openFor(
    rows: RecordingRows,
    { key_id, sensor_id, session, name, source_ip }: RecordingOwner,
    format: RecordingFormat,
    content_sha256: Buffer | null,
  ) {
    const id = recordingId(sensor_id, session, name)
    const address = source_ip === undefined ? null : canonicalIp(source_ip)
    const session_id = address === null ? null : sessionId(sensor_id, session, address)
    const time = new Date(now())
    const recording = {
      id,
      sensor_id,
      session_key: session,
      name,
      session_id,
      key_id,
      format,
      content_sha256,
    }
    return { id, session_id, open: await rows.open({ ...recording, now: time }) }
  }

  async function add(rows: RecordingRows, id: string, { chunk, row }: ReadyChunk, bytes: number) {
    const { header } = chunk
    const growth = {
      chunk: { ...row, bytes },
      stored_bytes: costOf(row) + (row.n === 0 ? ROW_BYTES : 0),
      width: header && inInteger(header.width),
      height: header && inInteger(header.height),
    }
    await rows.add(id, growth, new Date(now()))
  }

  /** Counts what is added for the key of the recording. */
  async function use(
    rows: RecordingRows,
    { key_id }: OpenRecording,
    isNew: boolean,
    added: readonly ReadyChunk[],
  ): Promise<void> {
    const bytes = added.reduce((sum, { row }) => sum + costOf(row) + (row.n === 0 ? ROW_BYTES : 0), 0)
    const { key_recordings, key_bytes, total_bytes } = await rows.use(key_id, isNew ? 1 : 0, bytes)
    if (isNew && key_recordings > limits.maxRecordingsPerKey)
      throw new TooManyRequestsError(
        `this key has ${limits.maxRecordingsPerKey} recordings, which is its limit (RECORDINGS_MAX_PER_KEY)`,
        RETRY_FULL_SECONDS,
      )
    if (key_bytes > limits.maxBytesPerKey)
      throw new TooManyRequestsError(
        `the recordings of this key hold ${limits.maxBytesPerKey} bytes, which is its limit (RECORDINGS_MAX_BYTES_PER_KEY)`,
        RETRY_FULL_SECONDS,
      )
    if (total_bytes > limits.maxBytes)
      throw new StorageFullError('all recordings together are at their limit (RECORDINGS_MAX_BYTES)')
  }

  function checkSize({ bytes }: OpenRecording, more: number): void {
    if (bytes + more > limits.maxRecordingBytes)
      throw new PayloadTooLargeError(
        `the recording is larger than ${limits.maxRecordingBytes} bytes; end it, or raise RECORDING_MAX_BYTES`,
      )
  }
}

/** @throws {InvalidInputError} that names the place. */
async function checked<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof MalformedRecordingError)) throw error
    throw new InvalidInputError(`the recording is malformed: ${error.message}`, [
      { pointer: '', message: error.message },
    ])
  }
}

async function readyChunk(n: number, sha256: Buffer, chunk: Chunk): Promise<ReadyChunk> {
  const { content, first_time, last_time } = chunk
  const compressed = await compress(content)
  return { chunk, row: { n, sha256, content: compressed, bytes: content.length, first_time, last_time } }
}

/** @throws {ConflictError} where the end of the recording is elsewhere. */
function checkEnd({ final_chunk }: OpenRecording, n: number, final: boolean, highest: number): void {
  if (n >= MAX_RECORDING_CHUNKS)
    throw new PayloadTooLargeError(`a recording has at most ${MAX_RECORDING_CHUNKS} chunks`)
  if (final_chunk !== null && (n > final_chunk || (final && n !== final_chunk)))
    throw new ConflictError(`the recording ends with chunk ${final_chunk}`)
  if (final && highest > n) throw new ConflictError(`the recording goes on to chunk ${highest}`)
}

/** @throws {InvalidInputError} where the times of the chunk are not between those around it. */
function checkTimes({ first_time, last_time }: Chunk, before: number | null, behind: number | null): void {
  const problem =
    first_time !== null && before !== null && first_time < before
      ? `the time ${first_time} is before that of an earlier chunk, ${before}`
      : last_time !== null && behind !== null && last_time > behind
        ? `the time ${last_time} is behind that of a later chunk, ${behind}`
        : null
  if (problem !== null)
    throw new InvalidInputError(`the recording is malformed: ${problem}`, [{ pointer: '', message: problem }])
}

function costOf({ content }: ChunkRow): number {
  return content.length + ROW_BYTES
}

function sha256Of(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** As PostgreSQL stores it; clients may claim any size. */
function inInteger(value: number): number {
  return Math.min(value, 2 ** 31 - 1)
}
