import type { FileHandle } from 'node:fs/promises'
import {
  type LastLine,
  MAX_LINE_BYTES,
  type TakenLines,
  takeLines,
} from '../../platform/delivery/take-lines.js'
import { END_BYTES, type Ends, endsWith, fingerprintOf, NO_ENDS, type Position } from './position.js'

/** Where a file was read to. */
export interface Progress {
  offset: number
  midLine: boolean
  ends: Ends
}

/** The lines of one file, from where it was read to. */
export interface LogSource {
  /** The next lines; null where there are none (yet). The same ones again until they are confirmed. */
  next(lastLine: LastLine): Promise<TakenLines | null>
  /** The lines that {@link next} gave are durable elsewhere. */
  confirm(taken: TakenLines): void
  progress(): Progress
  close(): Promise<void>
}

export const BEGINNING: Progress = { offset: 0, midLine: false, ends: NO_ENDS }
const READ_BYTES = 1024 * 1024

/**
 * Lines of a file that may grow, and be truncated, under its reader: whenever bytes were read, what stands before them must still be what
 * was read before. Where it is not, the file is read from its beginning.
 * @param onReplaced called with how far the former content was read.
 */
export function createPlainSource(
  handle: FileHandle,
  start: Progress,
  onReplaced: (former: Progress) => void,
): LogSource {
  let { offset, midLine, ends } = start
  let bytes = NO_ENDS.head

  async function isUnchanged(): Promise<boolean> {
    const { head, tail } = await endsAt(handle, offset)
    return head.equals(ends.head) && tail.equals(ends.tail)
  }

  return {
    async next(lastLine) {
      for (let length = READ_BYTES; ; length = MAX_LINE_BYTES + 1) {
        bytes = await readAt(handle, offset, length)
        if (!(await isUnchanged())) {
          onReplaced({ offset, midLine, ends })
          ;({ offset, midLine, ends } = BEGINNING)
          length = READ_BYTES
          bytes = await readAt(handle, offset, length)
        }
        const isAll = bytes.length < length
        const taken = takeLines(bytes, midLine, isAll ? lastLine : 'waits')
        if (taken || isAll || length > READ_BYTES) return taken
      }
    },
    confirm(taken) {
      ends = endsWith(ends, bytes.subarray(0, taken.consumed))
      offset += taken.consumed
      midLine = taken.midLine
    },
    progress: () => ({ offset, midLine, ends }),
    close: () => handle.close(),
  }
}

/** Where to go on in a file: the furthest of the positions whose content it has. */
export async function findProgress(
  handle: FileHandle,
  size: number,
  positions: readonly Position[],
): Promise<Progress> {
  let best = BEGINNING
  for (const { offset, midLine, fingerprint } of positions) {
    if (offset <= best.offset || offset > size) continue
    const ends = await endsAt(handle, offset)
    if (fingerprintOf(ends) === fingerprint) best = { offset, midLine, ends }
  }
  return best
}

/** Behind the last whole line. */
export async function findEnd(handle: FileHandle, size: number): Promise<Progress> {
  for (let from = size; from > 0; ) {
    const length = Math.min(READ_BYTES, from)
    from -= length
    const newline = (await readAt(handle, from, length)).lastIndexOf('\n')
    if (newline < 0) continue
    const offset = from + newline + 1
    return { offset, midLine: false, ends: await endsAt(handle, offset) }
  }
  return BEGINNING
}

/** The ends of the first `offset` bytes of a file; shorter ones if it has fewer. */
async function endsAt(handle: FileHandle, offset: number): Promise<Ends> {
  const length = Math.min(END_BYTES, offset)
  return { head: await readAt(handle, 0, length), tail: await readAt(handle, offset - length, length) }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  if (length === 0) return NO_ENDS.head
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
