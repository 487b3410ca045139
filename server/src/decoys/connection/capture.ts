import { createGrowingBuffer } from '../../platform/sockets/growing-buffer.js'

/** How many bytes of files all connections of a decoy may hold together while they arrive. */
export interface CaptureBudget {
  /** @returns whether there is room. */
  take(bytes: number): boolean
  give(bytes: number): void
}

/** What arrives of one file. */
export interface Capture {
  append(part: Buffer): void
  /** Bytes that arrived, kept or not. */
  size(): number
  /** Not everything was kept. */
  isCut(): boolean
  /** What is kept. Nothing is held after that. */
  take(): Buffer
}

export function createCaptureBudget(maxBytes: number): CaptureBudget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > maxBytes) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
    },
  }
}

/** Keeps the first `maxBytes` of a file, as far as the budget has room for them. {@link Capture.take} must be called in the end. */
export function createCapture(budget: CaptureBudget, maxBytes: number): Capture {
  const kept = createGrowingBuffer(maxBytes)
  let keptBytes = 0
  let size = 0
  return {
    append(part) {
      // What follows a gap would not be the file.
      const taken = size === keptBytes ? part.subarray(0, maxBytes - keptBytes) : part.subarray(0, 0)
      size += part.length
      if (!budget.take(taken.length)) return
      kept.append(taken)
      keptBytes += taken.length
    },
    size: () => size,
    isCut: () => size > keptBytes,
    take() {
      budget.give(keptBytes)
      keptBytes = 0
      return kept.take()
    },
  }
}
