import type { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import { Agent, type Dispatcher, request } from 'undici'
import { refusedBy, unreachable } from './s3-error.js'

/** Where a bucket is, and who asks. */
export interface S3Bucket {
  /** Without a final slash. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Empty: the bucket itself. Letters, digits, `-`, `/`. */
  key: string
  query?: Record<string, string>
  /** Called for each attempt. */
  body?: { open: () => Readable; bytes: number; sha256: string }
  /** Ends it; unset: only pauses are bounded. */
  deadline?: AbortSignal
}

/** What an answer has; its body must be read or destroyed. */
export interface S3Answer {
  headers: Dispatcher.ResponseData['headers']
  body: Dispatcher.ResponseData['body']
}

/** Sends one signed request, once. @returns null where there is no such object. @throws {S3Error} */
export type S3Send = (request: S3Request) => Promise<S3Answer | null>

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const NO_SUCH_KEY = 404
const MAX_ERROR_BYTES = 16 * 1024
const CONNECTIONS = 16

/**
 * Requests of path style (`https://endpoint/bucket/key`), signed with AWS Signature Version 4, with the SHA-256 of the body among what is signed:
 * the storage refuses other bytes, also where the way to it is not encrypted. Redirects are not followed.
 * @param timeoutMs longest pause: to connect, until the beginning of the answer, between two parts of its body.
 */
export function createS3Transport(
  { endpoint, bucket, region, accessKeyId, secretAccessKey }: S3Bucket,
  timeoutMs: number,
): { send: S3Send; close(): Promise<void> } {
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  /** Keys of signatures, of one day each. */
  let keys = new Map<string, ArrayBuffer>()

  async function signed({ method, key, query, body }: S3Request) {
    const url = new URL(key === '' ? `${endpoint}/${bucket}` : `${endpoint}/${bucket}/${key}`)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    if (keys.size > 1) keys = new Map()
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { 'x-amz-content-sha256': body?.sha256 ?? SHA256_OF_NOTHING },
      accessKeyId,
      secretAccessKey,
      service: 's3',
      region,
      cache: keys,
    })
    const { headers } = await signer.sign()
    return { url, headers: Object.fromEntries(headers) }
  }

  return {
    async send(options) {
      const { method, body, deadline } = options
      const { url, headers } = await signed(options)
      const content = body?.open()
      // A request that ends before it begins leaves the body without a listener.
      content?.once('error', () => {})
      try {
        const response = await request(url, {
          dispatcher,
          method,
          headers: { ...headers, ...(body && { 'content-length': String(body.bytes) }) },
          body: content ?? null,
          signal: deadline ?? null,
        })
        const { statusCode } = response
        if (statusCode >= 200 && statusCode < 300) return response
        const code = await codeOf(response.body)
        // A bucket that is not there is a mistake of the configuration, and no missing object.
        if (statusCode === NO_SUCH_KEY && code !== 'NoSuchBucket' && options.key !== '') return null
        throw refusedBy(statusCode, code)
      } catch (error) {
        throw unreachable(error)
      } finally {
        content?.destroy()
      }
    },
    close: () => dispatcher.destroy(),
  }
}

/** What a refusal is called, from the beginning of its body; empty where it has no name. */
async function codeOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  return /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(await beginningOf(body, MAX_ERROR_BYTES))?.[1] ?? ''
}

/** The first bytes of a body as text; the others are not read. @throws what breaks it. */
export async function beginningOf(
  body: AsyncIterable<Buffer> & { destroy(): unknown },
  maxBytes: number,
): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    parts.push(part)
    bytes += part.length
    if (bytes > maxBytes) break
  }
  return Buffer.concat(parts).toString('utf8')
}
