import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const NOW = new Date().toISOString()

describe.each(inject('postgresServers'))('heartbeats of sensors on $version', (server) => {
  let api: TestPlatform
  let admin: string
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { OPERATIONS_INTERVAL_SECONDS: '1' } })
    admin = await api.login()
  })
  afterAll(() => api.close())

  const post = (path: string, body: unknown, as: string, headers: Record<string, string> = {}) =>
    api.call(path, { method: 'POST', body: JSON.stringify(body), as, headers })
  const beat = (as: string, more: object = {}, headers: Record<string, string> = {}) =>
    post('/sensors/heartbeat', { sent_at: NOW, ...more }, as, headers)
  const newKey = async (request: object) =>
    (await (await post('/api-keys', { name: 'a key', scopes: ['ingest'], ...request }, admin)).json()) as {
      key: string
    }
  const find = async (sensor_id: string) => {
    const response = await api.call(`/sensors?sensor_id=${encodeURIComponent(sensor_id)}`, { as: admin })
    return (await response.json()).items[0]
  }
  const found = (sensor_id: string) => until(() => find(sensor_id))

  test('a heartbeat is of the sensor of its key, whatever it names', async () => {
    const { key } = await newKey({ kind: 'sensor', sensor_id: 'named-1' })
    const response = await beat(key, {
      software: 'eviltwin tail',
      version: '1.2.3',
      spooled_bytes: 42,
      sensor_id: 'another',
    })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(await found('named-1')).toMatchObject({
      sensor_kind: 'generic',
      event_count: 0,
      state: 'unknown',
      heartbeat: { software: 'eviltwin tail', version: '1.2.3', spooled_bytes: 42, interval_seconds: null },
    })
    expect(await find('another')).toBeUndefined()
  })

  test('a key for several sensors names one that it may speak for', async () => {
    const { key } = await newKey({ kind: 'collector', sensor_id: null, sensor_ids: ['east-1', 'east-2'] })
    expect((await beat(key)).status).toBe(422)
    expect((await beat(key, { sensor_id: 'west-1' })).status).toBe(403)
    expect((await beat(key, { sensor_id: 'east-1' })).status).toBe(204)
    expect((await beat(key, {}, { 'x-sensor-id': 'east-2' })).status).toBe(204)
    await found('east-1')
    await found('east-2')
  })

  test('a key without a sensor is bound by its first event, not by a heartbeat', async () => {
    const { key } = await newKey({ kind: 'sensor', sensor_id: null })
    expect((await beat(key, { sensor_id: 'first-1' })).status).toBe(409)
    const event = { source_ip: '203.0.113.50', occurred_at: NOW, sensor_id: 'first-1' }
    expect((await post('/log', event, key)).status).toBe(200)
    expect((await beat(key)).status).toBe(204)
    expect((await beat(key, { sensor_id: 'second-1' })).status).toBe(403)
  })

  test.each([
    ['no time', { sent_at: undefined }],
    ['a time that no clock shows', { sent_at: '9999-12-31T23:59:59-15:00' }],
    ['an age before computers', { sent_at: '0001-01-01T00:00:00Z' }],
    ['a long name', { software: 'x'.repeat(65) }],
    ['an empty version', { version: '' }],
    ['less than nothing that waits', { spooled_bytes: -1 }],
    ['an id that is none', { sensor_id: 'a\nb' }],
  ])('%s is refused', async (_what, body) => {
    const { key } = await newKey({ kind: 'collector', sensor_id: null, sensor_ids: null })
    expect((await beat(key, { sensor_id: 'bad-1', ...body })).status).toBe(422)
  })

  test('is refused without a key, and with one for something else', async () => {
    expect((await beat('et_unknown')).status).toBe(401)
    const { key } = await newKey({ kind: 'sensor', scopes: ['feeds:read'], sensor_id: null })
    expect((await beat(key)).status).toBe(403)
  })

  test('text that cannot be stored is kept as a replacement, and harms no other heartbeat', async () => {
    const { key } = await newKey({ kind: 'collector', sensor_id: null, sensor_ids: null })
    const body = `{"sent_at":"${NOW}","sensor_id":"half-1","software":"a\\ud800","version":"1\\u0000"}`
    expect((await api.call('/sensors/heartbeat', { method: 'POST', body, as: key })).status).toBe(204)
    expect((await beat(key, { sensor_id: 'half-2' })).status).toBe(204)
    expect((await found('half-1')).heartbeat).toMatchObject({ software: 'a\ufffd', version: '1\ufffd' })
    await found('half-2')
  })

  test('a ping of OpenCanary is a heartbeat and no event, by POST /log and by HEC', async () => {
    const { key } = await newKey({ kind: 'sensor', sensor_id: 'opencanary-a' })
    const { key: collector } = await newKey({
      kind: 'collector',
      sensor_id: null,
      sensor_ids: ['opencanary-b'],
    })
    const ping = { logtype: 1004, node_id: 'opencanary-b', utc_time: '2026-03-22 10:00:00.5', logdata: {} }
    expect(await (await post('/log', ping, key)).json()).toMatchObject({ accepted: 0, ignored: 1 })
    const envelope = { sourcetype: 'opencanary', event: ping }
    expect((await post('/services/collector', envelope, collector)).status).toBe(200)
    for (const sensor_id of ['opencanary-a', 'opencanary-b'])
      expect(await found(sensor_id)).toMatchObject({
        sensor_kind: 'opencanary',
        event_count: 0,
        heartbeat: { software: 'OpenCanary', sent_at: '2026-03-22T10:00:00.500000Z' },
      })
    await post('/log', { ...ping, node_id: 'opencanary-c' }, collector)
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toContain('eviltwin_sensors_heartbeats_total{outcome="refused"} 1')
    expect(await find('opencanary-c')).toBeUndefined()
  })

  test('an administrator says what is expected, and the audit log has it', async () => {
    const put = (body: object, as = admin) =>
      api.call('/sensors/expectation', { method: 'PUT', body: JSON.stringify(body), as })
    const { key } = await newKey({ kind: 'sensor', sensor_id: 'expected-1' })
    await beat(key)
    await found('expected-1')
    const change = { sensor_id: 'expected-1', expected: 'yes', silence_limit_seconds: 600 }
    const response = await put(change)
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({
        expectation: expect.objectContaining({ expected: 'yes', until: null, silence_limit_seconds: 600 }),
      }),
    ])
    expect((await put({ ...change, sensor_id: 'nobody-1' })).status).toBe(404)
    expect((await put({ ...change, silence_limit_seconds: 59 })).status).toBe(422)
    expect((await put(change, key)).status).toBe(401)
    await put({ ...change, expected: 'no' })
    const { items } = await (await api.call('/audit?limit=10', { as: admin })).json()
    expect(items[0]).toMatchObject({
      action: 'sensor.expect',
      detail: { before: { name: 'expected-1', expected: 'yes' }, after: { sensor_id: 'expected-1' } },
    })
  })

  test('the list goes from page to page, and by default has as many as it had', async () => {
    const { key } = await newKey({ kind: 'collector', sensor_id: null, sensor_ids: null })
    const events = Array.from({ length: 7 }, (_, n) => ({
      source_ip: `203.0.113.${n}`,
      occurred_at: NOW,
      sensor_id: `paged-${n}`,
    }))
    await post('/log', events, key)
    const all = (await (await api.call('/sensors', { as: admin })).json()) as {
      items: Array<{ sensor_id: string }>
      next_cursor: string | null
    }
    expect(all.next_cursor).toBeNull()
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const page = await (
        await api.call(`/sensors?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`, { as: admin })
      ).json()
      paged.push(...page.items.map(({ sensor_id }: { sensor_id: string }) => sensor_id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(paged).toEqual(all.items.map(({ sensor_id }) => sensor_id))
    expect((await api.call('/sensors?cursor=bm9uc2Vuc2U', { as: admin })).status).toBe(422)
    expect((await api.call('/sensors?limit=1001', { as: admin })).status).toBe(422)
  })
})
