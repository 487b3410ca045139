const SMALLEST_BUFFER_BYTES = 16 * 1024

/** Bytes that arrive in parts. */
export interface ReceivedBytes {
  /** Bytes so far. */
  length(): number
  add(part: Buffer): void
  /** All of them; valid until the next part is added. */
  bytes(): Buffer
}

/**
 * Joins parts as they come: a sender chooses how small they are, and a buffer for each would cost a hundred times its byte.
 * At most twice what was received, or the smallest buffer, is allocated. No step copies more than half of what there is: joining 64 MiB
 * at the end would hold the event loop for 90 ms.
 */
export function createReceivedBytes(): ReceivedBytes {
  let buffer: Buffer = Buffer.alloc(0)
  let used = 0
  return {
    length: () => used,
    add(part: Buffer): void {
      if (used === 0) {
        buffer = part
      } else {
        if (used + part.length > buffer.length) {
          const larger = Buffer.allocUnsafe(Math.max(2 * used, used + part.length, SMALLEST_BUFFER_BYTES))
          buffer.copy(larger, 0, 0, used)
          buffer = larger
        }
        part.copy(buffer, used)
      }
      used += part.length
    },
    bytes: () => buffer.subarray(0, used),
  }
}
