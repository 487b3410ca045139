import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'

const brotli = promisify(brotliCompress)
const unbrotli = promisify(brotliDecompress)
/** Higher ones take longer and save little. */
const QUALITY = 5
/** No chunk is larger: what claims to be is damaged. */
const MAX_BYTES = 4 * 1024 * 1024

/** Compresses in a thread of libuv's pool, so that nobody waits for it. */
export function compress(content: Buffer): Promise<Buffer> {
  return brotli(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  })
}

/** @throws {Error} where the bytes are damaged. */
export function decompress(content: Buffer): Promise<Buffer> {
  return unbrotli(content, { maxOutputLength: MAX_BYTES })
}
