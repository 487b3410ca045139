import type { RecordingFrame } from '@eviltwin/contract'
import { countUntil } from './count-until'

/**
 * The events of a recording on two times, both in seconds: the one of the recording, and the one of the player, in which pauses are cut to the
 * idle limit. A position is a time of the player.
 */
export interface Timeline {
  /** Adds what follows what it has. */
  add(frames: readonly RecordingFrame[]): void
  /** @param seconds that a pause lasts at most; null: as long as it did. */
  setIdleLimit(seconds: number | null): void
  event(n: number): RecordingFrame | undefined
  /** Position of the last event. */
  duration(): number
  /** How many events there are up to a position, which counts. */
  countUpTo(position: number): number
  /** The position of the nearest event behind (1) or before (-1) a position; null where there is none. */
  eventBeside(position: number, direction: 1 | -1): number | null
  positionOf(recorded: number): number
  recordedAt(position: number): number
  /** Times of the recording at which a line was ended by a key. */
  lineEnds(): readonly number[]
}

const LINE_END = /[\r\n]/

export function createTimeline(idleLimit: number | null): Timeline {
  const frames: RecordingFrame[] = []
  const lineEnds: number[] = []
  let limit = idleLimit ?? Number.POSITIVE_INFINITY
  /** Of each event. */
  let positions: number[] = []
  /** Seconds of pauses that are left out. */
  let leftOut = 0

  const recordedOf = (n: number) => frames[n]?.[0] ?? 0
  const positionAt = (n: number) => positions[n] ?? 0

  function place(from: number): void {
    for (let n = from; n < frames.length; n += 1) {
      leftOut += Math.max(0, recordedOf(n) - recordedOf(n - 1) - limit)
      positions.push(Math.max(positionAt(n - 1), recordedOf(n) - leftOut))
    }
  }

  /** How many events have a time up to this one. */
  function count(timeOf: (n: number) => number, time: number): number {
    return countUntil(frames.length, timeOf, time)
  }

  return {
    add(more) {
      const from = frames.length
      for (const frame of more) {
        frames.push(frame)
        if (frame[1] === 'i' && LINE_END.test(frame[2])) lineEnds.push(frame[0])
      }
      place(from)
    },
    setIdleLimit(seconds) {
      limit = seconds ?? Number.POSITIVE_INFINITY
      positions = []
      leftOut = 0
      place(0)
    },
    event: (n) => frames[n],
    duration: () => positionAt(frames.length - 1),
    countUpTo: (position) => count(positionAt, position),
    eventBeside(position, direction) {
      if (direction === 1) return positions[count(positionAt, position)] ?? null
      let n = count(positionAt, position) - 1
      while (n >= 0 && positionAt(n) >= position) n -= 1
      return positions[n] ?? null
    },
    positionOf(recorded) {
      const last = count(recordedOf, recorded) - 1
      return positionAt(last) + Math.min(limit, Math.max(0, recorded - recordedOf(last)))
    },
    recordedAt(position) {
      const last = count(positionAt, position) - 1
      return recordedOf(last) + Math.max(0, position - positionAt(last))
    },
    lineEnds: () => lineEnds,
  }
}
