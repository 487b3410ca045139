import { SENSOR_SETUPS } from '@eviltwin/contract/setups'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const HOUR_MS = 3_600_000

describe.each(inject('postgresServers'))('the enrolment of a sensor on $version', (server) => {
  let api: TestPlatform
  let admin: string
  let later = 0
  beforeAll(async () => {
    api = await startTestPlatform(server, { now: () => Date.now() + later })
    admin = await api.login()
  })
  afterAll(() => api.close())

  const post = (path: string, body: object, as?: string) =>
    api.call(path, { method: 'POST', body: JSON.stringify(body), ...(as !== undefined && { as }) })
  const begin = async (sensor_id: string) =>
    (await post('/sensors/enrolments', { sensor_id }, admin)).json() as Promise<{ id: string; token: string }>
  const stateOf = async (id: string) => (await api.call(`/sensors/enrolments/${id}`, { as: admin })).json()
  const sendWith = (key: string, record: object) =>
    api.call('/log', { method: 'POST', as: key, body: JSON.stringify(record) })

  test('goes from its token to a key and to the first event, which names the kind', async () => {
    const { id, token } = await begin('pot-1')
    expect(await stateOf(id)).toMatchObject({
      state: 'pending',
      key_id: null,
      received: null,
      rejected: null,
    })
    const response = await post('/sensors/enrol', { token })
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { key, id: key_id, sensor_id } = await response.json()
    expect(sensor_id).toBe('pot-1')
    expect(await stateOf(id)).toMatchObject({ state: 'enrolled', key_id, received: null })

    expect((await sendWith(key, { no: 'event' })).status).toBe(422)
    expect(await stateOf(id)).toMatchObject({
      received: null,
      rejected: { reason: 'missing_source_ip', detail: expect.any(String) },
    })
    const timestamp = new Date().toISOString()
    const connect = {
      eventid: 'cowrie.session.connect',
      src_ip: '203.0.113.9',
      session: 'a',
      sensor: 'another name',
      timestamp,
    }
    expect((await sendWith(key, connect)).status).toBe(200)
    expect(await stateOf(id)).toMatchObject({ received: { sensor_kind: 'cowrie', at: expect.any(String) } })
    const { items } = await (await api.call('/sensors', { as: admin })).json()
    expect(items).toMatchObject([{ sensor_id: 'pot-1' }])
  })

  test('gives OpenCanary a configuration whose messages are read', async () => {
    const { token } = await begin('pot-oc')
    const { key } = await (await post('/sensors/enrol', { token })).json()
    const text = SENSOR_SETUPS.find(({ id }) => id === 'opencanary')?.text('http://localhost', key) ?? ''
    const { url, headers, data } = JSON.parse(text).kwargs.handlers.Webhook
    const line = { node_id: 'oc', logtype: 2000, src_host: '203.0.113.30', utc_time: '2026-03-22 10:00:00.1' }
    // What OpenCanary does with `data`: only an object is filled in.
    const body = Object.fromEntries(
      Object.entries<string>(data).map(([name, value]) => [
        name,
        value.replace('%(message)s', JSON.stringify({ ...line, logdata: {} })),
      ]),
    )
    const { pathname } = new URL(url)
    const { Authorization: authorization, 'Content-Type': type } = headers
    const response = await api.call(pathname, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: JSON.stringify(body),
    })
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'processed' }),
    ])
  })

  test('gives Fluent Bit a configuration by which a line that is read again is no other event', async () => {
    const { token } = await begin('pot-fb')
    const { key } = await (await post('/sensors/enrol', { token })).json()
    const text = SENSOR_SETUPS.find(({ id }) => id === 'fluent-bit')?.text('http://localhost', key) ?? ''
    expect(text).not.toMatch(/Parser/)
    const log = JSON.stringify({
      eventid: 'cowrie.session.connect',
      src_ip: '203.0.113.31',
      timestamp: '2026-03-22T10:00:00Z',
    })
    const send = async (date: number) =>
      (await api.call('/log', { method: 'POST', as: key, body: JSON.stringify([{ date, log }]) })).json()
    expect(await send(1774173600.5)).toMatchObject({ accepted: 1 })
    expect(await send(1774173601.5)).toMatchObject({ accepted: 0, duplicates: 1 })
  })

  test('works once: of ten uses of a token at the same time one gets a key', async () => {
    const { token } = await begin('pot-2')
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/sensors/enrol', { token })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(401)])
    const { items } = await (await api.call('/api-keys', { as: admin })).json()
    expect(items.filter(({ name }: { name: string }) => name === 'pot-2')).toHaveLength(1)
  })

  test('ends after an hour', async () => {
    const { id, token } = await begin('pot-3')
    later = HOUR_MS
    try {
      expect((await post('/sensors/enrol', { token })).status).toBe(401)
      // The login has expired as well.
      admin = await api.login()
      expect(await stateOf(id)).toMatchObject({ state: 'expired', key_id: null })
    } finally {
      later = 0
      admin = await api.login()
    }
  })

  test('is begun by administrators alone, for ids that a key may speak for', async () => {
    expect((await post('/sensors/enrolments', { sensor_id: 'x' })).status).toBe(401)
    expect((await post('/sensors/enrol', { token: 'en_guess' })).status).toBe(401)
    for (const sensor_id of ['', 'canary-webhook', 'a\nb'])
      expect((await post('/sensors/enrolments', { sensor_id }, admin)).status).toBe(422)
    expect(
      (await api.call('/sensors/enrolments/0199b8a0-0000-7000-8000-000000000000', { as: admin })).status,
    ).toBe(404)
  })

  test('is in the audit log, without token and key; neither is in the log', async () => {
    const { token } = await begin('pot-4')
    const { key } = await (await post('/sensors/enrol', { token })).json()
    const { items } = await (await api.call('/audit?limit=10', { as: admin })).json()
    expect(items[0]).toMatchObject({
      action: 'sensor.enrol',
      actor_kind: 'unknown',
      detail: { target: { name: 'pot-4' } },
    })
    const actions = items.map(({ action }: { action: string }) => action)
    expect(actions).toEqual(expect.arrayContaining(['sensor.enrol', 'sensor_enrolment.add']))
    for (const secret of [token, key]) {
      expect(JSON.stringify(items)).not.toContain(secret)
      expect(JSON.stringify(api.logged)).not.toContain(secret)
    }
  })

  test('has at most a hundred tokens that wait', async () => {
    const statuses: number[] = []
    for (let index = 0; index < 110 && !statuses.includes(409); index += 1)
      statuses.push((await post('/sensors/enrolments', { sensor_id: `many-${index}` }, admin)).status)
    expect(statuses.at(-1)).toBe(409)
    expect(statuses.length).toBeGreaterThan(90)
  })
})
