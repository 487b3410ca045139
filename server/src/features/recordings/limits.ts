import { PayloadTooLargeError, StorageFullError, TooManyRequestsError } from '../../platform/errors.js'
import type { ChunkRow, OpenRecording, RecordingRows } from './writer-store.js'

export interface RecordingLimits {
  /** Of one recording as asciicast. */
  maxRecordingBytes: number
  /** As stored, with what each chunk and recording costs beside. */
  maxBytesPerKey: number
  maxBytes: number
  maxRecordingsPerKey: number
}

/** What a row costs beside its content. */
const ROW_BYTES = 256
/** The oldest recordings leave with the retention; until then only an administrator can change anything. */
const RETRY_FULL_SECONDS = 600

/** Bytes that a chunk counts for in the use of its key; the first one with its recording. */
export function costOf({ n, content }: Pick<ChunkRow, 'n' | 'content'>): number {
  return content.length + ROW_BYTES + (n === 0 ? ROW_BYTES : 0)
}

/**
 * Counts what is added for the key of a recording.
 * @throws {TooManyRequestsError} beyond what the key may have. @throws {StorageFullError} beyond what all may have.
 */
export async function countUse(
  rows: Pick<RecordingRows, 'use'>,
  { key_id, is_new }: Pick<OpenRecording, 'key_id'> & { is_new: boolean },
  added: readonly ChunkRow[],
  { maxBytes, maxBytesPerKey, maxRecordingsPerKey }: RecordingLimits,
): Promise<void> {
  const bytes = added.reduce((sum, row) => sum + costOf(row), 0)
  const { key_recordings, key_bytes, total_bytes } = await rows.use(key_id, is_new ? 1 : 0, bytes)
  if (is_new && key_recordings > maxRecordingsPerKey)
    throw new TooManyRequestsError(
      `this key has ${maxRecordingsPerKey} recordings, which is its limit (RECORDINGS_MAX_PER_KEY)`,
      RETRY_FULL_SECONDS,
    )
  if (key_bytes > maxBytesPerKey)
    throw new TooManyRequestsError(
      `the recordings of this key hold ${maxBytesPerKey} bytes, which is its limit (RECORDINGS_MAX_BYTES_PER_KEY)`,
      RETRY_FULL_SECONDS,
    )
  if (total_bytes > maxBytes)
    throw new StorageFullError('all recordings together are at their limit (RECORDINGS_MAX_BYTES)')
}

/** @param more bytes that a chunk adds. @throws {PayloadTooLargeError} */
export function checkSize(
  { bytes }: Pick<OpenRecording, 'bytes'>,
  more: number,
  { maxRecordingBytes }: RecordingLimits,
): void {
  if (bytes + more > maxRecordingBytes)
    throw new PayloadTooLargeError(
      `the recording is larger than ${maxRecordingBytes} bytes; end it, or raise RECORDING_MAX_BYTES`,
    )
}
