import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { QuarantinedRecord } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

/**
 * The requests of clients of Splunk's HTTP Event Collector, as their sources write them: method, target, headers, framing and the shape of
 * their envelopes. Each event must be stored as the sensor wrote it, whatever the client put around it.
 */
interface ClientRequest {
  client: string
  /** Request line and headers, without Host and the length of the body. */
  head: readonly string[]
  /** The body, with an event of the given source address in it. */
  body: (record: string) => string
  framing?: 'length' | 'chunked' | 'gzip'
  /** What the client takes for success. */
  expected: { status: number; body?: object }
}

const CURL = '/usr/bin/curl'
const TIME = 1774180801.25
const AUTHORIZATION = `Authorization: Splunk ${SENSOR_KEY}`
const CHANNEL = '0f3a5b1c-2d4e-4f60-8a7b-9c0d1e2f3a4b'
const SUCCESS = { status: 200, body: { text: 'Success', code: 0 } }
const text = (record: string) => JSON.stringify(record)

const SENDING: ClientRequest[] = [
  {
    client: 'Fluent Bit (splunk)',
    head: ['POST /services/collector/event HTTP/1.1', 'User-Agent: Fluent-Bit', AUTHORIZATION],
    body: (record) =>
      `{"time":${TIME},"host":"pot-1","source":"tail","sourcetype":"cowrie","fields":{"a":1},"event":${record}}`,
    expected: SUCCESS,
  },
  {
    client: 'Fluent Bit (splunk) without a parser, compressed, with a channel',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'User-Agent: Fluent-Bit',
      AUTHORIZATION,
      `X-Splunk-Request-Channel: ${CHANNEL}`,
      'Content-Encoding: gzip',
    ],
    body: (record) => `{"time":${TIME},"event":{"log":${text(record)}}}`,
    framing: 'gzip',
    expected: { status: 200, body: { text: 'Success', code: 0, ackId: expect.any(Number) } },
  },
  {
    client: 'Fluent Bit (splunk) with Basic authorization',
    head: [
      'POST /services/collector/event HTTP/1.1',
      `Authorization: Basic ${Buffer.from(`x:${SENSOR_KEY}`).toString('base64')}`,
    ],
    body: (record) => `{"time":${TIME},"event":${text(record)}}`,
    expected: SUCCESS,
  },
  {
    client: 'Vector (splunk_hec_logs, json)',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'content-type: application/json',
      'user-agent: Vector/0.48.0 (x86_64-unknown-linux-gnu)',
      'accept-encoding: identity',
      `authorization: Splunk ${SENSOR_KEY}`,
    ],
    body: (record) =>
      `{"event":{"file":"/var/log/cowrie/cowrie.json","message":${text(record)},"source_type":"file"},"fields":{},"time":${TIME},"host":"pot-1"}`,
    expected: SUCCESS,
  },
  {
    client: 'Vector (splunk_hec_logs, text, acknowledgements)',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'content-type: application/json',
      `authorization: Splunk ${SENSOR_KEY}`,
      `x-splunk-request-channel: ${CHANNEL}`,
    ],
    body: (record) => `{"event":${text(record)},"fields":{},"time":${TIME}}`,
    expected: { status: 200, body: { text: 'Success', code: 0, ackId: expect.any(Number) } },
  },
  {
    client: 'Vector (splunk_hec_logs, endpoint_target raw)',
    head: [
      'POST /services/collector/raw?source=file&sourcetype=cowrie&index=main&host=pot%2D1 HTTP/1.1',
      'content-type: application/json',
      `authorization: Splunk ${SENSOR_KEY}`,
    ],
    body: (record) => record,
    expected: SUCCESS,
  },
  {
    client: 'OpenTelemetry collector (splunkhecexporter), body is text',
    head: [
      'POST /services/collector HTTP/1.1',
      'User-Agent: OpenTelemetry Collector Contrib/0.138.0',
      AUTHORIZATION,
      'Connection: keep-alive',
      'Content-Encoding: gzip',
      'Content-Type: application/json',
      '__splunk_app_name: OpenTelemetry Collector Contrib',
      '__splunk_app_version: 0.138.0',
      'Accept-Encoding: gzip',
    ],
    body: (record) =>
      `{"time":${TIME},"host":"unknown","source":"otel","sourcetype":"otel","event":${text(record)},"fields":{"log.file.name":"cowrie.json"}}`,
    framing: 'gzip',
    expected: SUCCESS,
  },
  {
    client: 'OpenTelemetry collector (splunkhecexporter), body is a map, endpoint with a final slash',
    head: ['POST /services/collector/ HTTP/1.1', AUTHORIZATION, 'Content-Type: application/json'],
    body: (record) => `{"time":${TIME},"host":"pot-1","event":${record},"fields":{}}`,
    framing: 'chunked',
    expected: SUCCESS,
  },
  {
    client: 'OpenTelemetry collector (splunkhecexporter), export_raw',
    head: ['POST /services/collector/raw HTTP/1.1', AUTHORIZATION, 'Content-Type: application/json'],
    body: (record) => `${record}\n`,
    expected: SUCCESS,
  },
  {
    client: 'Docker (splunk, inline)',
    head: [
      'POST /services/collector/event/1.0 HTTP/1.1',
      'User-Agent: Go-http-client/1.1',
      AUTHORIZATION,
      'Accept-Encoding: gzip',
    ],
    body: (record) =>
      `{"event":{"line":${text(record)},"source":"stdout","tag":"0a1b2c3d4e5f"},"time":"${TIME.toFixed(6)}","host":"docker-1"}`,
    expected: SUCCESS,
  },
  {
    client: 'Docker (splunk, json, compressed)',
    head: ['POST /services/collector/event/1.0 HTTP/1.1', AUTHORIZATION, 'Content-Encoding: gzip'],
    body: (record) =>
      `{"event":{"line":${record},"source":"stdout","tag":"0a1b2c3d4e5f","attrs":{"sensor":"cowrie"}},"time":"${TIME.toFixed(6)}","host":"docker-1","source":"cowrie"}`,
    framing: 'gzip',
    expected: SUCCESS,
  },
  {
    client: 'Docker (splunk, raw, without a tag)',
    head: ['POST /services/collector/event/1.0 HTTP/1.1', AUTHORIZATION],
    body: (record) => `{"event":${text(record)},"time":"${TIME.toFixed(6)}","host":"docker-1"}`,
    expected: SUCCESS,
  },
  {
    client: 'Logstash (http output, mapping)',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'Connection: Keep-Alive',
      AUTHORIZATION,
      'Content-Type: application/json',
      'Accept-Encoding: gzip,deflate',
      'User-Agent: Manticore 0.9.1',
    ],
    body: (record) => `{"event":${text(record)},"sourcetype":"cowrie","host":"logstash-1"}`,
    expected: SUCCESS,
  },
  {
    client: 'Logstash (http output, the event in the envelope)',
    head: ['POST /services/collector/event/ HTTP/1.1', AUTHORIZATION, 'Content-Type: application/json'],
    body: (record) =>
      `{"event":{"@timestamp":"2026-03-22T12:00:02.000Z","@version":"1","message":${text(record)},"tags":["cowrie"]}}`,
    expected: SUCCESS,
  },
  {
    client: 'Cowrie (output_splunk)',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'Connection: close',
      'User-Agent: Cowrie SSH Honeypot',
      AUTHORIZATION,
      'Content-Type: application/json',
    ],
    body: (record) => `{"index": "main", "sourcetype": "cowrie", "host": "cowrie-9", "event": ${record}}`,
    expected: SUCCESS,
  },
  {
    client: 'curl, which waits for 100 Continue',
    head: [
      'POST /services/collector/event HTTP/1.1',
      'User-Agent: curl/8.14.1',
      'Accept: */*',
      AUTHORIZATION,
      'Content-Type: application/x-www-form-urlencoded',
      'Expect: 100-continue',
    ],
    body: (record) => `{"sourcetype": "cowrie", "event": ${record}}`,
    expected: SUCCESS,
  },
]

const PROBES: Array<[client: string, head: string[], status: number, body: string | object]> = [
  ['Docker, before it starts a container', ['OPTIONS /services/collector/event/1.0 HTTP/1.1'], 200, ''],
  ['a browser, for a page that sends', ['OPTIONS /services/collector/raw/ HTTP/1.1'], 200, ''],
  [
    'Vector, at its start',
    ['GET /services/collector/health/1.0 HTTP/1.1', AUTHORIZATION],
    200,
    { text: 'HEC is healthy', code: 17 },
  ],
  [
    'OpenTelemetry, at its start',
    ['GET /services/collector/health HTTP/1.1', 'User-Agent: Go-http-client/1.1'],
    200,
    { text: 'HEC is healthy', code: 17 },
  ],
  ['a load balancer', ['HEAD /services/collector/health HTTP/1.1'], 200, ''],
  ['another', ['GET /services/collector/health/ HTTP/1.1'], 200, { text: 'HEC is healthy', code: 17 }],
  [
    'Vector, for its acknowledgements',
    ['POST /services/collector/ack HTTP/1.1', AUTHORIZATION, `x-splunk-request-channel: ${CHANNEL}`],
    200,
    { acks: { 1000: false } },
  ],
]

describe.each(inject('postgresServers').slice(0, 1))(
  'clients of the HTTP Event Collector on $version',
  (server) => {
    let api: TestPlatform
    let admin: string
    const clock = { now: Date.now() }
    beforeAll(async () => {
      // Its hook for cross-origin requests answers OPTIONS, too.
      api = await startTestPlatform(server, {
        environment: { CORS_ORIGINS: 'https://soc.example' },
        now: () => clock.now,
      })
      admin = await api.login()
    })
    afterAll(() => api.close())

    const eventsOf = async (ip: string) => {
      const { items } = await (await api.call(`/sessions?src_ip=${ip}`, { as: admin })).json()
      const events: Array<{ raw: string; occurred_at: string; sensor_id: string }> = []
      for (const { id } of items)
        events.push(...(await (await api.call(`/sessions/${id}`, { as: admin })).json()).events)
      return events
    }
    const recordOf = (n: number) =>
      `{"eventid":"cowrie.login.failed","username":"root","password":"p\\u00e4ss","src_ip":"203.0.113.${n}","session":"a${n}","sensor":"cowrie-9","timestamp":"2026-03-22T12:00:01.000000Z","n":1.50}`

    test.each(
      SENDING.map((request, n) => [request.client, request, recordOf(n + 1), `203.0.113.${n + 1}`] as const),
    )(
      '%s: the event is stored as the sensor wrote it',
      async (_, { head, body, framing = 'length', expected }, record, ip) => {
        const answer = await exchange(api.url, head, Buffer.from(body(record)), framing)
        expect(answer).toMatchObject(expected)
        expect(await eventsOf(ip)).toMatchObject([
          { raw: record, sensor_id: 'cowrie-9', occurred_at: '2026-03-22T12:00:01.000000Z' },
        ])
      },
    )

    test.each(PROBES)('%s: its probe succeeds', async (_, head, status, body) => {
      const sent = head[0]?.startsWith('POST') ? Buffer.from('{"acks":[1000]}') : null
      const answer = await exchange(api.url, head, sent, 'length')
      expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
    })

    test.runIf(existsSync(CURL))('curl itself: a body for which it waits for 100 Continue', async () => {
      const event = `{"src_ip":"198.51.100.20","time":${TIME},"username":"u"}`
      const envelope = `{"event":${event},"fields":{"padding":"${'x'.repeat(400_000)}"}}`
      const body = envelope.repeat(3)
      const file = join(mkdtempSync(join(tmpdir(), 'eviltwin-curl-')), 'body')
      writeFileSync(file, body)
      const url = `${api.url}/services/collector/event`
      const { stdout, stderr } = await promisify(execFile)(CURL, [
        '--silent',
        '--verbose',
        url,
        '--header',
        AUTHORIZATION,
        '--header',
        'Expect: 100-continue',
        '--data-binary',
        `@${file}`,
      ])
      expect(JSON.parse(stdout)).toEqual({ text: 'Success', code: 0 })
      expect(stderr).toContain('100 Continue')
      expect(await eventsOf('198.51.100.20')).toMatchObject([{ raw: event }])
    })

    test('time and host of an envelope, or of the target of raw lines, stand in where the event has none', async () => {
      const bare = (n: number) => `{"src_ip":"198.51.100.${n}","username":"x"}`
      const own = '{"src_ip":"198.51.100.3","time":1774180802,"sensor":"own"}'
      const head = (target: string) => [`POST ${target} HTTP/1.1`, AUTHORIZATION]
      const envelopes = `{"time":"${TIME.toFixed(6)}","host":"env-1","event":${bare(1)}}{"time":${TIME},"host":"env-1","event":${own}}`
      await exchange(api.url, head('/services/collector/event'), Buffer.from(envelopes), 'length')
      const target = `/services/collector/raw?time=${TIME}&host=raw-1&source=a&sourcetype=b`
      await exchange(api.url, head(target), Buffer.from(`${bare(2)}\n`), 'length')
      expect(await eventsOf('198.51.100.1')).toMatchObject([
        { sensor_id: 'env-1', occurred_at: '2026-03-22T12:00:01.250000Z' },
      ])
      expect(await eventsOf('198.51.100.2')).toMatchObject([
        { sensor_id: 'raw-1', occurred_at: '2026-03-22T12:00:01.250000Z' },
      ])
      expect(await eventsOf('198.51.100.3')).toMatchObject([
        { sensor_id: 'own', occurred_at: '2026-03-22T12:00:02.000000Z' },
      ])
    })

    test('the quarantine keeps what the envelope says, and a replay uses it', async () => {
      const head = ['POST /services/collector/event HTTP/1.1', AUTHORIZATION]
      const days = (count: number) => (clock.now + count * 86_400_000) / 1000
      const event = '{"src_ip":"198.51.100.9","username":"early"}'
      const envelope = (time: number, what: string) => `{"time":${time},"host":"kept-1","event":${what}}`
      const body = [
        envelope(days(2), event),
        envelope(days(3), event),
        envelope(days(2), '"kept text"'),
      ].join('')
      for (let sent = 0; sent < 2; sent += 1) await exchange(api.url, head, Buffer.from(body), 'length')
      const { items } = await (await api.call('/quarantine?limit=100', { as: admin })).json()
      const kept = (items as QuarantinedRecord[]).filter(({ sensor_id }) => sensor_id === 'kept-1')
      expect(kept.map(({ excerpt, reason, times_seen }) => [excerpt, reason, times_seen]).sort()).toEqual([
        ['kept text', 'invalid_json', 2],
        [event, 'implausible_timestamp', 2],
        [event, 'implausible_timestamp', 2],
      ])
      const times = [days(2), days(3)].map((time) => new Date(time * 1000).toISOString().slice(0, -1))
      clock.now += 4 * 86_400_000
      admin = await api.login()
      await api.call('/quarantine/replay', {
        method: 'POST',
        as: admin,
        body: '{"reason":"implausible_timestamp"}',
      })
      const stored = await eventsOf('198.51.100.9')
      expect(stored.map(({ occurred_at, sensor_id }) => [occurred_at, sensor_id]).sort()).toEqual(
        times.map((time) => [`${time}000Z`, 'kept-1']),
      )
    })

    test('a token in the target is refused as by Splunk, and is in no log', async () => {
      const head = [`POST /services/collector/event?token=${SENSOR_KEY} HTTP/1.1`]
      const answer = await exchange(api.url, head, Buffer.from(`{"event":${recordOf(200)}}`), 'length')
      expect(answer).toMatchObject({
        status: 400,
        body: { text: 'Query string authorization is not enabled', code: 16 },
      })
      expect(await eventsOf('203.0.113.200')).toEqual([])
    })
  },
)

describe.each(inject('postgresServers').slice(0, 1))('with HEC_QUERY_TOKENS=true on $version', (server) => {
  let api: TestPlatform
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { HEC_QUERY_TOKENS: 'true' } })
  })
  afterAll(() => api.close())

  test.each([
    [`/services/collector/raw?token=${SENSOR_KEY}`, 200, 0],
    ['/services/collector/raw?token=no-such-key', 403, 4],
    ['/services/collector/raw?token=', 401, 2],
    ['/services/collector/raw', 401, 2],
  ])('a token in the target counts: %s', async (target, status, code) => {
    const record = '{"src_ip":"203.0.113.7","time":1774180800}'
    const answer = await exchange(api.url, [`POST ${target} HTTP/1.1`], Buffer.from(record), 'length')
    expect(answer).toMatchObject({ status, body: { code } })
  })

  test('only for the event collector, and in no log', async () => {
    const record = Buffer.from('{"src_ip":"203.0.113.7","time":1774180800}')
    const head = [`POST /log?token=${SENSOR_KEY} HTTP/1.1`, 'Content-Type: application/json']
    expect((await exchange(api.url, head, record, 'length')).status).toBe(401)
    expect(JSON.stringify(api.logged)).not.toContain(SENSOR_KEY)
  })
})

/** Sends the bytes of one request, and reads its answer. */
function exchange(
  url: string,
  head: readonly string[],
  body: Buffer | null,
  framing: 'length' | 'chunked' | 'gzip',
): Promise<{ status: number; body: unknown }> {
  const { hostname, port, host } = new URL(url)
  const bytes = body && framing === 'gzip' ? gzipSync(body) : body
  const length =
    bytes === null
      ? []
      : [framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`]
  const headers = [head[0], `Host: ${host}`, ...head.slice(1), ...length].join('\r\n')
  const content = bytes === null ? '' : framing === 'chunked' ? chunked(bytes) : bytes
  const waits = headers.includes('100-continue')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let received = ''
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const goesOn = 'HTTP/1.1 100 Continue\r\n\r\n'
      if (waits && received.startsWith(goesOn)) {
        received = received.slice(goesOn.length)
        socket.write(content)
      }
      const answer = answerIn(received, head[0]?.startsWith('HEAD') ?? false)
      if (!answer) return
      socket.destroy()
      resolve(answer)
    })
    socket.write(`${headers}\r\n\r\n`)
    if (!waits) socket.write(content)
  })
}

function chunked(bytes: Buffer): Buffer {
  const half = Math.floor(bytes.length / 2)
  const parts = [bytes.subarray(0, half), bytes.subarray(half)].flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

/** Null while it is not complete. */
function answerIn(received: string, isHead: boolean): { status: number; body: unknown } | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = received.slice(0, end)
  const length = isHead ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
  const body = received.slice(end + 4)
  if (body.length < length) return null
  return { status: Number(head.slice(9, 12)), body: body.startsWith('{') ? JSON.parse(body) : body }
}
