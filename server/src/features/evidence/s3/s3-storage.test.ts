import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type S3Failure, type S3Server, startS3Server } from '../../../testing/s3-server.js'
import { createSpool } from '../spool.js'
import type { EvidenceStorage } from '../storage.js'
import { createS3Client, type S3Client, type S3ClientOptions } from './s3-client.js'
import { createS3Storage } from './s3-storage.js'

let directory: string
let server: S3Server
let client: S3Client
let storage: EvidenceStorage
/** What the client says of its operations. */
let done: string[]
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-s3-'))
  server = await startS3Server()
  open()
})
afterEach(async () => {
  await client.close()
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

function open(options: Partial<S3ClientOptions> = {}): void {
  done = []
  client = createS3Client({
    endpoint: server.url,
    bucket: server.bucket,
    ...server.key,
    timeoutMs: 5_000,
    firstPauseMs: 1,
    openMs: 60_000,
    onDone: (operation, outcome) => done.push(`${operation} ${outcome}`),
    ...options,
  })
  storage = createS3Storage(client, createSpool(directory))
}

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const keyOf = (content: Buffer) => `evidence/${hashOf(content)}`

/** Sends a file as the intake does. */
async function store(content: Buffer): Promise<void> {
  const partial = await storage.begin()
  try {
    await partial.write(content.subarray(0, 10))
    await partial.write(content.subarray(10))
    await partial.upload(hashOf(content))
    await partial.keep(hashOf(content))
  } finally {
    await partial.discard()
  }
}

async function bytesOf(content: Readable | null): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of content ?? []) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function listed(): Promise<string[]> {
  const found: string[] = []
  for await (const { sha256 } of storage.list()) found.push(sha256)
  return found
}

const unavailable = (cause: string) =>
  expect.objectContaining({
    name: 'EvidenceStorageUnavailableError',
    status: 503,
    retryAfter: expect.any(Number),
    message: expect.stringContaining(cause),
  })

test('a file is stored, read, listed and removed with signed requests, and nothing of it stays on the disk', async () => {
  const content = randomBytes(300_000)
  await store(content)
  expect(server.objects.get(keyOf(content))?.content.equals(content)).toBe(true)
  expect(readdirSync(directory)).toEqual([])
  expect((await bytesOf(await storage.read(hashOf(content)))).equals(content)).toBe(true)
  expect(await listed()).toEqual([hashOf(content)])
  await storage.remove(hashOf(content))
  await storage.remove(hashOf(content))
  expect(await storage.read(hashOf(content))).toBeNull()
  expect(await listed()).toEqual([])
})

test('a file that the bucket has already is not sent again', async () => {
  const content = randomBytes(1000)
  await store(content)
  await store(content)
  expect(server.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1)
})

test('lists have pages, and leave out objects that are not of the vault', async () => {
  const names = Array.from({ length: 1_001 }, (_, n) => hashOf(Buffer.from(`file ${n}`))).sort()
  for (const name of names) server.objects.set(`evidence/${name}`, { content: Buffer.of(1), modified: 1_000 })
  server.objects.set('evidence/a note & more', { content: Buffer.of(1), modified: 1_000 })
  server.objects.set('another/object', { content: Buffer.of(1), modified: 1_000 })
  expect(await listed()).toEqual(names)
  expect(server.requests).toHaveLength(2)
})

test.each<[string, S3Failure]>([
  ['a server error', { status: 500, code: 'InternalError' }],
  ['a storage that is too busy', { status: 503, code: 'SlowDown' }],
  ['a connection that breaks', 'disconnect'],
])('%s that passes is not noticed by who sends or reads', async (_, failure) => {
  const content = randomBytes(1000)
  server.fail(failure, 2)
  await store(content)
  server.fail(failure, 2)
  expect((await bytesOf(await storage.read(hashOf(content)))).equals(content)).toBe(true)
  expect(done).toEqual(['head succeeded', 'put succeeded', 'head succeeded', 'get succeeded'])
})

test.each<[string, S3Failure, string]>([
  ['a server error', { status: 500, code: 'InternalError' }, '500 InternalError'],
  ['a storage that is too busy', { status: 503, code: 'SlowDown' }, '503 SlowDown'],
  ['a connection that breaks', 'disconnect', 'cannot be reached'],
])('%s that lasts is a storage that is not available', async (_, failure, cause) => {
  server.fail(failure)
  await expect(store(randomBytes(1000))).rejects.toEqual(
    unavailable(failure === 'disconnect' ? cause : 'answered'),
  )
  await expect(storage.read(hashOf(randomBytes(1)))).rejects.toEqual(unavailable(cause))
  // Three attempts each, and no more.
  expect(server.requests).toHaveLength(6)
})

test('a storage that hangs is waited for as long as it may', async () => {
  await client.close()
  open({ timeoutMs: 50 })
  server.fail('hang')
  await expect(store(randomBytes(1000))).rejects.toEqual(unavailable('does not answer in time'))
  expect(done).toEqual(['head failed'])
})

test('a refused key or bucket is not tried again', async () => {
  await client.close()
  open({ secretAccessKey: 'another' })
  await expect(storage.read(hashOf(Buffer.of(1)))).rejects.toEqual(unavailable('403 SignatureDoesNotMatch'))
  await client.close()
  open({ bucket: 'another' })
  await expect(storage.read(hashOf(Buffer.of(1)))).rejects.toEqual(unavailable('404 NoSuchBucket'))
  expect(server.requests).toHaveLength(1)
})

test('after five failures nothing is sent for a while; then one request finds out', async () => {
  await client.close()
  open({ openMs: 100 })
  server.fail({ status: 403, code: 'AccessDenied' })
  const name = hashOf(Buffer.of(1))
  for (let n = 0; n < 5; n += 1) await expect(storage.read(name)).rejects.toThrow('AccessDenied')
  await expect(storage.read(name)).rejects.toEqual(unavailable('left alone'))
  expect([server.requests.length, done.at(-1)]).toEqual([5, 'get rejected'])
  server.fail(null)
  await expect.poll(() => storage.read(name).catch(() => 'open')).toBeNull()
  expect(done.at(-1)).toBe('get succeeded')
})

test.each<S3Failure>(['truncated', 'lost'])(
  'what a storage says to have stored, and is %s, is not kept',
  async (failure) => {
    server.fail(failure)
    await expect(store(randomBytes(1000))).rejects.toEqual(unavailable('does not have the file'))
  },
)

test('an ETag that is not the MD5 of the bytes is taken: encryption and other storages have others', async () => {
  server.fail('wrong-etag')
  const content = randomBytes(1000)
  await store(content)
  expect(server.objects.has(keyOf(content))).toBe(true)
})

test.each<S3Failure>(['truncated', 'exchanged'])('%s bytes are read to no end', async (failure) => {
  const content = randomBytes(200_000)
  await store(content)
  server.fail(failure)
  await expect(bytesOf(await storage.read(hashOf(content)))).rejects.toThrow()
})

test('a reader that leaves ends the request', async () => {
  await client.close()
  open({ timeoutMs: 60_000 })
  const content = randomBytes(2_000_000)
  await store(content)
  server.fail('endless')
  for await (const _ of (await storage.read(hashOf(content))) ?? []) break
  await expect.poll(() => server.open(), { timeout: 10_000 }).toBe(0)
})
