import type { Socket } from 'node:net'
import { createGrowingBuffer } from '../../platform/sockets/growing-buffer.js'

/** A line, or as much of it as is kept. */
export interface Line {
  /** Without LF or CRLF. */
  bytes: Buffer
  /** It was longer than what is kept of it. */
  isCut: boolean
  /** False where the client ended within it. */
  isComplete: boolean
}

/** Takes what a client sends in the units of its protocol, however it arrives. Holds one chunk and what is asked for, and nothing beyond. */
export interface ByteReader {
  /** @param max bytes that are kept; the rest of a longer line is dropped. @returns null at the end. */
  line(max: number): Promise<Line | null>
  /** Exactly so many bytes. Memory grows with what arrives. @returns null where the client ends before. */
  bytes(count: number): Promise<Buffer | null>
  /** Drops so many bytes. @returns false where the client ends before. */
  skip(count: number): Promise<boolean>
  /** Whatever arrives next. @returns null at the end. */
  some(): Promise<Buffer | null>
}

const NOTHING = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d

/** A connection that breaks is an end like any other. */
export function createByteReader(socket: Socket): ByteReader {
  // Nothing flows before it is asked for, whoever else watches the socket.
  socket.on('readable', () => {})
  const chunks = socket[Symbol.asyncIterator]()
  let chunk: Buffer = NOTHING

  async function hasMore(): Promise<boolean> {
    while (chunk.length === 0) {
      const next = await chunks.next().catch(() => ({ done: true as const, value: undefined }))
      if (next.done === true) return false
      chunk = next.value as Buffer
    }
    return true
  }

  function take(count: number): Buffer {
    const part = chunk.subarray(0, count)
    chunk = chunk.subarray(part.length)
    return part
  }

  return {
    async line(max) {
      // One more, for the CR that is not of the line.
      const kept = createGrowingBuffer(max + 1)
      while (await hasMore()) {
        const end = chunk.indexOf(LF)
        kept.append(take(end < 0 ? chunk.length : end))
        if (end < 0) continue
        take(1)
        return lineOf(kept.size(), kept.take(), max, true)
      }
      return kept.size() === 0 ? null : lineOf(kept.size(), kept.take(), max, false)
    },
    async bytes(count) {
      const kept = createGrowingBuffer(count)
      while (kept.size() < count) {
        if (!(await hasMore())) return null
        kept.append(take(count - kept.size()))
      }
      return kept.take()
    },
    async skip(count) {
      let left = count
      while (left > 0) {
        if (!(await hasMore())) return false
        left -= take(left).length
      }
      return true
    },
    async some() {
      return (await hasMore()) ? take(chunk.length) : null
    },
  }
}

function lineOf(size: number, kept: Buffer, max: number, isComplete: boolean): Line {
  const isWhole = size === kept.length
  const text = isWhole && kept.at(-1) === CR ? kept.subarray(0, -1) : kept
  return { bytes: text.subarray(0, max), isCut: !isWhole || text.length > max, isComplete }
}
