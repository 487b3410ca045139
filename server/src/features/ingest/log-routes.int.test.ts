import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { zstdFrame } from '../../testing/zstd-frame.js'

const record = (more: object = {}) => ({
  source_ip: '203.0.113.7',
  occurred_at: new Date().toISOString(),
  sensor_id: 'web-1',
  session_id: 's1',
  event_type: 'login_attempt',
  username: 'root',
  password: 'admin',
  ...more,
})

describe.each(inject('postgresServers'))('POST /log on $version', (server) => {
  let api: TestPlatform
  let admin: string
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      environment: {
        INGEST_MAX_DECOMPRESSED_BYTES: '200000',
        INGEST_MAX_BODY_BYTES: '100000',
        INGEST_MAX_RECORDS: '100',
      },
    })
    admin = await api.login()
  })
  afterAll(() => api.close())

  test('one event is answered with its session and score, and can be read back at once', async () => {
    const response = await api.send(JSON.stringify(record({ session_id: 'one', source_ip: '198.51.100.1' })))
    expect(response.status).toBe(200)
    const answer = await response.json()
    expect(answer).toEqual({
      session_id: expect.any(String),
      threat_score: expect.any(Number),
      threat_level: 'low',
      status: 'processed',
    })
    const session = await (await api.call(`/sessions/${answer.session_id}`, { as: admin })).json()
    expect(session).toMatchObject({
      id: answer.session_id,
      source_ip: '198.51.100.1',
      sensor_id: 'web-1',
      login_attempt_count: 1,
      credentials: [{ username: 'root', password: 'admin', success: false }],
      events: [{ username: 'root', raw: expect.stringContaining('"session_id":"one"') }],
    })
    expect((await (await api.call('/score/198.51.100.1', { as: admin })).json()).threat_score).toBe(
      answer.threat_score,
    )
  })

  test('events of the same instant are read in the order of their body', async () => {
    const at = new Date().toISOString()
    const steps = Array.from({ length: 20 }, (_, n) => `step ${n}`)
    const lines = steps.map((command) =>
      JSON.stringify(
        record({
          session_id: 'order',
          source_ip: '198.51.100.230',
          occurred_at: at,
          event_type: 'command',
          command,
        }),
      ),
    )
    await api.send(lines.join('\n'), { 'content-type': 'application/x-ndjson' })
    const { items } = await (await api.call('/sessions?src_ip=198.51.100.230', { as: admin })).json()
    const read: string[] = []
    let cursor = ''
    for (let page = 0; page < 4; page += 1) {
      const path = `/sessions/${items[0].id}/events?limit=5${cursor}`
      const answer = await (await api.call(path, { as: admin })).json()
      read.push(...answer.items.map(({ command }: { command: string }) => command))
      cursor = `&cursor=${answer.next_cursor}`
    }
    expect(read).toEqual(steps)
  })

  test('the same event again changes nothing', async () => {
    const body = JSON.stringify(record({ session_id: 'twice', source_ip: '198.51.100.2' }))
    const first = await (await api.send(body)).json()
    expect(await (await api.send(body)).json()).toEqual(first)
    expect(await (await api.send(`[${body},${body}]`)).json()).toMatchObject({ accepted: 0, duplicates: 2 })
    const attacker = await (await api.call('/attackers/198.51.100.2', { as: admin })).json()
    expect(attacker).toMatchObject({ event_count: 1, session_count: 1 })
  })

  test('an Idempotency-Key makes a changed retry the same event', async () => {
    const send = (username: string) =>
      api.send(JSON.stringify(record({ session_id: 'idem', source_ip: '198.51.100.3', username })), {
        'idempotency-key': 'k-1',
      })
    await send('a')
    await send('b')
    expect(await (await api.call('/attackers/198.51.100.3', { as: admin })).json()).toMatchObject({
      event_count: 1,
    })
  })

  test('an array and lines are counted record by record', async () => {
    const [good, bad] = [JSON.stringify(record({ username: 'array' })), JSON.stringify({ time: 1 })]
    const array = await (await api.send(`[${good},${bad},7]`)).json()
    expect(array).toEqual({
      accepted: 1,
      duplicates: 0,
      quarantined: 2,
      errors: [
        { index: 1, reason: 'missing_source_ip', detail: expect.any(String) },
        { index: 2, reason: 'not_an_object', detail: expect.any(String) },
      ],
    })
    const lines = await api.send(`${good}\n{"cut":\n`, { 'content-type': 'application/x-ndjson' })
    expect(await lines.json()).toMatchObject({ accepted: 0, duplicates: 1, quarantined: 1 })
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', (text: string) => zstdFrame([Buffer.from(text)])],
  ])('a body may be compressed with %s', async (encoding, compress) => {
    const body = compress(JSON.stringify(record({ username: encoding })))
    expect((await api.send(body, { 'content-encoding': encoding })).status).toBe(200)
  })

  test.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000, 0x20))],
    ['zstd', zstdFrame(Array.from({ length: 400 }, () => ({ repeat: 128 * 1024, byte: 0x20 })))],
  ])('a decompression bomb in %s is refused without being inflated', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(100_000)
    const response = await api.send(bomb, { 'content-encoding': encoding })
    expect(response.status).toBe(413)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
  })

  test('records that make too many events together are refused at once, before anything is stored', async () => {
    const connection = (second: number, credentials: number) =>
      JSON.stringify({
        connection: { protocol: 'ftpd', transport: 'tcp', type: 'accept' },
        credentials: Array(credentials).fill({}),
        src_ip: '203.0.113.88',
        timestamp: `2026-03-22T00:10:0${second}`,
      })
    const send = (lines: string[]) => api.send(lines.join('\n'), { 'content-type': 'application/x-ndjson' })
    const refused = await send([connection(1, 600), connection(2, 600)])
    expect(refused.status).toBe(413)
    expect((await refused.json()).detail).toContain('more than 1001 events in one request')
    expect(await (await send([connection(1, 1000)])).json()).toMatchObject({ accepted: 1, duplicates: 0 })
  })

  test('what is too large, too many, or of a type we do not read is refused with its reason', async () => {
    const tooLarge = await api.send(`"${'x'.repeat(100_001)}"`)
    expect([tooLarge.status, await tooLarge.text()]).toEqual([
      413,
      expect.stringContaining('100000 bytes; send less at once, or raise INGEST_MAX_BODY_BYTES'),
    ])
    const form = await api.send('a=1', { 'content-type': 'application/x-www-form-urlencoded' })
    expect([form.status, await form.text()]).toEqual([415, expect.stringContaining('the body is a form')])
    expect((await api.send(`[${Array(101).fill('{}').join(',')}]`)).status).toBe(413)
    expect((await api.send('{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await api.send('{}', { 'content-encoding': 'compress' })).status).toBe(415)
    expect((await api.send('not gzip', { 'content-encoding': 'gzip' })).status).toBe(400)
  })

  test('what a sensor says of itself is ignored, and each error keeps its place', async () => {
    const stats = { timestamp: '2026-03-22T10:00:00.123456+0000', event_type: 'stats', stats: { uptime: 7 } }
    const started = { node_id: 'oc-1', logtype: 1001, logdata: { msg: 'running' }, src_host: '' }
    const events = [stats, record({ source_ip: '198.51.100.240' }), started, record({ occurred_at: 'x' })]
    expect(await (await api.send(JSON.stringify(events))).json()).toMatchObject({
      accepted: 1,
      duplicates: 0,
      quarantined: 1,
      ignored: 2,
      errors: [{ index: 3, reason: 'invalid_timestamp' }],
    })
    const alone = await api.send(JSON.stringify(stats))
    expect([alone.status, await alone.json()]).toEqual([
      200,
      { accepted: 0, duplicates: 0, quarantined: 0, ignored: 1, errors: [] },
    ])
  })

  test('a single record that is no event is refused, kept, listed, and replayed once it can be read', async () => {
    const body = JSON.stringify(record({ source_ip: 'nowhere', sensor_id: 'lost' }))
    const response = await api.send(body)
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      type: '/problems/quarantined',
      status: 422,
      errors: [{ message: expect.stringContaining('invalid_source_ip') }],
    })
    const listed = await (
      await api.call('/quarantine?reason=invalid_source_ip&count=true', { as: admin })
    ).json()
    expect(listed).toMatchObject({
      total: 1,
      items: [{ reason: 'invalid_source_ip', excerpt: body, times_seen: 1 }],
    })
    await api.send(body)
    const again = await (await api.call('/quarantine?reason=invalid_source_ip', { as: admin })).json()
    expect(again.items).toMatchObject([{ times_seen: 2 }])
    const replay = (which: object) =>
      api.call('/quarantine/replay', { method: 'POST', as: admin, body: JSON.stringify(which) })
    expect(await (await replay({ reason: 'invalid_source_ip' })).json()).toEqual({
      replayed: 0,
      still_quarantined: 1,
      not_replayable: 0,
      next_cursor: null,
    })
  })

  test('a key bound to a sensor speaks for that sensor only, and a revoked one not at all', async () => {
    const created = await api.call('/api-keys', {
      method: 'POST',
      as: admin,
      body: JSON.stringify({ name: 'bound', sensor_id: 'proven' }),
    })
    expect(created.status).toBe(201)
    const { key, id } = await created.json()
    const post = () =>
      api.call('/log', {
        method: 'POST',
        as: key,
        body: JSON.stringify(record({ source_ip: '198.51.100.9' })),
      })
    const { session_id } = await (await post()).json()
    expect(await (await api.call(`/sessions/${session_id}`, { as: admin })).json()).toMatchObject({
      sensor_id: 'proven',
    })
    expect((await api.call(`/api-keys/${id}`, { method: 'DELETE', as: admin })).status).toBe(200)
    expect((await post()).status).toBe(401)
  })

  test('every new event is logged with exactly the fields of the source specification', async () => {
    await api.send(JSON.stringify(record({ source_ip: '198.51.100.77' })), { 'x-request-id': 'golden-1' })
    const line = api.logged.find(
      ({ message, request_id }) => message === 'Event ingested' && request_id === 'golden-1',
    )
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
      level: 'INFO',
      logger: 'backend.routers.ingest',
      request_id: 'golden-1',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      message: 'Event ingested',
      source_ip: '198.51.100.77',
      sensor_id: 'web-1',
      event_type: 'login_attempt',
      session_id: expect.any(String),
      threat_score: expect.any(Number),
      threat_level: 'low',
      duration_ms: expect.any(Number),
    })
    const scored = api.logged.find(
      ({ message, request_id }) => message === 'Score computed' && request_id === 'golden-1',
    )
    expect(scored).toMatchObject({
      level: 'INFO',
      logger: 'backend.services.threat_scorer',
      threat_level: 'low',
    })
  })
})

describe('overload', () => {
  test('a key that fills its half of the queue is a 429 with Retry-After, nothing of the refused request is stored, and another key is served', async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    const api = await startTestPlatform(server, { environment: { INGEST_MAX_QUEUED_EVENTS: '20' } })
    try {
      const batch = (from: number) =>
        JSON.stringify(Array.from({ length: 10 }, (_, index) => record({ username: `u${from + index}` })))
      const as = await api.login()
      const created = await api.call('/api-keys', {
        method: 'POST',
        as,
        body: JSON.stringify({ name: 'another sensor', scopes: ['ingest'] }),
      })
      const { key } = (await created.json()) as { key: string }
      const flood = Array.from({ length: 20 }, (_, index) => api.send(batch(index * 10)))
      const honest = await api.call('/services/collector/raw', {
        method: 'POST',
        as: key,
        body: JSON.stringify(record({ username: 'honest' })),
      })
      expect(honest.status).toBe(200)
      const responses = await Promise.all(flood)
      const accepted = responses.filter(({ status }) => status === 200)
      const refused = responses.filter(({ status }) => status === 429)
      expect(accepted.length + refused.length).toBe(20)
      expect(refused.length).toBeGreaterThan(0)
      for (const response of refused) expect(response.headers.get('retry-after')).toBe('1')
      const stats = await (await api.call('/dashboard/stats', { as })).json()
      expect(stats.all_time.events).toBe(accepted.length * 10 + 1)
    } finally {
      await api.close()
    }
  })

  test('INGEST_AUTH=none needs no key, but still no content type that a web page could send', async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    const api = await startTestPlatform(server, { environment: { INGEST_AUTH: 'none' } })
    try {
      const body = JSON.stringify(record())
      expect((await api.call('/log', { method: 'POST', body })).status).toBe(200)
      expect(
        (await api.call('/log', { method: 'POST', body, headers: { 'content-type': 'text/plain' } })).status,
      ).toBe(415)
    } finally {
      await api.close()
    }
  })
})
