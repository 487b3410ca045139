const FIRST_BYTES = 1_024

/** Bytes that arrive in parts of any size, and are kept up to a limit. Memory grows with what arrived, not with what was announced. */
export interface GrowingBuffer {
  append(part: Buffer): void
  /** Bytes that were appended, kept or not. */
  size(): number
  /** Gives what is kept and begins anew. */
  take(): Buffer
}

export function createGrowingBuffer(maxBytes: number): GrowingBuffer {
  let buffer = Buffer.alloc(0)
  let kept = 0
  let seen = 0
  return {
    append(part: Buffer): void {
      seen += part.length
      const taken = part.subarray(0, maxBytes - kept)
      const needed = kept + taken.length
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(
          Math.min(maxBytes, Math.max(FIRST_BYTES, needed, buffer.length * 2)),
        )
        buffer.copy(larger, 0, 0, kept)
        buffer = larger
      }
      taken.copy(buffer, kept)
      kept = needed
    },
    size: () => seen,
    take(): Buffer {
      const bytes = buffer.subarray(0, kept)
      buffer = Buffer.alloc(0)
      kept = 0
      seen = 0
      return bytes
    },
  }
}
