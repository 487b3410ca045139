import { createHash, randomBytes } from 'node:crypto'
import { brotliCompressSync, constants } from 'node:zlib'
import type { GoldenSignals, Health, OpsAlert, QuarantineUsage } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const KIB = 1024
const MIB = 1024 * KIB
const LINES = { 'content-type': 'application/x-ndjson' }

/** A record that no adapter reads, of exactly so many bytes. */
function hopeless(bytes: number, n: number): string {
  const head = `{"hopeless":"${n}`
  return `${head}${'x'.repeat(bytes - head.length - 2)}"}`
}

const honestEvent = () =>
  JSON.stringify({ source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), username: 'root' })

describe.each(inject('postgresServers'))('the quarantine on $version', (server) => {
  let api: TestPlatform
  let token: string
  let database: pg.Client

  async function start(environment: Record<string, string>): Promise<void> {
    api = await startTestPlatform(server, {
      environment: { OPERATIONS_INTERVAL_SECONDS: '0.2', ...environment },
    })
    token = await api.login()
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
  }
  afterEach(async () => {
    await database.end()
    await api.close()
  })

  const rows = async (text: string) => (await database.query(text)).rows
  const get = async <Answer>(path: string) => (await (await api.call(path, { as: token })).json()) as Answer
  const usage = () => get<QuarantineUsage>('/quarantine/usage')
  const send = (body: string | Uint8Array, as: string, headers: Record<string, string> = LINES) =>
    api.call('/log', { method: 'POST', as, body: body as BodyInit, headers })
  async function newKey(name: string): Promise<{ id: string; key: string }> {
    const body = JSON.stringify({ name, scopes: ['ingest'], sensor_id: null })
    return (await (await api.call('/api-keys', { method: 'POST', as: token, body })).json()) as {
      id: string
      key: string
    }
  }
  const alert = async (id: string) =>
    (await get<{ items: OpsAlert[] }>('/ops/alerts')).items.find((candidate) => candidate.id === id)

  test('17 requests of one key, each one record of 64 MiB, hold 17 excerpts and keep nobody out', async () => {
    await start({})
    const leaked = await newKey('leaked')
    const record = Buffer.alloc(64 * MIB, 'x')
    for (let n = 0; n < 17; n += 1) {
      record.write(`{"n":"${String(n).padStart(4, '0')}`)
      record.write(`${String(n).padStart(4, '0')}"}`, record.length - 6)
      const body = brotliCompressSync(record, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
      const response = await send(body, leaked.key, {
        'content-type': 'application/json',
        'content-encoding': 'br',
      })
      expect(response.status).toBe(422)
      expect((await response.json()).errors).toMatchObject([
        { message: expect.stringContaining('too_large') },
      ])
    }
    expect(
      await rows(`SELECT count(*)::int AS records, sum(octet_length(body))::int AS bytes, min(full_size)::int AS size,
        bool_and(truncated) AS truncated FROM quarantine`),
    ).toEqual([{ records: 17, bytes: 17 * 8 * KIB, size: 64 * MIB, truncated: true }])
    const { items } = await get<{ items: Array<Record<string, unknown>> }>('/quarantine?limit=1')
    expect(items).toMatchObject([
      {
        key_id: leaked.id,
        size_bytes: 64 * MIB,
        sha256: createHash('sha256').update(record).digest('hex'),
        replayable: false,
        excerpt: record.subarray(0, 2_000).toString(),
        tail: record.subarray(-2_000).toString(),
      },
    ])
    expect(await get(`/quarantine/${items[0]?.['id']}`)).toMatchObject({
      excerpt: record.subarray(0, 4 * KIB).toString(),
      tail: record.subarray(-4 * KIB).toString(),
    })
    expect((await api.send(honestEvent())).status).toBe(200)
    expect((await get<Health>('/health')).status).toBe('ok')
    const replay = await api.call('/quarantine/replay', { method: 'POST', as: token, body: '{}' })
    expect(await replay.json()).toEqual({
      replayed: 0,
      still_quarantined: 17,
      not_replayable: 17,
      next_cursor: null,
    })
  }, 120_000)

  test('a record of 8 KiB and one byte is kept by its ends; one as large as its ends is kept whole', async () => {
    await start({ INGEST_MAX_RECORD_BYTES: String(4 * KIB) })
    await send(`${hopeless(8 * KIB, 1)}\n${hopeless(8 * KIB + 1, 2)}`, SENSOR_KEY)
    expect(
      await rows(
        'SELECT full_size::int AS size, octet_length(body) AS bytes, truncated FROM quarantine ORDER BY 1',
      ),
    ).toEqual([
      { size: 8 * KIB, bytes: 8 * KIB, truncated: false },
      { size: 8 * KIB + 1, bytes: 8 * KIB, truncated: true },
    ])
  })

  test('a key over its share loses its own oldest records: counted, visible, alerted, and nobody else is refused', async () => {
    await start({ QUARANTINE_MAX_BYTES_PER_KEY: String(MIB) })
    const leaked = await newKey('leaked')
    await send(hopeless(1000, 0), SENSOR_KEY)
    await send(hopeless(1000, 1), leaked.key)
    const [honest] = await rows('SELECT bytes::int FROM quarantine_usage ORDER BY bytes LIMIT 1')
    // The same size again and again, so that the share holds an exact number of them.
    const charge = honest.bytes
    const held = Math.floor(MIB / charge)
    for (let batch = 0; batch < 3; batch += 1) {
      const lines = Array.from({ length: 500 }, (_, n) => hopeless(1000, 10_000 + batch * 500 + n))
      expect((await send(lines.join('\n'), leaked.key)).status).toBe(200)
      expect((await usage()).keys[0]).toMatchObject({
        key_id: leaked.id,
        bytes: expect.toSatisfy((bytes: number) => bytes <= MIB),
      })
    }
    const { keys, evicted_records } = await usage()
    expect(keys.map(({ key_name, records }) => [key_name, records])).toEqual([
      ['leaked', held],
      [expect.any(String), 1],
    ])
    expect(evicted_records).toBe(1 + 3 * 500 - held)
    expect(await rows('SELECT count(*)::int AS records FROM quarantine')).toEqual([{ records: held + 1 }])
    const [oldest] = await rows(
      `SELECT encode(body, 'escape') AS body FROM quarantine WHERE key_id = '${leaked.id}' ORDER BY received_at LIMIT 1`,
    )
    expect(oldest.body).not.toContain('"1x')
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toContain(`eviltwin_quarantine_evicted_records_total ${1 + 3 * 500 - held}\n`)
    const health = await until(async () => {
      const now = await get<Health>('/health')
      return now.reasons.length > 1 && now
    })
    expect(health.status).toBe('degraded')
    expect(health.reasons).toEqual([
      expect.stringContaining('QUARANTINE_MAX_BYTES_PER_KEY'),
      expect.stringContaining('evicted'),
    ])
    const firing = await until(async () => {
      const found = await alert('quarantine-growth')
      return found?.state === 'firing' && found
    })
    expect(firing).toMatchObject({ severity: 'high', detail: expect.stringContaining(`${held} records`) })
    expect((await api.send(honestEvent())).status).toBe(200)
    expect((await get<GoldenSignals>('/ops/signals')).replicas).toHaveLength(1)
  })

  test('when all together are too much, the key that holds most gives way, down to an equal part', async () => {
    await start({ QUARANTINE_MAX_BYTES: String(400 * KIB), QUARANTINE_MAX_BYTES_PER_KEY: String(380 * KIB) })
    const [large, middle] = [await newKey('large'), await newKey('middle')]
    await send(hopeless(1000, 0), SENSOR_KEY)
    for (let n = 0; n < 15; n += 1) await send(hopeless(10 * KIB, n), middle.key)
    for (let n = 0; n < 60; n += 1) await send(hopeless(10 * KIB, 100 + n), large.key)
    const { bytes, keys } = await usage()
    expect(bytes).toBeLessThanOrEqual(400 * KIB)
    expect(keys.map(({ key_name, evicted_records }) => [key_name, evicted_records > 0]).slice(0, 2)).toEqual([
      ['large', true],
      ['middle', false],
    ])
    expect(keys.map(({ records }) => records).slice(1)).toEqual([15, 1])
    // Nothing more than needed went.
    expect(bytes).toBeGreaterThan(389 * KIB - 256)
  })

  test('what release 0.1.0 stored is not evicted for the share of one key', async () => {
    await start({ QUARANTINE_MAX_BYTES_PER_KEY: String(10 * KIB) })
    await database.query(`INSERT INTO quarantine (id, received_at, reason, detail, times_seen, body)
      SELECT gen_random_uuid(), now(), 'invalid_json', 'x', 1, decode(repeat('aa', 5000), 'hex') FROM generate_series(1, 20)`)
    await send(hopeless(9 * KIB, 1), SENSOR_KEY)
    await send(hopeless(9 * KIB, 2), SENSOR_KEY)
    expect((await usage()).keys).toMatchObject([
      { key_id: 'unknown', records: 20, evicted_records: 0 },
      { records: 1, evicted_records: 1 },
    ])
  })

  test('the same bytes of two keys are two records: neither is in the share of the other', async () => {
    await start({})
    const other = await newKey('other')
    for (const key of [SENSOR_KEY, other.key, other.key]) await send(hopeless(500, 1), key)
    expect(await rows('SELECT times_seen FROM quarantine ORDER BY times_seen')).toEqual([
      { times_seen: 1 },
      { times_seen: 2 },
    ])
  })

  test('usage is exact after evictions, replays, retention and deletion', async () => {
    await start({ QUARANTINE_MAX_BYTES_PER_KEY: String(100 * KIB) })
    const lines = Array.from({ length: 300 }, (_, n) => hopeless(500 + n, n))
    await send(lines.join('\n'), SENSOR_KEY)
    await api.call('/quarantine?from=2000-01-01T00:00:00Z&reason=invalid_json', {
      method: 'DELETE',
      as: token,
    })
    const [first] = (await get<{ items: Array<{ id: string }> }>('/quarantine?limit=1')).items
    await api.call(`/quarantine/${first?.id}`, { method: 'DELETE', as: token })
    await database.query('DELETE FROM quarantine WHERE octet_length(body) % 2 = 0')
    const [exact] = await rows(
      'SELECT count(*)::int AS records, sum(quarantine_charge(body, detail))::int AS bytes FROM quarantine',
    )
    expect(exact.records).toBeGreaterThan(0)
    expect(await usage()).toMatchObject(exact)
  })
})

describe('filters, deletion and replay', () => {
  const [server] = inject('postgresServers')
  let api: TestPlatform
  let token: string
  let database: pg.Client
  beforeEach(async () => {
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    api = await startTestPlatform(server)
    token = await api.login()
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
  })
  afterEach(async () => {
    await database.end()
    await api.close()
  })
  const ask = async (path: string, method = 'GET', body?: object) => {
    const response = await api.call(path, {
      method,
      as: token,
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: response.status === 204 ? null : await response.json() }
  }
  const seed = (count: number, body: string, more = '') =>
    database.query(`INSERT INTO quarantine (id, received_at, sensor_id, reason, detail, times_seen, body)
      SELECT gen_random_uuid(), now() - n * interval '1 minute', 'cowrie-' || (n % 2), 'normalization_failed', 'x', 1, ${body}
      FROM generate_series(1, ${count}) n ${more}`)

  test('a filter by reason, sensor, key and time is one for the list, the preview and the deletion', async () => {
    await seed(10, `decode('aa', 'hex')`)
    const { records: keyless } = (await ask('/quarantine/preview?key_id=none')).body
    expect(keyless).toBe(0)
    const from = new Date(Date.now() - 5.5 * 60_000).toISOString()
    const filter = `reason=normalization_failed&sensor_id=cowrie-1&key_id=unknown&from=${from}`
    expect((await ask(`/quarantine?${filter}`)).body.items).toHaveLength(3)
    const { body: preview } = await ask(`/quarantine/preview?${filter}`)
    expect(preview).toMatchObject({ records: 3, bytes: 3 * (1 + 1 + 256), replayable: 3 })
    // Received after the preview: not what was confirmed.
    await seed(1, `decode('bb', 'hex')`)
    await database.query(`UPDATE quarantine SET received_at = now() WHERE body = decode('bb', 'hex')`)
    expect(await ask(`/quarantine?${filter}&to=${preview.as_of}`, 'DELETE')).toEqual({
      status: 200,
      body: { deleted: 3, bytes: preview.bytes, more: false },
    })
    expect((await ask('/quarantine?count=true')).body.total).toBe(8)
  })

  test('a deletion without a filter deletes nothing unless all=true says so', async () => {
    await seed(3, `decode('aa', 'hex')`)
    expect((await ask('/quarantine', 'DELETE')).status).toBe(422)
    expect((await ask('/quarantine?reasons=too_large', 'DELETE')).status).toBe(422)
    expect((await ask('/quarantine?count=true')).body.total).toBe(3)
    expect((await ask('/quarantine?all=true', 'DELETE')).body).toMatchObject({ deleted: 3, more: false })
  })

  test.each([
    '/quarantine?from=',
    '/quarantine/preview?to=',
    '/sessions?from=',
    '/sessions?to=',
    '/alerts?from=',
    '/alerts?to=',
    '/attackers?from=',
  ])('a time that PostgreSQL does not know is the error of whoever asks: %s', async (path) => {
    for (const time of ['0000-01-01T00:00:00Z', '2026-01-01T00:00:00%2B16:00', '2026-01-01T00:00:00-23:59'])
      expect([time, (await ask(path + time)).status]).toEqual([time, 422])
    for (const time of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-01-01T00:00:00%2B15:59'])
      expect([time, (await ask(path + time)).status]).toEqual([time, 200])
  })

  test('one record is deleted by its id, once', async () => {
    await seed(1, `decode('aa', 'hex')`)
    const [{ id }] = (await ask('/quarantine')).body.items
    expect((await ask(`/quarantine/${id}`, 'DELETE')).status).toBe(204)
    expect((await ask(`/quarantine/${id}`, 'DELETE')).status).toBe(404)
    expect((await ask(`/quarantine/${id}`)).status).toBe(404)
  })

  test('one call deletes at most 10,000 records', async () => {
    await seed(10_500, `decode('aa', 'hex')`)
    expect((await ask('/quarantine?all=true', 'DELETE')).body).toMatchObject({ deleted: 10_000, more: true })
    expect((await ask('/quarantine?all=true', 'DELETE')).body).toMatchObject({ deleted: 500, more: false })
  })

  test('one call replays at most 8 MiB, and the next goes on where it ended', async () => {
    const record = `{"source_ip":"203.0.113.9","pad":"${'x'.repeat(MIB - 200)}","occurred_at":"${new Date().toISOString()}","username":"`
    await seed(10, `convert_to('${record}' || n || '"}', 'UTF8')`)
    const first = (await ask('/quarantine/replay', 'POST', { reason: 'normalization_failed' })).body
    expect(first).toMatchObject({ replayed: 9, still_quarantined: 0, next_cursor: expect.any(String) })
    const { next_cursor: cursor } = first
    expect((await ask('/quarantine/replay', 'POST', { cursor })).body).toEqual({
      replayed: 1,
      still_quarantined: 0,
      not_replayable: 0,
      next_cursor: null,
    })
    expect((await database.query('SELECT count(*)::int FROM events')).rows).toEqual([{ count: 10 }])
    expect((await ask('/quarantine?count=true')).body.total).toBe(0)
  })

  test('one call replays at most 1,000 records; larger ones than a record may be are not read', async () => {
    await seed(1_001, `convert_to('{"cut":' || n, 'UTF8')`)
    await seed(1, `decode(repeat('aa', ${MIB + 1}), 'hex')`)
    let cursor: string | null = null
    const total = { replayed: 0, still_quarantined: 0, not_replayable: 0 }
    const pages: number[] = []
    do {
      const { body } = await ask('/quarantine/replay', 'POST', cursor === null ? {} : { cursor })
      pages.push(body.still_quarantined)
      for (const name of ['replayed', 'still_quarantined', 'not_replayable'] as const)
        total[name] += body[name]
      cursor = body.next_cursor
    } while (cursor)
    expect(pages).toEqual([1_000, 2])
    expect(total).toEqual({ replayed: 0, still_quarantined: 1_002, not_replayable: 1 })
    expect((await ask('/quarantine?count=true')).body.total).toBe(1_002)
  })

  test('a replayed record keeps the sensor that its request named', async () => {
    const body = `{"source_ip":"203.0.113.9","occurred_at":"${new Date().toISOString()}","id":"${randomBytes(4).toString('hex')}"}`
    await database.query(`INSERT INTO quarantine (id, received_at, sensor_id, reason, detail, times_seen, body)
      VALUES (gen_random_uuid(), now(), 'named-by-header', 'normalization_failed', 'x', 1, convert_to('${body}', 'UTF8'))`)
    expect((await ask('/quarantine/replay', 'POST', {})).body.replayed).toBe(1)
    expect((await database.query('SELECT sensor_id FROM events')).rows).toEqual([
      { sensor_id: 'named-by-header' },
    ])
  })
})
