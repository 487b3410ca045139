import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const JSON_BODY = { 'content-type': 'application/json' }

describe.each(inject('postgresServers').slice(0, 1))('the character U+0000 on $version', (server) => {
  let api: TestPlatform
  let admin: string
  beforeAll(async () => {
    api = await startTestPlatform(server)
    admin = await api.login()
  })
  afterAll(() => api.close())

  const post = (path: string, body: object) =>
    api.call(path, { as: admin, method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) })

  test.each([
    ['GET', '/sessions?q=a%00b', '/q'],
    ['GET', '/sessions?sensor_id=%00', '/sensor_id'],
    ['GET', '/alerts?assignee=%00', '/assignee'],
    ['GET', '/runbooks/x%00', null],
  ])('in %s %s is refused with its place', async (method, path, pointer) => {
    const answer = await api.call(path, { as: admin, method })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    if (pointer !== null) expect((await answer.json()).errors).toMatchObject([{ pointer }])
  })

  test('in bodies is refused with its place, before anybody is logged in, too', async () => {
    const key = await post('/api-keys', { name: 'a\0b', scopes: ['ingest'] })
    expect([key.status, (await key.json()).errors]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/name' })],
    ])
    const login = await post('/auth/login', { username: 'admin\0', password: 'x' })
    expect(login.status).toBe(422)
  })

  test('no route for people or programs fails over it', async () => {
    const document = (await (await api.call('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { parameters?: Array<{ name: string; in: string }> }>>
    }
    for (const [path, operations] of Object.entries(document.paths)) {
      const { parameters = [] } = operations['get'] ?? {}
      for (const { name } of parameters.filter((parameter) => parameter.in === 'query')) {
        const url = path.replaceAll(/\{[^}]+\}/g, '%00')
        const { status } = await api.call(`${url}?${name}=%00`, { as: admin })
        expect([url, name, status < 500]).toEqual([url, name, true])
      }
    }
  })

  test('sent by a sensor loses no event', async () => {
    const occurred_at = new Date().toISOString()
    const record = { source_ip: '203.0.113.7', occurred_at, event_type: 'command', command: 'a\0b' }
    expect(await (await api.send(JSON.stringify(record))).json()).toMatchObject({ status: 'processed' })
  })
})
