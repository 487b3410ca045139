import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from '../../platform/errors.js'
import { decodeZstd } from './zstd.js'

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(zlib.gunzip) as Decode,
  'x-gzip': promisify(zlib.gunzip) as Decode,
  deflate: promisify(zlib.inflate) as Decode,
  br: promisify(zlib.brotliDecompress) as Decode,
  zstd: decodeZstd,
}

export const SUPPORTED_ENCODINGS = Object.keys(DECODERS).join(', ')

/**
 * Undoes `Content-Encoding`, never producing more than `maxBytes`.
 * @throws {UnsupportedMediaTypeError} for an encoding we do not have, or several. @throws {PayloadTooLargeError}
 * @throws {BadRequestError} when the body is not what the header says.
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  if (name === 'identity' || name === '') return body
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined
  if (!decode)
    throw new UnsupportedMediaTypeError(
      `content-encoding is not supported here; use one of ${SUPPORTED_ENCODINGS}`,
    )
  try {
    return await decode(body, { maxOutputLength: maxBytes })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new PayloadTooLargeError(
        `the body is larger than ${maxBytes} bytes when decompressed; send less at once`,
      )
    }
    throw new BadRequestError(`the body is not valid ${name}: ${message}`)
  }
}
