import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreatedApiKey, Health, Problem } from '@eviltwin/contract'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { fileInArchive } from '../../../testing/evidence-archive.js'
import { type S3Server, startS3Server } from '../../../testing/s3-server.js'
import { startTestPlatform, type TestPlatform } from '../../../testing/test-platform.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
let s3: S3Server
let api: TestPlatform
let token: string
let dataDir: string

beforeAll(async () => {
  s3 = await startS3Server()
  dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-evidence-s3-'))
  const secretFile = join(dataDir, 'secret')
  writeFileSync(secretFile, `${s3.key.secretAccessKey}\n`)
  api = await startTestPlatform(postgres, {
    environment: {
      DATA_DIR: dataDir,
      EVIDENCE_STORAGE: 's3',
      EVIDENCE_S3_ENDPOINT: s3.url,
      EVIDENCE_S3_BUCKET: s3.bucket,
      EVIDENCE_S3_REGION: s3.key.region,
      EVIDENCE_S3_ACCESS_KEY_ID: s3.key.accessKeyId,
      EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: secretFile,
      EVIDENCE_MAX_FILES_PER_KEY: '2',
    },
  })
  token = await api.login()
})
afterEach(() => s3.fail(null))
afterAll(async () => {
  await api.close()
  await s3.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const keyOf = (content: Buffer) => `evidence/${hashOf(content)}`
async function newKey(): Promise<string> {
  const response = await api.call('/api-keys', {
    method: 'POST',
    as: token,
    body: JSON.stringify({ name: `key ${randomUUID()}`, scopes: ['ingest'], kind: 'sensor' }),
  })
  return ((await response.json()) as CreatedApiKey).key
}
const put = (content: Buffer, as: string) =>
  api.call(`/evidence/files/${hashOf(content)}?sensor=s3-${as.slice(-8)}`, {
    method: 'PUT',
    as,
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  })
const archive = (content: Buffer) => api.call(`/evidence/files/${hashOf(content)}/zip`, { as: token })
const health = async () => (await (await api.call('/health')).json()) as Health
async function unavailable(response: Response): Promise<string> {
  const { type, detail } = (await response.json()) as Problem
  expect([response.status, type, Number(response.headers.get('retry-after')) > 0]).toEqual([
    503,
    '/problems/evidence-storage-unavailable',
    true,
  ])
  return detail
}

test('files are in the bucket and nowhere else, and leave it in an archive', async () => {
  const content = randomBytes(250_000)
  expect((await put(content, await newKey())).status).toBe(201)
  expect(s3.objects.get(keyOf(content))?.content.equals(content)).toBe(true)
  expect(readdirSync(join(dataDir, 'evidence', 'partial'))).toEqual([])
  const received = await fileInArchive(new Uint8Array(await (await archive(content)).arrayBuffer()))
  expect(hashOf(received)).toBe(hashOf(content))
})

test('while the bucket is away, senders and readers are asked to come back, and the health names it', async () => {
  const [held, arriving] = [randomBytes(1000), randomBytes(1001)]
  const key = await newKey()
  expect((await put(held, key)).status).toBe(201)
  s3.fail({ status: 503, code: 'SlowDown' })
  expect(await unavailable(await put(arriving, key))).toContain('503')
  expect(await unavailable(await archive(held))).toContain('503 SlowDown')
  expect(await health()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringContaining('the S3 storage of evidence fails: it answered 503 SlowDown')],
  })
  expect((await api.call('/evidence/files', { as: token })).status).toBe(200)
  s3.fail(null)
  expect((await put(arriving, key)).status).toBe(201)
  expect(await health()).toMatchObject({ status: 'ok', reasons: [] })
  const metrics = await (await api.call('/metrics')).text()
  expect(metrics).toMatch(
    /eviltwin_evidence_storage_requests_total\{[^}]*operation="get",outcome="failed"[^}]*\} 1/,
  )
})

test('an archive whose bytes are not those of the file breaks off', async () => {
  const content = randomBytes(100_000)
  expect((await put(content, await newKey())).status).toBe(201)
  s3.fail('exchanged')
  await expect(archive(content).then((response) => response.arrayBuffer())).rejects.toThrow()
  await expect
    .poll(() => api.logged.find(({ message }) => message === 'File not handed out'))
    .toMatchObject({ cause: expect.stringContaining('has other bytes') })
})

test('a key beyond its share fills no bucket', async () => {
  const key = await newKey()
  for (let n = 0; n < 2; n += 1) expect((await put(randomBytes(100 + n), key)).status).toBe(201)
  const objects = s3.objects.size
  const over = Array.from({ length: 4 }, (_, n) => randomBytes(200 + n))
  const answers = await Promise.all(over.map((content) => put(content, key)))
  expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429])
  expect(s3.objects.size).toBe(objects)
  // Both are seen to be within the share before they are sent, and one of them is not.
  const other = await newKey()
  await put(randomBytes(300), other)
  const both = await Promise.all([put(randomBytes(301), other), put(randomBytes(302), other)])
  expect(both.map(({ status }) => status).sort()).toEqual([201, 429])
  expect(s3.objects.size).toBe(objects + 2)
})

test('a file that is deleted leaves the bucket', async () => {
  const content = randomBytes(400)
  await put(content, await newKey())
  expect((await api.call(`/evidence/files/${hashOf(content)}`, { method: 'DELETE', as: token })).status).toBe(
    204,
  )
  expect(s3.objects.has(keyOf(content))).toBe(false)
})

test('nothing of the secret is logged', () => {
  expect(JSON.stringify(api.logged)).not.toContain(s3.key.secretAccessKey)
})
