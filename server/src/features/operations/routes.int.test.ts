import type { Channel, Notification, OpsAlert, OpsTransition } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { type LlmServer, startLlmServer } from '../../testing/llm-server.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const MINUTE_MS = 60_000

describe.each(inject('postgresServers'))('operational alerts on $version', (server) => {
  let api: TestPlatform
  let token: string
  let otherKey: string
  let database: pg.Client
  let receiver: HttpReceiver
  let llm: LlmServer
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  beforeAll(async () => {
    llm = await startLlmServer()
    api = await startTestPlatform(server, {
      now,
      environment: {
        OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
        OPERATIONS_INTERVAL_SECONDS: '0.2',
        INGEST_MAX_QUEUED_EVENTS: '1',
        LLM_BASE_URL: `${llm.url}/v1`,
      },
    })
    token = await api.login()
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
    receiver = await startHttpReceiver()
    await call<Channel>('/channels', 'POST', {
      name: 'on call',
      threat_alerts: false,
      settings: { type: 'webhook', url: receiver.url, secret: 'a secret of 24 characters' },
    })
    const created = await call<{ key: string }>('/api-keys', 'POST', {
      name: 'another sensor',
      scopes: ['ingest'],
      kind: 'collector',
      sensor_ids: null,
    })
    otherKey = created.key
    // Only the replica that leads evaluates.
    await until(async () => (await alert('high-memory-usage')).evaluated_at)
  })
  afterEach(async () => {
    for (const { id } of (await call<{ items: Array<{ id: string }> }>('/ops/silences')).items) {
      await call(`/ops/silences/${id}`, 'DELETE')
    }
  })
  afterAll(async () => {
    await database.end()
    await api.close()
    await receiver.close()
    await llm.close()
  })

  async function call<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    if (clock.ahead > 0) token = await freshToken()
    const response = await api.call(path, {
      method,
      as: token,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (response.status === 204 ? null : await response.json()) as Answer
  }
  let loggedInAt = 0
  async function freshToken(): Promise<string> {
    if (now() - loggedInAt < 10 * MINUTE_MS) return token
    loggedInAt = now()
    return api.login()
  }
  const alerts = async () => (await call<{ items: OpsAlert[] }>('/ops/alerts')).items
  const alert = async (id: string) => (await alerts()).find((candidate) => candidate.id === id) as OpsAlert
  const reaches = (id: string, state: OpsAlert['state']) =>
    until(async () => {
      const found = await alert(id)
      return found.state === state && found
    })
  const sentFor = (rule: string) =>
    receiver.requests
      .map(({ body }) => JSON.parse(body) as Notification)
      .flatMap((notice) =>
        notice.kind === 'operational_alert' && notice.rule === rule ? [notice.status] : [],
      )
  const send = (n: number, key?: string) =>
    api.send(
      JSON.stringify({
        source_ip: '203.0.113.9',
        session: 's',
        n,
        occurred_at: new Date(now()).toISOString(),
      }),
      key === undefined ? {} : { authorization: `Bearer ${key}` },
    )

  test('all rules are listed, with their runbooks', async () => {
    const listed = await alerts()
    expect(listed.map(({ name, severity, state }) => [name, severity, state])).toEqual([
      ['Ingest error surge', 'high', 'inactive'],
      ['Ingest latency breach', 'medium', 'inactive'],
      ['Database unreachable', 'critical', 'inactive'],
      ['LLM service down', 'low', 'inactive'],
      ['Auth failure spike', 'medium', 'inactive'],
      ['Alert queue overflow', 'high', 'inactive'],
      ['High memory usage', 'medium', 'inactive'],
      ['Notifications failing', 'high', 'inactive'],
      ['Channel test failed', 'high', 'inactive'],
      ['Sensor refused', 'medium', 'inactive'],
      ['Sensor mismatch', 'high', 'inactive'],
      ['Sensor silent', 'high', 'inactive'],
      ['Synthetic marker forged', 'high', 'inactive'],
      ['Clock skew', 'medium', 'inactive'],
      ['Quarantine growth', 'high', 'inactive'],
    ])
    for (const { runbook_url } of listed) {
      expect((await api.call(new URL(runbook_url).pathname)).status).toBe(200)
    }
  })

  /** So many minutes in a row, each within its first seconds however slow the machine is, so that none is skipped; ends at the beginning of the next. */
  async function inMinutes(count: number, work: (minute: number) => Promise<void>): Promise<void> {
    // More than the clock of the database corrects.
    clock.ahead += 60 * MINUTE_MS
    toNextMinute()
    for (let minute = 0; minute < count; minute += 1) {
      await work(minute)
      await call('/slos')
      toNextMinute()
    }
  }
  function toNextMinute(): void {
    clock.ahead += MINUTE_MS - (now() % MINUTE_MS) + 5_000
  }

  /** Nothing can be stored while `work` runs: it waits for a lock on a table. */
  async function whileStoringWaits(work: () => Promise<void>): Promise<void> {
    await database.query('BEGIN; LOCK TABLE attackers IN ACCESS EXCLUSIVE MODE')
    await work()
    await database.query('COMMIT')
  }

  test('failing ingest, five minutes in a row: the surge fires then, and resolves when it is over', async () => {
    await inMinutes(5, async (minute) => {
      expect((await alert('ingest-error-surge')).state).toBe('inactive')
      let waiting: Promise<Response> | undefined
      await whileStoringWaits(async () => {
        waiting = send(minute * 2)
        await until(() => api.platform.ingest.queueDepth() > 0)
        // Of another sensor: the share of one's own that is used up is no fault of the platform (429).
        await until(async () => (await send(minute * 2 + 1, otherKey)).status === 503)
      })
      expect((await waiting)?.status).toBe(200)
    })
    expect((await reaches('ingest-error-surge', 'firing')).value).toBeGreaterThanOrEqual(0.3)
    await until(() => sentFor('Ingest error surge').length === 1)
    clock.ahead += MINUTE_MS
    await send(100)
    await until(async () => (await alert('ingest-error-surge')).value === 0)
    clock.ahead += 2 * MINUTE_MS
    await reaches('ingest-error-surge', 'resolved')
    await until(() => sentFor('Ingest error surge').length === 2)
    expect(sentFor('Ingest error surge')).toEqual(['firing', 'resolved'])
  })

  test('slow ingest, five minutes in a row: the breach fires then, and resolves when it is over', async () => {
    await inMinutes(5, async (minute) => {
      expect((await alert('ingest-latency-breach')).state).toBe('inactive')
      let waiting: Promise<Response> | undefined
      await whileStoringWaits(async () => {
        waiting = send(200 + minute)
        await new Promise((resolve) => setTimeout(resolve, 1_100))
      })
      await waiting
    })
    expect((await reaches('ingest-latency-breach', 'firing')).value).toBeGreaterThan(1000)
    await until(async () => (await alert('ingest-latency-breach')).value !== null)
    clock.ahead += MINUTE_MS
    await until(async () => (await alert('ingest-latency-breach')).value === 0)
    clock.ahead += 2 * MINUTE_MS
    await reaches('ingest-latency-breach', 'resolved')
    await until(() => sentFor('Ingest latency breach').length === 2)
    expect(sentFor('Ingest latency breach')).toEqual(['firing', 'resolved'])
  })

  test('25 failed logins within a minute: the spike fires, is acknowledged, and resolves', async () => {
    for (let n = 0; n < 25; n += 1) {
      await api.call('/auth/login', {
        method: 'POST',
        body: JSON.stringify({ username: `nobody${n}`, password: 'wrong' }),
      })
    }
    // What is recorded is written every few seconds, or when somebody asks.
    await call('/slos')
    // It may fire before the last of them is written; from then on its value goes on to 25.
    await reaches('auth-failure-spike', 'firing')
    await until(async () => (await alert('auth-failure-spike')).value === 25)
    const acknowledged = await call<OpsAlert>('/ops/alerts/auth-failure-spike/acknowledge', 'POST')
    expect(acknowledged.acknowledged_by).toBe('admin')
    clock.ahead += 2 * MINUTE_MS
    await until(async () => (await alert('auth-failure-spike')).value === 0)
    clock.ahead += 5 * MINUTE_MS
    await reaches('auth-failure-spike', 'resolved')
    await until(() => sentFor('Auth failure spike').length === 3)
    expect(sentFor('Auth failure spike')).toEqual(['firing', 'acknowledged', 'resolved'])
    expect(
      (await api.call('/ops/alerts/auth-failure-spike/acknowledge', { method: 'POST', as: token })).status,
    ).toBe(409)
  })

  test('an LLM that is down for fifteen minutes: fires in the sixteenth, not before', async () => {
    const status = await call<{ available: boolean }>('/ai/status')
    expect(status.available).toBe(true)
    llm.listsModels = false
    llm.mode = '500'
    // A look of this minute may come before anything is asked here, and the next one half a minute later.
    let looked = api.logged.length
    await inMinutes(15, async () => {
      expect((await alert('llm-service-down')).state).toBe('inactive')
      await until(() => api.logged.slice(looked).some(({ message }) => message === 'LLM unavailable'))
      looked = api.logged.length
    })
    await reaches('llm-service-down', 'firing')
    llm.listsModels = true
    llm.mode = 'normal'
    clock.ahead += MINUTE_MS
    await until(async () => (await call<{ available: boolean }>('/ai/status')).available)
    await until(async () => {
      await call('/slos')
      clock.ahead += MINUTE_MS
      return (await alert('llm-service-down')).state === 'resolved'
    })
  }, 120_000)

  test('a queue that overflows: fires at once, silenced or not as asked, and resolves', async () => {
    const silence = {
      rule_id: 'alert-queue-overflow',
      reason: 'load test',
      ends_at: new Date(now() + 120 * MINUTE_MS).toISOString(),
    }
    await call('/ops/silences', 'POST', silence)
    // The manager waits for the feed's lock, so what is queued stays.
    await database.query('BEGIN; SELECT position FROM alert_feed FOR UPDATE')
    // Digests of the hour before wait for the lock, too, and hold up no notification.
    clock.ahead += 60 * MINUTE_MS
    const filler = new pg.Client({ connectionString: api.databaseUrl })
    await filler.connect()
    await filler.query(`INSERT INTO alert_queue SELECT gen_random_uuid(), 'session', gen_random_uuid(), '203.0.113.8', 's', 'cowrie', 'high',
      0.7, '[]', '{}', '{}', NULL, now(), now(), '', '' FROM generate_series(1, 1001)`)
    const firing = await reaches('alert-queue-overflow', 'firing')
    expect(firing).toMatchObject({ value: 1001, silenced: true })
    expect(sentFor('Alert queue overflow')).toEqual([])
    await until(
      async () =>
        ((await (await api.call('/health')).json()) as { alert_queue_depth: number }).alert_queue_depth >
        1000,
    )
    const [{ id } = { id: '' }] = (await call<{ items: Array<{ id: string }> }>('/ops/silences')).items
    await call(`/ops/silences/${id}`, 'DELETE')
    await until(() => sentFor('Alert queue overflow').length === 1)
    await database.query('COMMIT')
    await filler.end()
    await until(async () => (await alert('alert-queue-overflow')).value === 0)
    clock.ahead += MINUTE_MS
    await reaches('alert-queue-overflow', 'resolved')
  })

  test('memory of any replica above 80 %: fires, and resolves when it is gone', async () => {
    await database.query(
      `INSERT INTO replicas SELECT gen_random_uuid(), 'other', $1, $1, false,
        gauges || '{"memory_bytes": 810, "memory_limit_bytes": 1000}' FROM replicas LIMIT 1`,
      [new Date(now())],
    )
    expect((await reaches('high-memory-usage', 'firing')).value).toBeCloseTo(0.81)
    await database.query(`DELETE FROM replicas WHERE host = 'other'`)
    await until(async () => ((await alert('high-memory-usage')).value ?? 1) < 0.8)
    clock.ahead += 2 * MINUTE_MS
    await reaches('high-memory-usage', 'resolved')
  })

  test('what fires survives a restart of the evaluator without being notified again', async () => {
    await database.query('BEGIN; SELECT position FROM alert_feed FOR UPDATE')
    const filler = new pg.Client({ connectionString: api.databaseUrl })
    await filler.connect()
    await filler.query(`INSERT INTO alert_queue SELECT gen_random_uuid(), 'session', gen_random_uuid(), '203.0.113.8', 's', 'cowrie', 'high',
      0.7, '[]', '{}', '{}', NULL, now(), now(), '', '' FROM generate_series(1, 1001)`)
    const before = sentFor('Alert queue overflow').length
    await reaches('alert-queue-overflow', 'firing')
    await until(() => sentFor('Alert queue overflow').length === before + 1)
    // The leader goes; the other replica takes the lock and evaluates on.
    const successor = await startTestPlatform(server, {
      now,
      beside: api,
      environment: { OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8', OPERATIONS_INTERVAL_SECONDS: '0.2' },
    })
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'eviltwin leadership' AND datname = current_database()`,
    )
    const evaluated = (await alert('alert-queue-overflow')).evaluated_at ?? ''
    await until(async () => ((await alert('alert-queue-overflow')).evaluated_at ?? '') > evaluated)
    expect((await alert('alert-queue-overflow')).state).toBe('firing')
    expect(sentFor('Alert queue overflow').length).toBe(before + 1)
    await database.query('COMMIT')
    await filler.end()
    await successor.close()
  })

  test('a channel that does not deliver: fires with its name and error, and ends with the next delivery', async () => {
    const broken = await startHttpReceiver()
    broken.answer((response) => void response.writeHead(410).end('gone'))
    const { id } = await call<Channel>('/channels', 'POST', {
      name: 'night shift',
      threat_alerts: false,
      settings: { type: 'webhook', url: broken.url, secret: 'a secret of 24 characters' },
    })
    await database.query(
      `INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
       VALUES (gen_random_uuid(), $1, '{"kind":"test","sent_at":"2026-03-22T12:00:00Z","message":"x"}', 'pending', 0, $2, $2)`,
      [id, new Date(now())],
    )
    await until(async () => (await alert('notifications-failing')).state === 'pending')
    clock.ahead += MINUTE_MS
    const firing = await reaches('notifications-failing', 'firing')
    expect(firing).toMatchObject({
      value: 1,
      detail: expect.stringMatching(/^night shift \(webhook\): .*410/),
    })
    await until(() => sentFor('Notifications failing').length === 1)
    const notified = await until(async () => {
      const { items } = await call<{ items: OpsTransition[] }>(
        '/ops/alerts/history?rule_id=notifications-failing&limit=1',
      )
      return items[0]?.delivered && items[0].told && items[0].notified
    })
    expect(notified.map(({ channel, outcome }) => [channel, outcome])).toEqual(
      expect.arrayContaining([
        ['night shift', 'pending'],
        ['on call', 'delivered'],
      ]),
    )
    broken.answer((response) => void response.end('ok'))
    clock.ahead += 10 * MINUTE_MS
    await reaches('notifications-failing', 'resolved')
    await call(`/channels/${id}`, 'DELETE')
    await broken.close()
  })

  test('a sensor whose key was revoked: is notified also while strangers try keys, and ends when it stops', async () => {
    const { id, key } = await call<{ id: string; key: string }>('/api-keys', 'POST', {
      name: 'forgotten',
      scopes: ['ingest'],
    })
    await call(`/api-keys/${id}`, 'DELETE')
    const post = (credential: string | null) =>
      fetch(`${api.url}/log`, {
        method: 'POST',
        headers: {
          ...(credential !== null && { 'x-api-key': credential }),
          'content-type': 'application/json',
        },
        body: '{}',
      })
    expect((await post(null)).status).toBe(401)
    expect((await post('another stranger tries once')).status).toBe(401)
    for (let n = 0; n < 3; n += 1) expect((await post('the stranger tries three times')).status).toBe(401)
    expect(await reaches('sensor-refused', 'firing')).toMatchObject({
      severity: 'low',
      detail: 'key the?str… from 127.0.0.1, 3 times.',
    })
    await until(() => sentFor('Sensor refused').length === 1)
    expect((await post(key)).status).toBe(401)
    const firing = await until(async () => {
      const found = await alert('sensor-refused')
      return found.severity === 'medium' && found
    })
    expect(firing.detail).toBe(
      `revoked key ${key.slice(0, 7)}… from 127.0.0.1, once; key the?str… from 127.0.0.1, 3 times.`,
    )
    await until(() => sentFor('Sensor refused').length === 2)
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toMatch(/^eviltwin_auth_key_refusals_total\{outcome="stored"\} 5$/m)
    clock.ahead += 11 * MINUTE_MS
    await reaches('sensor-refused', 'resolved')
  })

  test('history shows what happened, newest first', async () => {
    const { items } = await call<{ items: OpsTransition[] }>('/ops/alerts/history?rule_id=auth-failure-spike')
    expect(items.map(({ event }) => event)).toEqual(['resolved', 'acknowledged', 'firing', 'pending'])
  })

  test('an analyst silences one rule for days; longer, or all of them, is for administrators, and ends too', async () => {
    const password = 'lantern orchid glacier mosaic'
    await call('/users', 'POST', { username: 'ana', password, role: 'analyst' })
    const analyst = await api.login('ana', password)
    const silence = async (as: string, rule_id: string | null, days: number) => {
      const ends_at = new Date(now() + days * 24 * 60 * MINUTE_MS).toISOString()
      const body = JSON.stringify({ rule_id, reason: 'a test', ends_at })
      return (await api.call('/ops/silences', { method: 'POST', as, body })).status
    }
    const RULE = 'alert-queue-overflow'
    expect([await silence(analyst, RULE, 6), await silence(analyst, RULE, 8)]).toEqual([201, 403])
    expect([await silence(analyst, null, 0.1), await silence(token, null, 0.1)]).toEqual([403, 201])
    expect([await silence(token, RULE, 89), await silence(token, null, 91)]).toEqual([201, 422])
    const all = (await call<{ items: OpsAlert[] }>('/ops/alerts')).items.map(({ id }) => id)
    const each = await Promise.all(all.map((id) => silence(analyst, id, 1)))
    expect(each.filter((status) => status === 201)).toHaveLength(5)
    expect(each.filter((status) => status === 403)).toHaveLength(all.length - 5)
    expect(await silence(token, all[each.indexOf(403)] ?? null, 1)).toBe(201)
    await database.query(`INSERT INTO ops_silences (id, reason, created_by, starts_at, ends_at)
      SELECT gen_random_uuid(), 'many', 'x', now(), now() + interval '30 days' FROM generate_series(1, 200)`)
    expect(await silence(token, RULE, 1)).toBe(409)
    await database.query(`DELETE FROM ops_silences WHERE reason = 'many'`)
  })

  test('a maintenance window silences everything', async () => {
    await call('/ops/silences', 'POST', {
      reason: 'move to another host',
      ends_at: new Date(now() + 600_000).toISOString(),
    })
    expect((await alerts()).every(({ silenced }) => silenced)).toBe(true)
    const refused = await api.call('/ops/silences', {
      method: 'POST',
      as: token,
      body: JSON.stringify({ reason: 'past', ends_at: '2020-01-01T00:00:00Z' }),
    })
    expect(refused.status).toBe(422)
  })
})

describe.each(inject('postgresServers').slice(0, 1))('a maintenance window on $version', (server) => {
  test('holds on every replica at once, also when the database is stopped a moment later', async () => {
    const receiver = await startHttpReceiver()
    const environment = {
      OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
      // Nobody reads the silences by themselves in the time of this test.
      OPERATIONS_INTERVAL_SECONDS: '4',
    }
    const replicas: TestPlatform[] = [await startTestPlatform(server, { environment })]
    const [first] = replicas as [TestPlatform]
    replicas.push(await startTestPlatform(server, { environment, beside: first }))
    const token = await first.login()
    const post = (path: string, body: object) =>
      first.call(path, { method: 'POST', as: token, body: JSON.stringify(body) })
    await post('/channels', {
      name: 'on call',
      settings: { type: 'webhook', url: receiver.url, secret: 'a secret of 24 characters' },
    })
    const shows = (line: string) =>
      until(async () => {
        const texts = await Promise.all(replicas.map(async ({ call }) => (await call('/metrics')).text()))
        return texts.every((text) => text.includes(line))
      })
    await shows('eviltwin_operational_alert_fallback_channels 1\n')
    const ends_at = new Date(Date.now() + 3_600_000).toISOString()
    await post('/ops/silences', { reason: 'move to another host', ends_at })

    const admin = new pg.Client({ connectionString: `${server.url}postgres` })
    await admin.connect()
    const name = new URL(first.databaseUrl).pathname.slice(1)
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await shows('eviltwin_operational_alert_firing{alert="Database unreachable"} 1\n')
    expect(receiver.requests).toEqual([])

    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    await admin.end()
    for (const replica of replicas.reverse()) await replica.close()
    await receiver.close()
  }, 60_000)
})
