import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import {
  AppError,
  BadRequestError,
  PayloadTooLargeError,
  RequestTimeoutError,
} from '../../platform/errors.js'
import { TYPE_BYTES, typeOf } from './file-type.js'
import type { Partial } from './storage.js'

/** What is known of a file once its last byte was written. */
export interface Arrived {
  sha256: Buffer
  bytes: number
  type: string
}

export interface ArrivingOptions {
  maxBytes: number
  /** Longest time between two parts, in milliseconds. */
  idleMs: number
}

/**
 * Writes a file as it arrives, hashing it; of its bytes, one part is in memory at a time.
 * @throws {PayloadTooLargeError} @throws {RequestTimeoutError} @throws {BadRequestError} where it is too large, stops arriving, or ends early.
 */
export async function writeArriving(
  body: Readable,
  partial: Partial,
  { maxBytes, idleMs }: ArrivingOptions,
): Promise<Arrived> {
  const hash = createHash('sha256')
  const beginning: Buffer[] = []
  let bytes = 0
  for await (const part of partsOf(body, idleMs)) {
    if (bytes + part.length > maxBytes)
      throw new PayloadTooLargeError(
        `the file is larger than ${maxBytes} bytes; leave it out, or raise EVIDENCE_MAX_FILE_BYTES`,
      )
    if (bytes < TYPE_BYTES) beginning.push(part.subarray(0, TYPE_BYTES - bytes))
    hash.update(part)
    bytes += part.length
    await partial.write(part)
  }
  return { sha256: hash.digest(), bytes, type: await typeOf(Buffer.concat(beginning)) }
}

/** The parts of a body. The stream stays as it is when nobody reads on: its sender is answered first. */
async function* partsOf(body: Readable, idleMs: number): AsyncGenerator<Buffer, void> {
  const parts = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>
  for (;;) {
    const next = await within(idleMs, parts.next())
    if (next.done) return
    yield next.value
  }
}

async function within<Part>(idleMs: number, part: Promise<Part>): Promise<Part> {
  let timer: NodeJS.Timeout | undefined
  const idle = new Promise<never>((_resolve, reject) => {
    const error = new RequestTimeoutError(`nothing of the file arrived for ${idleMs / 1000} s; send it again`)
    timer = setTimeout(() => reject(error), idleMs)
  })
  try {
    return await Promise.race([part, idle])
  } catch (error) {
    throw error instanceof AppError ? error : asOfClient(error as Error)
  } finally {
    clearTimeout(timer)
  }
}

/** A body that fails is that of a client that left. */
function asOfClient({ message }: Error): BadRequestError {
  return new BadRequestError(`the file ended before it was complete (${message}); send it again`)
}
