import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'

/** A block and its id. */
export interface Block {
  id: number
  content: Buffer
}

/**
 * A pack holds many blocks, compressed together by Brotli (RFC 7932): for each its id (64 bits) and its length in bytes (32 bits), little
 * endian, then its content.
 */
const HEAD_BYTES = 12
/** Of the blocks of a pack, before they are compressed; a single larger block is a pack of its own. */
export const PACK_BYTES = 256 * 1024
/** No commit's texts are larger: what claims to be is damaged. */
const MAX_PACK_BYTES = 64 * 1024 * 1024
/** Higher ones take longer and save little: 620 bytes of Cowrie become 26 with 5 and 26 with 6. */
const QUALITY = 5

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

/** Compresses in a thread of libuv's pool, so that nobody waits for it. */
export async function encodePack(blocks: readonly Block[]): Promise<Buffer> {
  const parts = blocks.flatMap(({ id, content }) => {
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    head.writeBigUInt64LE(BigInt(id), 0)
    head.writeUInt32LE(content.length, 8)
    return [head, content]
  })
  const whole = Buffer.concat(parts)
  return compress(whole, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
    },
  })
}

/** @returns the blocks of a pack by their ids. @throws {Error} when it is damaged. */
export async function decodePack(pack: Buffer): Promise<Map<number, Buffer>> {
  const whole = await decompress(pack, { maxOutputLength: MAX_PACK_BYTES })
  const blocks = new Map<number, Buffer>()
  for (let at = 0; at < whole.length; ) {
    const start = at + HEAD_BYTES
    const end = start + whole.readUInt32LE(at + 8)
    blocks.set(Number(whole.readBigUInt64LE(at)), whole.subarray(start, end))
    at = end
  }
  return blocks
}
