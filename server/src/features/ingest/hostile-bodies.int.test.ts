import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { zstdFrame } from '../../testing/zstd-frame.js'

let api: TestPlatform
beforeAll(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server)
})
afterAll(() => api.close())

const valid = '{"source_ip":"203.0.113.7","occurred_at":"2026-03-22T00:10:42Z","username":"root"}'
const NASTY_VALUES = [
  'null',
  'true',
  '0',
  '-0',
  '1e999',
  '-1e999',
  '9007199254740993',
  '1e-400',
  '[]',
  '{}',
  '[[]]',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u001b[2J"',
  '"\\u202e"',
  `"${'A'.repeat(70_000)}"`,
  '{"__proto__":{"x":1}}',
  '{"toString":1,"valueOf":2}',
  '"$\\u007b7*7}"',
  '"\'; DROP TABLE events; --"',
  '"=cmd|\' /C calc\'!A0"',
  '"<script>alert(1)</script>"',
]
const FIELDS = [
  'source_ip',
  'occurred_at',
  'sensor_id',
  'session_id',
  'username',
  'event_type',
  'source_port',
  'eventid',
  'id',
  'connection',
]

function* hostileBodies(): Generator<[name: string, body: Buffer, headers?: Record<string, string>]> {
  for (let cut = 0; cut < valid.length; cut += 2) yield [`cut at ${cut}`, Buffer.from(valid.slice(0, cut))]
  for (const field of FIELDS) {
    for (const value of NASTY_VALUES) {
      const others = valid.slice(1, -1).replace(new RegExp(`"${field}":"[^"]*",?`), '')
      yield [
        `${field} is ${value.slice(0, 30)}`,
        Buffer.from(`{"${field}":${value},${others.replace(/,$/, '')}}`),
      ]
    }
  }
  for (const depth of [63, 64, 65, 1_000, 200_000]) {
    yield [
      `${depth} arrays deep`,
      Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)},${valid.slice(1)}`),
    ]
    yield [`${depth} unclosed`, Buffer.from(`{"a":`.repeat(depth))]
  }
  for (const byte of [0x00, 0x80, 0xc0, 0xe2, 0xf5, 0xff, 0x1b]) {
    yield [
      `byte ${byte} in a string`,
      Buffer.concat([Buffer.from(valid.slice(0, -2)), Buffer.from([byte]), Buffer.from('"}')]),
    ]
    yield [`byte ${byte} alone`, Buffer.from([byte])]
  }
  yield ['duplicate keys', Buffer.from(`{"source_ip":"198.51.100.1",${valid.slice(1)}`)]
  yield ['a BOM', Buffer.from(`\ufeff${valid}`)]
  yield ['UTF-16', Buffer.from(valid, 'utf16le')]
  yield ['not JSON', Buffer.from('<xml/>')]
  yield ['a gzip bomb', gzipSync(Buffer.alloc(100_000_000, 0x5b)), { 'content-encoding': 'gzip' }]
  yield ['half a gzip', gzipSync(valid).subarray(0, 20), { 'content-encoding': 'gzip' }]
  yield ['gzip in gzip', gzipSync(gzipSync(valid)), { 'content-encoding': 'gzip, gzip' }]
  yield ['no gzip at all', Buffer.from(valid), { 'content-encoding': 'gzip' }]
  const zstd = { 'content-encoding': 'zstd' }
  const bomb = zstdFrame(Array.from({ length: 2_000 }, () => ({ repeat: 128 * 1024, byte: 0x5b })))
  yield ['a zstd bomb', bomb, zstd]
  yield ['half a zstd', zstdFrame([Buffer.from(valid)]).subarray(0, 20), zstd]
  yield ['zstd in zstd', zstdFrame([zstdFrame([Buffer.from(valid)])]), { 'content-encoding': 'zstd, zstd' }]
  yield ['no zstd at all', Buffer.from(valid), zstd]
  yield ['zstd with a window of 4 GiB', zstdFrame([Buffer.from(valid)], 0xb0), zstd]
  yield ['a million elements', Buffer.from(`[${'1,'.repeat(1_000_000)}1]`)]
  yield [
    'a hundred thousand keys',
    Buffer.from(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join(',')},${valid.slice(1)}`),
  ]
  yield ['two megabytes of one record', Buffer.from(`{"a":"${'x'.repeat(2_000_000)}",${valid.slice(1)}`)]
}

test('hostile bodies are each answered or quarantined with a reason, never 5xx, and the server goes on', async () => {
  const bodies = [...hostileBodies()]
  expect(bodies.length).toBeGreaterThan(200)
  for (const mode of ['application/json', 'application/x-ndjson']) {
    for (const [name, body, headers] of bodies) {
      const response = await api.send(body, { 'content-type': mode, ...headers })
      const answer = await response.json()
      expect([200, 400, 413, 415, 422], `${name} as ${mode}: ${JSON.stringify(answer)}`).toContain(
        response.status,
      )
      if (response.status === 200) {
        for (const { reason } of answer.errors ?? []) expect(reason).toBeTruthy()
      } else {
        expect(answer, name).toMatchObject({
          type: expect.stringMatching(/^\/problems\//),
          detail: expect.any(String),
          request_id: expect.any(String),
        })
      }
    }
  }
  expect(api.logged.filter(({ level }) => level === 'CRITICAL' || level === 'ERROR')).toEqual([])
  expect(({} as { x?: number }).x).toBeUndefined()
  expect((await api.send(valid)).status).toBe(200)
}, 120_000)

test('the event collector answers them all in its own words, bare and as events', async () => {
  const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
    api.call(`/services/collector/${path}`, {
      method: 'POST',
      as: SENSOR_KEY,
      body: body as BodyInit,
      headers,
    })
  for (const [name, body, headers] of hostileBodies()) {
    const enveloped = Buffer.concat([Buffer.from('{"event":'), body, Buffer.from('}')])
    for (const [path, sent] of [
      ['event', body],
      ['event', enveloped],
      ['raw', body],
    ] as const) {
      const response = await post(path, sent, headers)
      const answer = await response.json()
      expect([200, 400], `${name} to ${path}: ${JSON.stringify(answer)}`).toContain(response.status)
      expect(answer, name).toMatchObject({ code: expect.any(Number), text: expect.any(String) })
    }
  }
  expect(api.logged.filter(({ level }) => level === 'CRITICAL' || level === 'ERROR')).toEqual([])
}, 120_000)

test('what was accepted can be read back without harm', async () => {
  const as = await api.login()
  let cursor = ''
  do {
    const page = await (await api.call(`/sessions?limit=500${cursor}`, { as })).json()
    for (const { id } of page.items) expect((await api.call(`/sessions/${id}`, { as })).status).toBe(200)
    cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : ''
  } while (cursor)
})
