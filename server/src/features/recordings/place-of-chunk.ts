import { MAX_RECORDING_CHUNKS } from '@eviltwin/contract'
import { ConflictError, PayloadTooLargeError } from '../../platform/errors.js'
import { malformed, type ReadyChunk } from './ready-chunk.js'
import type { OpenRecording, RecordingRows } from './writer-store.js'

/**
 * Whether a chunk fits among those that are stored, whose order of arrival does not matter.
 * @param final whether the recording ends with it. @returns whether the same chunk is stored already.
 * @throws {ConflictError} where another chunk has its number, or the recording ends elsewhere. @throws {PayloadTooLargeError} beyond the
 * largest number. @throws {InvalidInputError} where its times are not between those around it.
 */
export async function isStoredAlready(
  rows: Pick<RecordingRows, 'sha256Of' | 'timesAround'>,
  open: OpenRecording & { id: string },
  { row }: ReadyChunk,
  final: boolean,
): Promise<boolean> {
  const known = await rows.sha256Of(open.id, row.n)
  if (known && !known.equals(row.sha256))
    throw new ConflictError(`another chunk ${row.n} of this recording is stored`)
  const { before, behind, highest } = await rows.timesAround(open.id, row.n)
  checkEnd(open, row.n, final, highest)
  if (known) return true
  const problem = problemOfTimes(row, before, behind)
  if (problem !== null) throw malformed(problem)
  return false
}

/** @param highest number of a chunk that is stored; -1: none. */
function checkEnd(
  { final_chunk }: Pick<OpenRecording, 'final_chunk'>,
  n: number,
  final: boolean,
  highest: number,
): void {
  if (n >= MAX_RECORDING_CHUNKS)
    throw new PayloadTooLargeError(`a recording has at most ${MAX_RECORDING_CHUNKS} chunks`)
  if (final_chunk !== null && (n > final_chunk || (final && n !== final_chunk)))
    throw new ConflictError(`the recording ends with chunk ${final_chunk}`)
  if (final && highest > n) throw new ConflictError(`the recording goes on to chunk ${highest}`)
}

/** @param before last time of the chunks before it. @param behind first time of those behind it. */
function problemOfTimes(
  { first_time, last_time }: Pick<ReadyChunk['row'], 'first_time' | 'last_time'>,
  before: number | null,
  behind: number | null,
): string | null {
  if (first_time !== null && before !== null && first_time < before)
    return `the time ${first_time} is before that of an earlier chunk, ${before}`
  if (last_time !== null && behind !== null && last_time > behind)
    return `the time ${last_time} is behind that of a later chunk, ${behind}`
  return null
}
