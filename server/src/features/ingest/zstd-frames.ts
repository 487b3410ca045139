/** One frame of a Zstandard stream: where it is, and how much it may become. */
export interface ZstdFrame {
  start: number
  end: number
  lastBlock: number
  /** A checksum may follow. */
  lastBlockEnd: number
  /** As its header says, or null where it does not. */
  contentBytes: number | null
  /** Never less than it decompresses to. */
  maxContentBytes: number
}

/** What a decoder has to support as a content encoding, and senders must not exceed (RFC 9659). */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024
/** RFC 8878, 3.1.1.2.4. */
const MAX_BLOCK_BYTES = 128 * 1024
/** A sender may append frame to frame; each costs more than its bytes. */
const MAX_FRAMES = 64

/**
 * The frames of a body (RFC 8878), without decompressing anything; skippable ones are left out.
 * @throws {RangeError} when the body is no Zstandard, is cut off, or asks for more than a server has to give.
 */
export function readZstdFrames(body: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = []
  let at = 0
  for (let count = 0; at < body.length; count += 1) {
    if (count === MAX_FRAMES) throw new RangeError(`it has more than ${MAX_FRAMES} frames`)
    need(body, at + 8)
    const magic = body.readUInt32LE(at)
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + body.readUInt32LE(at + 4)
      need(body, at)
    } else if (magic === 0xfd2fb528) {
      const frame = readFrame(body, at)
      frames.push(frame)
      at = frame.end
    } else throw new RangeError(`there is no frame at byte ${at}`)
  }
  return frames
}

function readFrame(body: Buffer, start: number): ZstdFrame {
  const { firstBlock, windowBytes, contentBytes, hasChecksum } = readHeader(body, start)
  if (windowBytes > MAX_WINDOW_BYTES) {
    throw new RangeError(`its window is ${windowBytes} bytes, and may be ${MAX_WINDOW_BYTES} (RFC 9659)`)
  }
  let maxContentBytes = 0
  for (let at = firstBlock; ; ) {
    need(body, at + 3)
    const header = body.readUIntLE(at, 3)
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === 3 || size > MAX_BLOCK_BYTES) throw new RangeError(`its block at byte ${at} is not valid`)
    const end = at + 3 + (type === 1 ? 1 : size)
    need(body, end)
    maxContentBytes += type === 2 ? MAX_BLOCK_BYTES : size
    if (header & 1) {
      const next = end + (hasChecksum ? 4 : 0)
      need(body, next)
      return { start, end: next, lastBlock: at, lastBlockEnd: end, contentBytes, maxContentBytes }
    }
    at = end
  }
}

/** RFC 8878, 3.1.1.1. */
function readHeader(body: Buffer, start: number) {
  need(body, start + 5)
  const descriptor = body.readUInt8(start + 4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  if (descriptor & 0x08) throw new RangeError('a reserved bit is set')
  if (descriptor & 0x03) throw new RangeError('it needs a dictionary')
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag
  const sizeAt = start + 5 + Number(!isSingleSegment)
  const firstBlock = sizeAt + sizeBytes
  need(body, firstBlock)
  const contentBytes = sizeBytes === 0 ? null : readSize(body, sizeAt, sizeBytes)
  const windowBytes = isSingleSegment ? (contentBytes ?? 0) : windowOf(body.readUInt8(start + 5))
  return { firstBlock, windowBytes, contentBytes, hasChecksum }
}

function readSize(body: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(body.readBigUInt64LE(at))
  return body.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0)
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function need(body: Buffer, end: number): void {
  if (end > body.length) throw new RangeError('it is cut off')
}
