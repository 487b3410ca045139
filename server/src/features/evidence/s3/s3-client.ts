import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { isBrokenCircuitError } from 'cockatiel'
import { type ObjectPage, readObjectPage } from './object-list.js'
import { S3Error, unreachable } from './s3-error.js'
import { createS3Policy, type S3PolicyOptions } from './s3-policy.js'
import { beginningOf, createS3Transport, type S3Bucket, type S3Request } from './s3-transport.js'

export type S3Operation = 'put' | 'head' | 'get' | 'delete' | 'list'

export interface S3ClientOptions extends S3Bucket, S3PolicyOptions {
  /** Longest pause within a request, in milliseconds. */
  timeoutMs: number
  /** Called once for each operation, whatever its retries; `rejected`: the breaker is open, and nothing was sent. */
  onDone: (
    operation: S3Operation,
    outcome: 'succeeded' | 'failed' | 'rejected',
    problem: string | null,
  ) => void
}

/** A file on this disk. */
export interface FileToPut {
  path: string
  bytes: number
  sha256: string
}

/** Objects of one bucket. Everything throws {@link S3Error}. */
export interface S3Client {
  put(key: string, file: FileToPut): Promise<void>
  /** Its size in bytes; null where there is none. */
  size(key: string): Promise<number | null>
  /** Its content, which fails where it breaks off; null where there is none. */
  get(key: string): Promise<Readable | null>
  /** Does no harm where there is none. */
  remove(key: string): Promise<void>
  /** A page of at most `limit` objects in the order of their keys. @param after begins behind this key. */
  list(prefix: string, after: string | null, limit: number): Promise<ObjectPage>
  close(): Promise<void>
}

/** Retries included. Senders wait for 60 s, and are answered before. */
const PUT_MS = 45_000
const REQUEST_MS = 10_000
const MAX_LIST_BYTES = 4 * 1024 * 1024

export function createS3Client(options: S3ClientOptions): S3Client {
  const { send, close } = createS3Transport(options, options.timeoutMs)
  const run = createRunner(options)

  /** The answer without its body; null for an object that is not there. */
  async function headersOf(request: S3Request) {
    const answer = await send(request)
    await answer?.body.dump()
    return answer?.headers ?? null
  }

  return {
    put(key, { path, bytes, sha256 }) {
      const body = { open: () => createReadStream(path), bytes, sha256 }
      const deadline = AbortSignal.timeout(PUT_MS)
      return run('put', async () => {
        // Nothing is missing in a bucket that is there.
        if (!(await headersOf({ method: 'PUT', key, body, deadline })))
          throw new S3Error('it answered 404', { transient: false })
      })
    },
    size(key) {
      const deadline = AbortSignal.timeout(REQUEST_MS)
      return run('head', async () => {
        const headers = await headersOf({ method: 'HEAD', key, deadline })
        return headers === null ? null : Number(headers['content-length'])
      })
    },
    get: (key) =>
      run('get', async () => {
        // Once it has begun, who takes it decides how long it may take; a pause is bounded in any case.
        const answer = await send({ method: 'GET', key })
        return answer?.body ?? null
      }),
    remove(key) {
      const deadline = AbortSignal.timeout(REQUEST_MS)
      return run('delete', async () => void (await headersOf({ method: 'DELETE', key, deadline })))
    },
    list(prefix, after, limit) {
      const query = {
        'list-type': '2',
        prefix,
        'max-keys': String(limit),
        'encoding-type': 'url',
        ...(after !== null && { 'start-after': after }),
      }
      const deadline = AbortSignal.timeout(REQUEST_MS)
      return run('list', async () => {
        const answer = await send({ method: 'GET', key: '', query, deadline })
        return readObjectPage(answer ? await beginningOf(answer.body, MAX_LIST_BYTES) : '')
      })
    },
    close,
  }
}

type Run = <Result>(operation: S3Operation, work: () => Promise<Result>) => Promise<Result>

/** Does work, again where that may help, unless much failed before. */
function createRunner({ onDone, ...options }: S3ClientOptions): Run {
  const policy = createS3Policy(options)
  return async (operation, work) => {
    try {
      const result = await policy.execute(work)
      onDone(operation, 'succeeded', null)
      return result
    } catch (error) {
      if (isBrokenCircuitError(error)) {
        onDone(operation, 'rejected', null)
        throw new S3Error('it failed before, and is left alone for a moment', {
          transient: true,
          cause: error,
        })
      }
      const failure = unreachable(error)
      onDone(operation, 'failed', failure.message)
      throw failure
    }
  }
}
