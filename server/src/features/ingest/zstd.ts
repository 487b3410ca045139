import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { type DecodeOptions, decompressedTooLarge } from './decode-limits.js'
import { readZstdFrames, type ZstdFrame } from './zstd-frames.js'

/** The output would be larger than allowed. */
class ZstdTooLargeError extends RangeError {
  override name = 'ZstdTooLargeError'
}

type DecodeFrame = (body: Buffer, frame: ZstdFrame, maxBytes: number) => Promise<Buffer>

/** Node decompresses Zstandard itself from 22.15 on; @types/node 20 does not know it. */
const { zstdDecompress } = zlib as typeof zlib & { zstdDecompress?: typeof zlib.gunzip }
const decodeByThisNode: DecodeFrame | null = zstdDecompress
  ? async (body, { start, end }, maxBytes) => {
      const decode = promisify(zstdDecompress) as (
        frame: Buffer,
        options: { maxOutputLength: number },
      ) => Promise<Buffer>
      // Zero is no limit that zlib takes.
      const decoded = await decode(body.subarray(start, end), {
        maxOutputLength: Math.max(maxBytes, 1),
      }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ERR_BUFFER_TOO_LARGE' ? new ZstdTooLargeError('the output is too large') : error
      })
      if (decoded.length > maxBytes) throw new ZstdTooLargeError('the output is too large')
      return decoded
    }
  : null

const require = createRequire(import.meta.url)

/** A decoder that stands still, or a block made to be slow, ends with its thread. */
const DECODER_TIMEOUT_MS = 5_000
const MARKER_BYTES = 16
const MAX_BLOCK_BYTES = 128 * 1024

/**
 * Decompresses all frames of a body, on every Node alike. What a frame may become is held before it is decompressed, and given back as
 * far as it became less.
 * @throws {PayloadTooLargeError} for more than `maxBytes`.
 * @throws {RangeError} when the body is not valid. @throws {AppError} what `hold` throws.
 */
export async function decodeZstd(
  body: Buffer,
  options: DecodeOptions,
  decodeFrame: DecodeFrame = decodeByThisNode ?? decodeByLibrary,
): Promise<Buffer> {
  try {
    return await decodeFrames(body, options, decodeFrame)
  } catch (error) {
    throw error instanceof ZstdTooLargeError ? decompressedTooLarge(options.maxBytes) : error
  }
}

async function decodeFrames(
  body: Buffer,
  { maxBytes, hold }: DecodeOptions,
  decodeFrame: DecodeFrame,
): Promise<Buffer> {
  const decoded: Buffer[] = []
  let left = maxBytes
  for (const frame of readZstdFrames(body)) {
    if ((frame.contentBytes ?? 0) > left) throw new ZstdTooLargeError('the output is too large')
    const room = Math.min(frame.maxContentBytes, left)
    hold(room)
    const content = await decodeFrame(body, frame, left)
    hold(content.length - room)
    if (frame.contentBytes !== null && frame.contentBytes !== content.length) {
      throw new RangeError('a frame is not as large as its header says')
    }
    decoded.push(content)
    left -= content.length
  }
  const [only] = decoded
  return only && decoded.length === 1 ? only : Buffer.concat(decoded)
}

/** The thread's program. fzstd fills a buffer that it is given without copying its window for every block. */
const DECODER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { frame, library, bytes } = workerData
  try {
    const output = new Uint8Array(bytes)
    require(library).decompress(frame, output)
    parentPort.postMessage(output, [output.buffer])
  } catch (error) {
    parentPort.postMessage(String(error.message))
  }`

/**
 * Decompresses one frame by fzstd in a thread of its own. fzstd does not say how much of the buffer it filled, so a block with
 * a random mark is appended to the frame; it verifies no checksum.
 */
export async function decodeByLibrary(body: Buffer, frame: ZstdFrame, maxBytes: number): Promise<Buffer> {
  const marker = randomBytes(MARKER_BYTES)
  const room = Math.min(frame.maxContentBytes, maxBytes)
  const output = await runDecoder(markedFrame(body, frame, marker), room + MAX_BLOCK_BYTES + MARKER_BYTES)
  const length = typeof output === 'string' ? -1 : output.lastIndexOf(marker)
  if (length > maxBytes || (length < 0 && frame.maxContentBytes > maxBytes)) {
    throw new ZstdTooLargeError('the output is too large')
  }
  if (typeof output === 'string') throw new RangeError(output)
  if (length < 0) throw new RangeError('a frame is longer than its blocks')
  return output.subarray(0, length)
}

/** The frame without size and checksum, with the mark as its last block. */
function markedFrame(body: Buffer, frame: ZstdFrame, marker: Buffer): Buffer {
  const marked = Buffer.concat([body.subarray(frame.start, frame.lastBlockEnd), Buffer.alloc(3), marker])
  const lastBlock = frame.lastBlock - frame.start
  marked.writeUInt8(marked.readUInt8(lastBlock) & 0xfe, lastBlock)
  // A raw block (type 0) of MARKER_BYTES that is the last one.
  marked.writeUIntLE((MARKER_BYTES << 3) | 1, frame.lastBlockEnd - frame.start, 3)
  // No checksum follows.
  marked.writeUInt8(marked.readUInt8(4) & ~0x04, 4)
  return marked
}

/** @returns the buffer, or why there is none. */
function runDecoder(frame: Buffer, bytes: number): Promise<Buffer | string> {
  const library = require.resolve('fzstd')
  const worker = new Worker(DECODER, { eval: true, env: {}, workerData: { frame, library, bytes } })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve(`it takes longer than ${DECODER_TIMEOUT_MS} ms`)
      void worker.terminate()
    }, DECODER_TIMEOUT_MS)
    worker.once('message', (result: Uint8Array | string) =>
      resolve(typeof result === 'string' ? result : Buffer.from(result.buffer)),
    )
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(timer)
      resolve('its decoder ended')
    })
  })
}
