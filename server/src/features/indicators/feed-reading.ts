import { Readable } from 'node:stream'
import type { Permits } from './permits.js'

/** An answer that is read part by part. Must be read to its end or closed: it holds a permit and a connection. */
export interface FeedReading {
  /** @returns null at the end. */
  next(): Promise<string | null>
  /** Gives everything back; a second time does nothing. */
  close(): Promise<void>
}

/**
 * Begins to read, so that what fails at once is answered as a problem.
 * @throws {FeedsBusyError} when no permit is free in time.
 */
export async function beginReading(
  readers: Permits,
  read: () => AsyncGenerator<string, void>,
): Promise<FeedReading> {
  const release = await readers.wait()
  const parts = read()
  const close = async () => {
    try {
      await parts.return()
    } finally {
      release()
    }
  }
  try {
    let first: IteratorResult<string, void> | null = await parts.next()
    return {
      async next() {
        const part = first ?? (await parts.next())
        first = null
        return part.done ? null : part.value
      },
      close,
    }
  } catch (error) {
    release()
    throw error
  }
}

/**
 * The reading as a stream; parts are made as the client takes them.
 * @param maxMs after which a client that has not taken everything is disconnected, and what it held is given back.
 */
export function streamOf(reading: FeedReading, maxMs: number): Readable {
  const stream = new Readable({
    read() {
      reading.next().then(
        (part) => this.push(part),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, callback) {
      clearTimeout(limit)
      reading.close().then(
        () => callback(error),
        (closing: Error) => callback(error ?? closing),
      )
    },
  })
  const limit = setTimeout(() => stream.destroy(new Error('the client reads too slowly')), maxMs).unref()
  return stream
}
