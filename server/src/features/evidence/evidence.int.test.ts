import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuditEntry,
  type CreatedApiKey,
  EVIDENCE_PASSWORD,
  type EvidenceFile,
  type EvidenceSighting,
  type IngestOne,
  type Page,
  type Problem,
  type StoredEvidence,
} from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../../platform/postgres/database.js'
import { fileInArchive } from '../../testing/evidence-archive.js'
import { silent } from '../../testing/silent.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { createDirectoryStorage } from './directory-storage.js'
import { createEvidenceReader } from './reader-store.js'
import { sweep } from './sweep.js'
import { createEvidenceWriter } from './writer-store.js'

const [postgres] = inject('postgresServers')
if (!postgres) throw new Error('there is a PostgreSQL')
const UNZIP = '/usr/bin/unzip'
const MAX_FILE = 300_000
const DAY_MS = 86_400_000
let api: TestPlatform
let token: string
let dataDir: string
let clock = Date.now()

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-evidence-'))
  api = await startTestPlatform(postgres, {
    environment: {
      DATA_DIR: dataDir,
      EVIDENCE_MAX_FILE_BYTES: String(MAX_FILE),
      EVIDENCE_MAX_BYTES_PER_KEY: '1000000',
      EVIDENCE_MAX_FILES_PER_KEY: '20',
      BODY_IDLE_SECONDS: '0.5',
    },
    now: () => clock,
  })
  token = await api.login()
})
afterAll(async () => {
  await api.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const sessionOf = () => `s-${randomUUID()}`
const newFile = (size = 1000) => randomBytes(size)

async function newKey(sensor_id?: string): Promise<string> {
  const response = await api.call('/api-keys', {
    method: 'POST',
    as: token,
    body: JSON.stringify({ name: `key ${randomUUID()}`, scopes: ['ingest'], kind: 'sensor', sensor_id }),
  })
  return ((await response.json()) as CreatedApiKey).key
}

interface Put {
  key?: string
  as?: string
  type?: string
  query?: Record<string, string>
}
const put = (
  bytes: Buffer,
  { key = SENSOR_KEY, as = hashOf(bytes), type = 'application/octet-stream', query = {} }: Put = {},
) =>
  api.call(
    `/evidence/files/${as}?${new URLSearchParams({ session: sessionOf(), sensor: 'vault-1', ...query })}`,
    { method: 'PUT', as: key, headers: { 'content-type': type }, body: new Uint8Array(bytes) },
  )
async function stored(response: Response): Promise<StoredEvidence & { code: number }> {
  expect([response.status < 300, response.ok ? '' : await response.text()]).toEqual([true, ''])
  return { code: response.status, ...((await response.json()) as StoredEvidence) }
}
const problem = async (response: Response) => {
  const { status, detail } = (await response.json()) as Problem
  return { status, detail }
}
async function read<Answer>(path: string): Promise<Answer> {
  const response = await api.call(path, { as: token })
  expect([path, response.ok ? '' : await response.text()]).toEqual([path, ''])
  return (await response.json()) as Answer
}
const list = (query: Record<string, string>) =>
  read<Page<EvidenceFile>>(`/evidence/files?${new URLSearchParams(query)}`)
const pathOf = (bytes: Buffer) => join(dataDir, 'evidence', hashOf(bytes).slice(0, 2), hashOf(bytes))
const partials = () => readdirSync(join(dataDir, 'evidence', 'partial'))

describe('a file', () => {
  test('is kept by its hash, neither executable nor readable for others, with what its bytes say that it is', async () => {
    const file = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), newFile(5000)])
    const answer = await stored(await put(file, { query: { name: '../../bin/sh\u202e.txt' } }))
    expect(answer).toEqual({
      code: 201,
      sha256: hashOf(file),
      bytes: file.length,
      type: 'application/x-elf',
      session_id: null,
      status: 'stored',
    })
    expect(statSync(pathOf(file)).mode & 0o777).toBe(0o600)
    expect(partials()).toEqual([])
    const { items } = await read<Page<EvidenceSighting>>(`/evidence/files/${hashOf(file)}/sightings`)
    expect(items.map(({ name, sensor_id }) => [name, sensor_id])).toEqual([
      ['../../bin/sh\u202e.txt', 'vault-1'],
    ])
  })

  test('that is sent again is the same, seen once more; the same sighting is one', async () => {
    const file = newFile()
    const query = { session: sessionOf(), name: 'a' }
    expect((await stored(await put(file, { query }))).code).toBe(201)
    expect(await stored(await put(file, { query }))).toMatchObject({ code: 200, status: 'duplicate' })
    await stored(await put(file, { query: { ...query, session: sessionOf() } }))
    expect(await read<EvidenceFile>(`/evidence/files/${hashOf(file)}`)).toMatchObject({ sightings: 2 })
  })

  test('that several send at the same time is kept once', async () => {
    const file = newFile(200_000)
    const key = await newKey('vault-2')
    const answers = await Promise.all(
      [SENSOR_KEY, key, SENSOR_KEY].map(async (each, n) =>
        stored(await put(file, { key: each, query: { sensor: n === 1 ? 'vault-2' : 'vault-1' } })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual(['duplicate', 'duplicate', 'stored'])
    expect(hashOf(await readBack(file))).toBe(hashOf(file))
    expect(partials()).toEqual([])
  })

  test('with another hash, media type or sensor is refused, and nothing of it stays', async () => {
    const file = newFile()
    expect(await problem(await put(file, { as: hashOf(newFile()) }))).toEqual({
      status: 422,
      detail: expect.stringContaining(`the SHA-256 ${hashOf(file)}`),
    })
    expect(await problem(await put(file, { type: 'text/html' }))).toMatchObject({ status: 415 })
    expect(await problem(await put(file, { as: 'ABC' }))).toMatchObject({ status: 422 })
    expect(await problem(await put(file, { key: 'a stranger' }))).toMatchObject({ status: 401 })
    expect((await api.call(`/evidence/files/${hashOf(file)}`, { as: SENSOR_KEY })).status).toBe(401)
    expect(partials()).toEqual([])
  })

  test('of a key that an operator gave to a sensor is that of this sensor, whatever is stated', async () => {
    const file = newFile()
    await stored(await put(file, { key: await newKey('vault-3'), query: { sensor: 'vault-1' } }))
    const { items } = await read<Page<EvidenceSighting>>(`/evidence/files/${hashOf(file)}/sightings`)
    expect(items.map(({ sensor_id }) => sensor_id)).toEqual(['vault-3'])
  })

  test('belongs to the session of its key, with an address at once and without one once the session is there', async () => {
    const [session, file, other] = [sessionOf(), newFile(), newFile()]
    const event = {
      sensor_id: 'vault-1',
      session_id: session,
      source_ip: '203.0.113.9',
      occurred_at: new Date(clock).toISOString(),
      event_type: 'file_upload',
      file_sha256: hashOf(file),
    }
    const { session_id } = (await (await api.send(JSON.stringify(event))).json()) as IngestOne
    const query = { session, source_ip: '203.0.113.9' }
    expect(await stored(await put(file, { query }))).toMatchObject({ session_id })
    expect(await stored(await put(other, { query: { session } }))).toMatchObject({ session_id: null })
    const { items } = await list({ session_id })
    expect(items.map(({ sha256 }) => sha256).sort()).toEqual([hashOf(file), hashOf(other)].sort())
  })
})

describe('limits', () => {
  test('a file of the largest size is kept, one byte more is not, announced or not', async () => {
    expect((await stored(await put(newFile(MAX_FILE)))).code).toBe(201)
    expect(await problem(await put(newFile(MAX_FILE + 1)))).toMatchObject({ status: 413 })
    const unannounced = await sendPart(newFile(MAX_FILE + 1), 'transfer-encoding: chunked')
    expect(unannounced).toContain('413')
    expect(partials()).toEqual([])
  })

  test('a body that stops arriving is given up, and nothing of it stays', async () => {
    expect(await sendPart(newFile(100), 'content-length: 1000')).toContain('408')
    expect(partials()).toEqual([])
  })

  test('a key over its share is refused, and no other one', async () => {
    const key = await newKey('greedy')
    for (let n = 0; n < 3; n += 1)
      await stored(await put(newFile(MAX_FILE), { key, query: { sensor: 'greedy' } }))
    const over = newFile(MAX_FILE)
    expect(await problem(await put(over, { key, query: { sensor: 'greedy' } }))).toEqual({
      status: 429,
      detail: expect.stringContaining('EVIDENCE_MAX_BYTES_PER_KEY'),
    })
    expect(existsSync(pathOf(over))).toBe(false)
    const few = await newKey('many')
    for (let n = 0; n < 20; n += 1)
      await stored(await put(newFile(10), { key: few, query: { sensor: 'many' } }))
    clock += 60_000
    expect(await problem(await put(newFile(10), { key: few, query: { sensor: 'many' } }))).toEqual({
      status: 429,
      detail: expect.stringContaining('EVIDENCE_MAX_FILES_PER_KEY'),
    })
    expect(
      (await stored(await put(newFile(10), { key: await newKey('modest'), query: { sensor: 'modest' } })))
        .code,
    ).toBe(201)
  })
})

describe('handing out', () => {
  test('a file leaves in an archive with a password alone, which is not stored and is audited', async () => {
    const file = newFile(250_000)
    await stored(await put(file, { key: await newKey('handing-out-1') }))
    const response = await api.call(`/evidence/files/${hashOf(file)}/zip`, { as: token })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${hashOf(file)}.zip"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const archive = Buffer.from(await response.arrayBuffer())
    expect(archive.includes(file.subarray(0, 64))).toBe(false)
    const { items } = await read<Page<AuditEntry>>('/audit?limit=5')
    expect(items.map(({ action }) => action)).toContain('evidence.download')
  })

  test.skipIf(!existsSync(UNZIP))(
    'the archive opens with unzip and the password, and holds the same bytes',
    async () => {
      const file = newFile(250_000)
      await stored(await put(file))
      expect(hashOf(await unpack(file))).toBe(hashOf(file))
    },
  )

  test('what is not held, and what lost its bytes, says so', async () => {
    const [missing, lost] = [newFile(), newFile()]
    const key = await newKey('handing-out-3')
    await stored(await put(lost, { key }))
    rmSync(pathOf(lost))
    for (const file of [missing, lost])
      expect((await api.call(`/evidence/files/${hashOf(file)}/zip`, { as: token })).status).toBe(404)
    await stored(await put(lost, { key }))
    expect(hashOf(await readBack(lost))).toBe(hashOf(lost))
  })
})

describe('the list', () => {
  test('has pages, and is filtered by type, sensor, hash and hold', async () => {
    const key = await newKey('listed')
    const files = [newFile(), Buffer.from('#!/bin/sh\necho listed\n'), newFile()]
    for (const file of files) {
      clock += 1000
      await stored(await put(file, { key, query: { sensor: 'listed' } }))
    }
    const first = await list({ sensor_id: 'listed', limit: '2' })
    const second = await list({ sensor_id: 'listed', limit: '2', cursor: first.next_cursor ?? '' })
    expect([...first.items, ...second.items].map(({ sha256 }) => sha256)).toEqual(files.map(hashOf).reverse())
    expect(second.next_cursor).toBeNull()
    const scripts = await list({ sensor_id: 'listed', type: 'text/x-shellscript' })
    expect(scripts.items.map(({ sha256 }) => sha256)).toEqual([hashOf(files[1] as Buffer)])
    expect((await list({ sha256: hashOf(files[0] as Buffer).slice(0, 20) })).items).toHaveLength(1)
    expect((await list({ sensor_id: 'listed', held: 'true' })).items).toEqual([])
  })
})

describe('a legal hold', () => {
  const change = (method: string, path: string, body?: object) =>
    api.call(path, { method, as: token, ...(body && { body: JSON.stringify(body) }) })

  test('keeps a file from retention and deletion until it ends', async () => {
    const key = await newKey('retained')
    const [held, old, fresh] = [newFile(), newFile(), newFile()]
    const query = { sensor: 'retained' }
    for (const file of [held, old]) await stored(await put(file, { key, query }))
    const path = `/evidence/files/${hashOf(held)}`
    const hold = await change('PUT', `${path}/hold`, { reason: 'case 17' })
    expect(await hold.json()).toMatchObject({ legal_hold: { reason: 'case 17', set_by: 'admin' } })
    clock += 40 * DAY_MS
    token = await api.login()
    await stored(await put(fresh, { key, query }))
    await sweepNow(30)
    expect((await list({ sensor_id: 'retained' })).items.map(({ sha256 }) => sha256)).toEqual([
      hashOf(fresh),
      hashOf(held),
    ])
    expect([old, held, fresh].map((file) => existsSync(pathOf(file)))).toEqual([false, true, true])
    expect((await change('DELETE', path)).status).toBe(409)
    expect((await change('DELETE', `${path}/hold`)).status).toBe(200)
    expect((await change('DELETE', path)).status).toBe(204)
    expect((await change('DELETE', path)).status).toBe(404)
    expect(existsSync(pathOf(held))).toBe(false)
  })

  test('of nothing is refused, as is one without a reason', async () => {
    const path = `/evidence/files/${hashOf(newFile())}/hold`
    expect((await change('PUT', path, { reason: 'case 17' })).status).toBe(404)
    expect((await change('PUT', path, { reason: ' ' })).status).toBe(422)
  })
})

test('what a crash leaves between bytes and row is swept an hour later, and nothing else', async () => {
  const [kept, orphan, young] = [newFile(), newFile(), newFile()]
  await stored(await put(kept, { key: await newKey('swept') }))
  const storage = createDirectoryStorage(join(dataDir, 'evidence'))
  for (const file of [orphan, young]) {
    const partial = await storage.begin()
    await partial.write(file)
    await partial.keep(hashOf(file))
  }
  const unfinished = await storage.begin()
  await unfinished.write(newFile())
  writeFileSync(join(dataDir, 'evidence', 'a note'), 'of an administrator')
  // By the clock of the disk: the last of them is written an hour later.
  const swept = await sweepNow(400, Date.now() + 2 * 3_600_000)
  expect(swept.orphans).toBe(2)
  expect([kept, orphan].map((file) => existsSync(pathOf(file)))).toEqual([true, false])
  expect(partials()).toEqual([])
  expect(existsSync(join(dataDir, 'evidence', 'a note'))).toBe(true)
  await unfinished.discard()
})

async function sweepNow(days: number, now = clock) {
  const database = openDatabase({ connectionString: api.databaseUrl }, silent('test'), () => {})
  try {
    return await sweep({
      storage: createDirectoryStorage(join(dataDir, 'evidence')),
      writer: createEvidenceWriter(database.maintenance),
      reader: createEvidenceReader(database.app),
      retentionDays: async () => days,
      now: () => now,
    })
  } finally {
    await database.close()
  }
}

async function archiveOf(file: Buffer): Promise<Buffer> {
  const response = await api.call(`/evidence/files/${hashOf(file)}/zip`, { as: token })
  return Buffer.from(await response.arrayBuffer())
}

/** A file as it comes out of its archive. */
async function readBack(file: Buffer): Promise<Buffer> {
  return fileInArchive(await archiveOf(file))
}

/** The same, by the unpacker of the system. */
async function unpack(file: Buffer): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-archive-'))
  try {
    const path = join(directory, 'archive.zip')
    writeFileSync(path, await archiveOf(file))
    return execFileSync(UNZIP, ['-p', '-P', EVIDENCE_PASSWORD, path], { maxBuffer: MAX_FILE * 2 })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Sends a body as it is, and resolves with what is answered. @param header that announces it. */
function sendPart(body: Buffer, header: string): Promise<string> {
  const { hostname, port } = new URL(api.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (part) => {
      answer += part
      socket.end()
    })
    socket.on('close', () => resolve(answer.split('\r\n', 1)[0] ?? ''))
    socket.on('error', (error) => (answer === '' ? reject(error) : undefined))
    socket.write(
      [
        `PUT /evidence/files/${hashOf(body)}?session=s&sensor=vault-1 HTTP/1.1`,
        'host: x',
        `authorization: Bearer ${SENSOR_KEY}`,
        'content-type: application/octet-stream',
        header,
        '\r\n',
      ].join('\r\n'),
    )
    if (header.includes('chunked')) socket.write(`${body.length.toString(16)}\r\n`)
    socket.write(body)
  })
}
