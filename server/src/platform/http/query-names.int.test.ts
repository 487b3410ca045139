import type { Problem } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

interface Operation {
  security: object[]
  parameters?: Array<{ name: string; in: string }>
}

describe.each(inject('postgresServers').slice(0, 1))('query parameters on $version', (server) => {
  let api: TestPlatform
  let admin: string
  beforeAll(async () => {
    api = await startTestPlatform(server)
    admin = await api.login()
  })
  afterAll(() => api.close())

  const problemAt = async (path: string, method = 'GET') => {
    const answer = await api.call(path, { as: admin, method })
    return { status: answer.status, type: answer.headers.get('content-type'), problem: await answer.json() }
  }

  test('every route for people and every feed refuses a parameter that it does not have; no other route does', async () => {
    const document = (await (await api.call('/openapi.json')).json()) as {
      paths: Record<string, Record<string, Operation>>
    }
    const refused: string[] = []
    const taken: string[] = []
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { parameters = [] }] of Object.entries(operations)) {
        const url = path.replaceAll(/\{[^}]+\}/g, 'x')
        const answer = await api.call(`${url}?no_such_parameter=1`, {
          as: admin,
          method: method.toUpperCase(),
        })
        const text = await answer.text()
        const name = `${method.toUpperCase()} ${path}`
        if (!text.includes('unknown query parameter `no_such_parameter`')) {
          taken.push(name)
          continue
        }
        refused.push(name)
        expect(answer.status, name).toBe(422)
        const known = parameters
          .filter((parameter) => parameter.in === 'query')
          .map((parameter) => parameter.name)
        const { errors } = JSON.parse(text) as Problem
        const nearest = /did you mean `(\w+)`/.exec(errors?.[0]?.message ?? '')?.[1]
        if (known.length > 0) expect(known, name).toContain(nearest)
        else expect(errors?.[0]?.message, name).toBe('no query parameters are known here')
      }
    }
    expect(refused).toContain('GET /sessions')
    expect(refused).toContain('GET /feeds/blocklist.txt')
    expect(refused).toContain('POST /api-keys')
    expect(taken).toMatchInlineSnapshot(`
      [
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /log",
        "POST /services/collector",
        "POST /services/collector/event",
        "POST /services/collector/event/1.0",
        "POST /services/collector/raw",
        "POST /services/collector/raw/1.0",
        "POST /services/collector/ack",
        "GET /services/collector/health",
        "GET /services/collector/health/1.0",
        "POST /sensors/heartbeat",
        "POST /sensors/enrol",
        "POST /canary/webhook",
        "POST /canary/hooks/{token}",
        "PUT /evidence/recordings/{recording_id}",
        "PUT /evidence/recordings/{recording_id}/chunks/{n}",
        "PUT /evidence/files/{sha256}",
        "POST /decoys/shell",
        "GET /runbooks/{id}",
        "GET /health",
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
      ]
    `)
  })

  test('the answer names the parameter and the nearest known one, with a pointer', async () => {
    expect(await problemAt('/sessions?sensorid=x')).toMatchObject({
      status: 422,
      type: expect.stringContaining('application/problem+json'),
      problem: {
        type: '/problems/invalid-input',
        detail: 'unknown query parameter `sensorid`: did you mean `sensor_id`?',
        errors: [{ pointer: '/sensorid', message: 'did you mean `sensor_id`?' }],
      },
    })
  })

  test('an answer never repeats more than ten names of fifty characters', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `${index}${'x'.repeat(200)}=1`)
    const { problem } = await problemAt(`/sessions?${names.join('&')}`)
    const { errors = [] } = problem as Problem
    expect(errors).toHaveLength(10)
    expect(Math.max(...errors.map(({ pointer }) => pointer.length))).toBe(51)
  })

  test('who may not read a route learns nothing of its parameters', async () => {
    expect((await api.call('/sessions?foo=1')).status).toBe(401)
  })

  describe('former names', () => {
    const at = '2026-03-22T00:00:00Z'
    test.each([
      ['/sessions', 'ip', 'src_ip', '203.0.113.7'],
      ['/sessions', 'honeypot', 'sensor_id', 'trap-1'],
      ['/sessions', 'start_date', 'from', at],
      ['/sessions', 'end_date', 'to', at],
      ['/sessions', 'page_size', 'limit', '2'],
      ['/sessions', 'signal', 'behaviour', 'download'],
      ['/sessions/facets', 'signal', 'behaviour', 'download'],
      ['/alerts', 'min_level', 'threat_level', 'critical'],
    ])('%s takes %s for %s, and refuses both together', async (path, former, current, value) => {
      const answerTo = (query: string) => problemAt(`${path}?${query}`)
      const answer = await answerTo(`${former}=${value}`)
      expect(answer).toEqual(await answerTo(`${current}=${value}`))
      expect(answer.status).toBe(200)
      expect(await answerTo(`${former}=${value}&${current}=${value}`)).toMatchObject({
        status: 422,
        problem: { errors: [{ pointer: `/${former}` }] },
      })
    })

    test('levels are names, never numbers', async () => {
      expect((await problemAt('/alerts?min_level=3')).status).toBe(422)
      for (const level of ['low', 'medium', 'high', 'critical'])
        expect((await api.call(`/alerts?min_level=${level}`, { as: admin })).status).toBe(200)
    })

    test('former names filter as the current ones do, and pages have numbers from 1 to 100', async () => {
      const event = (source: string, minute: number) => ({
        source_ip: source,
        session: source,
        occurred_at: new Date(Date.now() - minute * 60_000).toISOString(),
        command: 'id',
      })
      const addresses = [1, 2, 3].map((n) => `203.0.113.${n}`)
      await api.send(JSON.stringify(addresses.map(event)))
      const sourcesAt = async (path: string) => {
        const { problem } = await problemAt(path)
        return (problem as { items: Array<{ source_ip: string }> }).items.map(({ source_ip }) => source_ip)
      }
      expect(await sourcesAt('/sessions?ip=203.0.113.2')).toEqual(['203.0.113.2'])
      const all = await sourcesAt('/sessions')
      expect(all).toHaveLength(3)
      expect(await sourcesAt('/sessions?page_size=2&page=1')).toEqual(all.slice(0, 2))
      expect(await sourcesAt('/sessions?page_size=2&page=2')).toEqual(all.slice(2))
      expect(await sourcesAt('/sessions?page=100')).toEqual([])
      for (const page of ['0', '101', 'x'])
        expect((await problemAt(`/sessions?page=${page}`)).status).toBe(422)
      expect((await problemAt('/sessions?page=2&cursor=x')).status).toBe(422)
    })

    test('the OpenAPI document marks them as deprecated', async () => {
      const document = await (await api.call('/openapi.json')).json()
      const { parameters } = document.paths['/sessions'].get
      const deprecated = parameters
        .filter(({ schema }: { schema: { deprecated?: boolean } }) => schema.deprecated)
        .map(({ name }: { name: string }) => name)
      expect(deprecated.toSorted()).toEqual([
        'end_date',
        'honeypot',
        'ip',
        'page',
        'page_size',
        'signal',
        'start_date',
      ])
    })
  })

  describe('a login by a form', () => {
    const submit = (fields: Record<string, string>, path = '/auth/login') =>
      api.call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      })

    test('gives both tokens, whatever else the form of OAuth 2 holds', async () => {
      const answer = await submit({ ...ADMIN, grant_type: 'password', scope: '' })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) })
    })

    test('never sets the cookie: another site can send a form', async () => {
      const answer = await submit({ ...ADMIN, cookie: 'true' })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('set-cookie')).toBeNull()
    })

    test('without a password is a 422, with a wrong one a 401, and too long a 413', async () => {
      expect((await submit({ username: 'admin' })).status).toBe(422)
      expect((await submit({ username: 'admin', password: 'wrong' })).status).toBe(401)
      expect((await submit({ username: 'admin', password: 'x'.repeat(17_000) })).status).toBe(413)
    })

    test('is the only form that is taken', async () => {
      expect((await submit({ refresh_token: 'x' }, '/auth/refresh')).status).toBe(415)
    })
  })

  test('GET / leads to the dashboard, whatever is accepted', async () => {
    for (const accept of ['*/*', 'text/html', 'application/json']) {
      const answer = await api.call('/', { redirect: 'manual', headers: { accept } })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/dashboard'])
    }
    const page = await api.call('/', { headers: { accept: '*/*' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await api.call('/dashboard/statss', { headers: { accept: '*/*' } })).status).toBe(404)
  })
})
