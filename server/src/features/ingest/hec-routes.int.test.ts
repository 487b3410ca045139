import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { createHecClient } from '../forwarding/hec-client.js'

const CHANNEL = '0f3a5b1c-2d4e-4f60-8a7b-9c0d1e2f3a4b'
const COWRIE =
  '{"eventid":"cowrie.login.failed","username":"root","password":"p\\u00e4ss","src_ip":"203.0.113.7","session":"a1","sensor":"cowrie-9","timestamp":"2026-03-22T12:00:01.000000Z","n":1.50}'

describe.each(inject('postgresServers'))('the HTTP Event Collector on $version', (server) => {
  let api: TestPlatform
  let admin: string

  beforeAll(async () => {
    api = await startTestPlatform(server)
    admin = await api.login()
  })
  afterAll(() => api.close())

  const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/services/collector${path}`, {
      method: 'POST',
      headers: { authorization: `Splunk ${SENSOR_KEY}`, ...headers },
      body: body as BodyInit,
    })
  const answer = async (response: Promise<Response>) => {
    const { status, ...rest } = await response.then(async (answered) => ({
      status: answered.status,
      ...((await answered.json()) as object),
    }))
    return [status, rest]
  }
  const sessionOf = async (ip: string) => {
    const { items } = await (await api.call(`/sessions?src_ip=${ip}`, { as: admin })).json()
    return (await api.call(`/sessions/${items[0].id}`, { as: admin })).json()
  }

  test('takes envelopes one after another, and keeps each event as the sensor wrote it', async () => {
    const body = `{"time":1774180801,"event": ${COWRIE} }{"host":"web-7","time":1774180802.5,"event":{"src_ip":"203.0.113.8","username":"x"}}\n{"event":${JSON.stringify('{"src_ip":"203.0.113.9","time":1774180803}')}}`
    expect(await answer(post('/event', body))).toEqual([200, { text: 'Success', code: 0 }])
    const session = await sessionOf('203.0.113.7')
    expect(session).toMatchObject({ sensor_id: 'cowrie-9', sensor_kind: 'cowrie', events: [{ raw: COWRIE }] })
    expect(await sessionOf('203.0.113.8')).toMatchObject({
      sensor_id: 'web-7',
      events: [
        { occurred_at: '2026-03-22T12:00:02.500000Z', raw: '{"src_ip":"203.0.113.8","username":"x"}' },
      ],
    })
    expect(await sessionOf('203.0.113.9')).toMatchObject({ event_count: 1 })
    expect(await answer(post('', body))).toEqual([200, { text: 'Success', code: 0 }])
    expect((await sessionOf('203.0.113.7')).event_count).toBe(1)
  })

  test('takes lines as they are, gzip, and Basic authorization', async () => {
    const lines = [1, 2].map((n) => `{"src_ip":"203.0.113.20","time":${1774180800 + n}}`).join('\n')
    const basic = { authorization: `Basic ${Buffer.from(`anybody:${SENSOR_KEY}`).toString('base64')}` }
    const sent = post('/raw', gzipSync(lines), { 'content-encoding': 'gzip', ...basic })
    expect(await answer(sent)).toEqual([200, { text: 'Success', code: 0 }])
    expect((await sessionOf('203.0.113.20')).event_count).toBe(2)
  })

  test('what is text and no event waits in the quarantine', async () => {
    expect(await answer(post('/event', '{"event":"hello world"}'))).toEqual([
      200,
      { text: 'Success', code: 0 },
    ])
    const { items } = await (await api.call('/quarantine', { as: admin })).json()
    expect(items.map(({ excerpt }: { excerpt: string }) => excerpt)).toContain('hello world')
  })

  test('acknowledges what is durable, to the channel that sent it', async () => {
    const channel = { 'x-splunk-request-channel': CHANNEL }
    const event = '{"event":{"src_ip":"203.0.113.30","time":1774180800}}'
    expect(await answer(post('/event', event, channel))).toEqual([
      200,
      { text: 'Success', code: 0, ackId: 0 },
    ])
    expect(await answer(post(`/event?channel=${CHANNEL}`, event))).toEqual([
      200,
      { text: 'Success', code: 0, ackId: 1 },
    ])
    expect(await answer(post(`/ack?channel=${CHANNEL}`, '{"acks":[0,1,2]}'))).toEqual([
      200,
      { acks: { 0: true, 1: true, 2: false } },
    ])
    expect(await answer(post('/ack', '{"acks":[0]}'))).toEqual([
      400,
      { text: 'Data channel is missing', code: 10 },
    ])
    expect(await answer(post('/event', event, { 'x-splunk-request-channel': 'mine' }))).toEqual([
      400,
      { text: 'Invalid data channel', code: 11 },
    ])
  })

  test.each([
    ['', 400, { text: 'No data', code: 5 }],
    ['{"event":{"a":1}}{"event":', 400, { text: 'Invalid data format', code: 6, 'invalid-event-number': 1 }],
    ['nonsense', 400, { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 }],
    ['{"host":"x"}', 400, { text: 'Event field is required', code: 12, 'invalid-event-number': 0 }],
    ['{"event":""}', 400, { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 0 }],
  ])('%j is refused as a whole, in Splunk’s words', async (body, status, told) => {
    expect(await answer(post('/event', body))).toEqual([status, told])
  })

  test.each([
    [{ authorization: '' }, 401, 2],
    [{ authorization: 'Negotiate x' }, 401, 3],
    [{ authorization: 'Splunk not-a-key' }, 403, 4],
  ])('a sender with %j is refused', async (headers, status, code) => {
    expect(await answer(post('/event', '{"event":{"a":1}}', headers))).toMatchObject([status, { code }])
  })

  test('says that it is healthy to anybody', async () => {
    for (const path of ['health', 'health/1.0'])
      expect(await answer(fetch(`${api.url}/services/collector/${path}`))).toEqual([
        200,
        { text: 'HEC is healthy', code: 17 },
      ])
  })

  test('answers what its clients try before they send', async () => {
    const options = await fetch(`${api.url}/services/collector/event/1.0`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'GET, POST, OPTIONS'])
    const event = '{"event":{"src_ip":"203.0.113.50","time":1774180800}}'
    const success = [200, { text: 'Success', code: 0 }]
    expect(await answer(post(`/event?token=${SENSOR_KEY}`, event, { authorization: '' }))).toEqual(success)
    expect(await answer(post('/event/', event))).toEqual(success)
    expect(await answer(post('/event?token=nonsense', event, { authorization: '' }))).toMatchObject([
      403,
      { code: 4 },
    ])
    expect(JSON.stringify(api.logged)).not.toContain(SENSOR_KEY)
  })

  test('takes sensor and time of raw lines from the query', async () => {
    const line = '{"src_ip":"203.0.113.51","command":"x"}'
    expect(await answer(post('/raw?host=rawhost&sourcetype=x&time=1774180800', line))).toMatchObject([
      200,
      {},
    ])
    expect(await sessionOf('203.0.113.51')).toMatchObject({
      sensor_id: 'rawhost',
      events: [{ occurred_at: '2026-03-22T12:00:00.000000Z', raw: line }],
    })
  })

  test('another EvilTwin forwards to it, and believes its acknowledgements', async () => {
    const send = createHecClient(api.url, SENSOR_KEY)
    await send(['{"event":{"src_ip":"203.0.113.40","time":1774180800}}'])
    expect((await sessionOf('203.0.113.40')).event_count).toBe(1)
  })
})
