import { type FileHandle, open } from 'node:fs/promises'
import type { LastLine } from '../../platform/delivery/take-lines.js'
import { createGzipSource, findGzipProgress } from './gzip-source.js'
import type { LogFile } from './log-files.js'
import {
  BEGINNING,
  createPlainSource,
  findEnd,
  findProgress,
  type LogSource,
  type Progress,
} from './plain-source.js'
import { fingerprintOf, type Position } from './position.js'

/** One file that is followed, whatever its name is. */
export interface FollowedLog {
  file: LogFile
  /** Null while nothing of it is to be read. */
  source: LogSource | null
  /** Null until it was opened. */
  progress: Progress | null
  /** Size of a compressed file that was read to its end; null for others. */
  finishedGzipBytes: number | null
  /** No path leads to it any more; it is read to its end as long as it is open. */
  isGone: boolean
  /** When lines of it were last delivered, in milliseconds since 1970. */
  movedAt: number
  /** What it was when it was last read in vain. */
  readAs: string
}

/** A file to which nobody has written for so long has got its last line. */
const INACTIVE_MS = 60_000

/** A file that was found and not opened yet. @param finishedGzipBytes its size, where it is compressed and was read to its end. */
export function followedLog(file: LogFile, finishedGzipBytes: number | null): FollowedLog {
  return { file, source: null, progress: null, finishedGzipBytes, isGone: false, movedAt: 0, readAs: '' }
}

/** Null where it was not opened, or nothing of it was read. */
export function positionOf({ file, progress, finishedGzipBytes }: FollowedLog): Position | null {
  if (finishedGzipBytes === null && (!progress || progress.offset === 0)) return null
  const { path, dev, ino } = file
  const { offset, midLine, ends } = progress ?? BEGINNING
  const fingerprint = fingerprintOf(ends)
  const finished = finishedGzipBytes === null ? {} : { finishedGzipBytes }
  return { path, dev, ino, offset, midLine, fingerprint, ...finished }
}

/** Whether nobody seems to write to it any more. */
function isInactive({ file, movedAt }: FollowedLog, now: number): boolean {
  return now - Math.max(file.mtimeMs, movedAt) >= INACTIVE_MS
}

/** What to do with a last line without its end. @param ending whether this process will not come back to it. @param now in milliseconds since 1970. */
export function lastLineOf(log: FollowedLog, ending: boolean, now: number): LastLine {
  if (log.isGone) return ending || isInactive(log, now) ? 'as it is' : 'if whole'
  if (log.file.live) return ending ? 'if whole' : 'waits'
  return isInactive(log, now) ? 'as it is' : 'if whole'
}

/** Whether there may be more to read of it later. @param ending whether this process will not come back to it. @param now in milliseconds since 1970. */
export function mayGrow(log: FollowedLog, ending: boolean, now: number): boolean {
  return log.isGone ? !ending && !isInactive(log, now) : log.file.live
}

/** How a file is opened. */
export interface Opening {
  /** What was read of any file: this one may have been another name, a copy or a compressed copy of it. */
  positions: readonly Position[]
  /** Begin at its end. */
  atEnd: boolean
  /** Called with what was read of a plain file whose content is another one now. */
  onReplaced: (former: Progress) => void
}

/**
 * Opens a file where it was read to. @returns null where its name leads to another file by now; the next pass finds both.
 * @throws {Error} where it cannot be read, or is no complete compressed file.
 */
export async function openLog(file: LogFile, opening: Opening): Promise<LogSource | null> {
  const handle = await open(file.path, 'r')
  try {
    const { dev, ino, size } = await handle.stat()
    if (dev === file.dev && ino === file.ino) return await sourceOf(handle, file, size, opening)
    await handle.close()
    return null
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Closes what is open of a file; it is opened again when there is more to read. */
export async function closeSource(each: FollowedLog): Promise<void> {
  const { source } = each
  each.source = null
  await source?.close()
}

async function sourceOf(
  handle: FileHandle,
  { gzip }: LogFile,
  size: number,
  { positions, atEnd, onReplaced }: Opening,
): Promise<LogSource> {
  if (gzip) return createGzipSource(handle, await findGzipProgress(handle, positions))
  const start = atEnd ? await findEnd(handle, size) : await findProgress(handle, size, positions)
  return createPlainSource(handle, start, onReplaced)
}
