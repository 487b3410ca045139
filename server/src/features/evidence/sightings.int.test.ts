import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { EvidenceFile, EvidenceSighting, Page, Session } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../platform/postgres/database.js'
import { silent } from '../../testing/silent.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { counting } from '../../testing/work.js'
import { completeFileIndex } from './file-index-store.js'
import { createSightingReader } from './sighting-store.js'

describe.each(inject('postgresServers'))('sightings of files on $version', (postgres) => {
  let api: TestPlatform
  let database: Database
  let token: string
  beforeAll(async () => {
    api = await startTestPlatform(postgres)
    database = openDatabase({ connectionString: api.databaseUrl }, silent('test'), () => {})
    token = await api.login()
  })
  afterAll(async () => {
    await database?.close()
    await api?.close()
  })

  const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')
  let second = 0
  const eventOf = (file_sha256: string, session_id: string, more: Record<string, unknown> = {}) => {
    second += 1
    return JSON.stringify({
      sensor_id: 'sightings-1',
      session_id,
      source_ip: '203.0.113.30',
      occurred_at: new Date(Date.now() - 3_600_000 + second * 1000).toISOString(),
      event_type: 'file_download',
      url: 'http://192.0.2.9/bot',
      file_sha256,
      ...more,
    })
  }
  const sendAll = async (...events: string[]) => {
    const response = await api.send(events.join('\n'), { 'content-type': 'application/x-ndjson' })
    expect(response.status).toBe(200)
  }
  async function put(content: Buffer, session: string): Promise<void> {
    const query = new URLSearchParams({ sensor: 'sightings-1', session, source_ip: '203.0.113.30' })
    const response = await api.call(`/evidence/files/${hashOf(content)}?${query}`, {
      method: 'PUT',
      as: SENSOR_KEY,
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(content),
    })
    expect(response.status).toBe(201)
  }
  async function read<Answer>(path: string): Promise<Answer> {
    const response = await api.call(path, { as: token })
    expect([path, response.status]).toEqual([path, 200])
    return (await response.json()) as Answer
  }
  const sightings = (sha256: string, query = '') =>
    read<Page<EvidenceSighting>>(`/evidence/files/${sha256}/sightings?${query}`)
  async function allSightings(sha256: string, limit: number): Promise<EvidenceSighting[]> {
    const found: EvidenceSighting[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page<EvidenceSighting> = await sightings(
        sha256,
        `limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      found.push(...page.items)
      cursor = page.next_cursor
    }
    return found
  }

  test('a session whose events name the hash is one, although the bytes came once; so are the files of that session', async () => {
    const content = randomBytes(500)
    const sha256 = hashOf(content)
    const [sender, other] = [randomUUID(), randomUUID()]
    await sendAll(eventOf(sha256, sender), eventOf(sha256.toUpperCase(), other), eventOf(sha256, other))
    await sendAll(eventOf(hashOf(randomBytes(9)), randomUUID()))
    await put(content, sender)
    const { items } = await sightings(sha256)
    expect(items).toMatchObject([
      { source: 'sent', event_id: null, session_key: sender },
      {
        source: 'event',
        event_id: expect.any(String),
        sensor_id: 'sightings-1',
        name: 'http://192.0.2.9/bot',
      },
    ])
    const ids = items.map(({ session_id }) => session_id)
    const { items: sessions } = await read<Page<Session>>('/sessions?sensor_id=sightings-1')
    expect(sessions.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    expect(new Set(ids).size).toBe(2)
    const { items: files } = await read<Page<EvidenceFile>>(
      `/evidence/files?session_id=${items[1]?.session_id}`,
    )
    expect(files.map((file) => file.sha256)).toEqual([sha256])
  })

  test('pages of any size have every session once, except of a session that repeats itself over pages', async () => {
    const content = randomBytes(501)
    const sha256 = hashOf(content)
    const sessions = Array.from({ length: 7 }, () => randomUUID())
    await put(content, randomUUID())
    for (const session of sessions) await sendAll(eventOf(sha256, session))
    for (const limit of [1, 3, 100]) {
      const found = await allSightings(sha256, limit)
      expect(new Set(found.map(({ session_id }) => session_id)).size).toBe(8)
      expect(found).toHaveLength(8)
    }
    expect((await api.call(`/evidence/files/${sha256}/sightings?cursor=none`, { as: token })).status).toBe(
      422,
    )
  })

  test('a page reads what it has and no more, whatever else was downloaded and however often', async () => {
    const content = randomBytes(502)
    await put(content, randomUUID())
    const loop = randomUUID()
    await sendAll(...Array.from({ length: 500 }, () => eventOf(hashOf(randomBytes(8)), loop)))
    await sendAll(...Array.from({ length: 500 }, () => eventOf(hashOf(content), loop)))
    await database.maintenance.query({ text: 'ANALYZE events' })
    const counted = counting(database.app)
    const page = await createSightingReader(counted.database)(
      Buffer.from(hashOf(content), 'hex'),
      20,
      undefined,
    )
    expect(page.items.map(({ source }) => source)).toEqual(['event'])
    expect(page.next_cursor).not.toBeNull()
    expect(counted.work.rows).toBeLessThan(100)
  })

  test('partitions of before the migration get the index one by one, also where that was interrupted', async () => {
    await database.maintenance.query({
      text: `DROP INDEX events_file_hash;
        CREATE INDEX events_file_hash ON ONLY events (file_sha256, received_at, id) WHERE file_sha256 IS NOT NULL`,
    })
    const partitions = await database.maintenance.query<{ name: string }>({
      text: `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass ORDER BY 1 DESC`,
    })
    const [newest] = partitions
    await database.maintenance.query({
      text: `CREATE INDEX ${newest?.name}_file_hash ON ${newest?.name} (url)`,
    })
    expect(await completeFileIndex(database.maintenance)).toEqual(partitions.map(({ name }) => name))
    expect(await completeFileIndex(database.maintenance)).toEqual([])
    const [index] = await database.maintenance.query<{ valid: boolean }>({
      text: `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'events_file_hash'::regclass`,
    })
    expect(index).toEqual({ valid: true })
  })
})
