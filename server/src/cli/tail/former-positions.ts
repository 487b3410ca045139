import { type LogFile, MAX_FILES } from './log-files.js'
import type { Position } from './position.js'

/** Where files were read to that are not followed (any more, or yet): they come back, compressed or under another name. */
export interface FormerPositions {
  /** Null, for a file of which nothing was read, changes nothing. The oldest ones are forgotten beyond a limit. */
  add(position: Position | null): void
  remove(position: Position | null): void
  /** Oldest first. */
  all(): readonly Position[]
  /** Size of a compressed file that was read to its end; null for others. */
  finishedGzipBytes(file: LogFile): number | null
}

const MAX_FORMER = MAX_FILES + 200

/** @param stored those of an earlier process, oldest first. */
export function createFormerPositions(stored: readonly Position[]): FormerPositions {
  let former = stored.slice(-MAX_FORMER)

  function remove(position: Position | null): void {
    if (position) former = former.filter((each) => !isSame(each, position))
  }

  return {
    remove,
    add(position) {
      remove(position)
      if (position) former = [...former, position].slice(-MAX_FORMER)
    },
    all: () => former,
    finishedGzipBytes({ gzip, dev, ino, size }) {
      const isFinished = (each: Position) =>
        each.dev === dev && each.ino === ino && each.finishedGzipBytes === size
      return gzip && former.some(isFinished) ? size : null
    },
  }
}

function isSame(one: Position, other: Position): boolean {
  return (
    one.offset === other.offset &&
    one.fingerprint === other.fingerprint &&
    one.dev === other.dev &&
    one.ino === other.ino
  )
}
