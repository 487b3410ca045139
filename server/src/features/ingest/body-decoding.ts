import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { AppError, BadRequestError, UnsupportedMediaTypeError } from '../../platform/errors.js'
import { createReceivedBytes } from '../../platform/http/received-bytes.js'
import { type DecodeOptions, decompressedTooLarge } from './decode-limits.js'
import { decodeZstd } from './zstd.js'

type Decode = (body: Buffer, options: DecodeOptions) => Promise<Buffer>

/** Output appears in parts of this size; each is counted before the next is made. */
const CHUNK = { chunkSize: 64 * 1024 }

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: (body, options) => decodeByStream(zlib.createGunzip(CHUNK), body, options),
  'x-gzip': (body, options) => decodeByStream(zlib.createGunzip(CHUNK), body, options),
  deflate: (body, options) => decodeByStream(zlib.createInflate(CHUNK), body, options),
  br: (body, options) => decodeByStream(zlib.createBrotliDecompress(CHUNK), body, options),
  zstd: decodeZstd,
}

export const SUPPORTED_ENCODINGS = Object.keys(DECODERS).join(', ')

/** Whether a body has to be decompressed. */
export function isEncoded(encoding: string | undefined): boolean {
  const name = nameOf(encoding)
  return name !== 'identity' && name !== ''
}

/**
 * Undoes `Content-Encoding`; it stops at the first part that is too much.
 * @throws {UnsupportedMediaTypeError} for an encoding we do not have, or several. @throws {PayloadTooLargeError}
 * @throws {BadRequestError} when the body is not what the header says. @throws {AppError} what `hold` throws.
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  options: DecodeOptions,
): Promise<Buffer> {
  const name = nameOf(encoding)
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined
  if (!decode)
    throw new UnsupportedMediaTypeError(
      `content-encoding is not supported here; use one of ${SUPPORTED_ENCODINGS}`,
    )
  try {
    return await decode(body, options)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new BadRequestError(`the body is not valid ${name}: ${(error as Error).message}`)
  }
}

function nameOf(encoding: string | undefined): string {
  return encoding?.trim().toLowerCase() ?? 'identity'
}

/** Leaving the loop by an error destroys the stream, and with it the rest of the work. */
async function decodeByStream(
  stream: Transform,
  body: Buffer,
  { maxBytes, hold }: DecodeOptions,
): Promise<Buffer> {
  const received = createReceivedBytes()
  stream.end(body)
  for await (const part of stream as AsyncIterable<Buffer>) {
    if (received.length() + part.length > maxBytes) throw decompressedTooLarge(maxBytes)
    hold(part.length)
    received.add(part)
  }
  return received.bytes()
}
