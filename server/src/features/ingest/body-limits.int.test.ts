import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { zstdFrame } from '../../testing/zstd-frame.js'

const MIB = 1024 * 1024
/** Every one of these limits is far below what the attacks below send. */
const environment = {
  INGEST_MAX_BYTES_IN_FLIGHT: String(4 * MIB),
  INGEST_MAX_BODY_BYTES: String(2 * MIB),
  INGEST_MAX_DECOMPRESSED_BYTES: String(MIB),
}
const KEY_SHARE_BYTES = 2 * MIB
const event = JSON.stringify({ source_ip: '203.0.113.7', occurred_at: '2026-03-22T00:10:42Z' })

let api: TestPlatform
let honestKey: string
let sockets: Socket[]
beforeEach(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server, { environment })
  const created = await api.call('/api-keys', {
    method: 'POST',
    as: await api.login(),
    body: JSON.stringify({ name: 'another sensor', scopes: ['ingest'] }),
  })
  honestKey = (await created.json()).key
  sockets = []
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await api.close()
})

/** The head of a POST /log with the leaked key, and the beginning of its body. */
async function open(headers: string[], body: Buffer | string = ''): Promise<Socket> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  const head = [
    'POST /log HTTP/1.1',
    'host: localhost',
    `authorization: Bearer ${SENSOR_KEY}`,
    'content-type: application/json',
    ...headers,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve) => socket.write(body, resolve))
  return socket
}

async function answerOf(socket: Socket): Promise<string> {
  const [answer] = await once(socket, 'data')
  return String(answer)
}

async function bytesHeld(which: '' | '_peak'): Promise<number> {
  const metrics = await (await api.call('/metrics')).text()
  return Number(new RegExp(`^eviltwin_ingest_bodies${which}_bytes\\S* (\\S+)`, 'm').exec(metrics)?.[1])
}

const sendHonestly = () =>
  api.call('/log', { method: 'POST', as: honestKey, body: event }).then(({ status }) => status)

test.each([
  ['of unknown length', ['transfer-encoding: chunked']],
  ['of two megabytes', [`content-length: ${2 * MIB}`]],
])('bodies %s that never arrive hold nothing, and every sensor is served', async (_length, headers) => {
  for (let n = 0; n < 40; n += 1) await open(headers)
  expect(await bytesHeld('')).toBe(0)
  expect(await sendHonestly()).toBe(200)
  expect((await api.send(event)).status).toBe(200)
})

test('a key that holds its share is refused with Retry-After, and another key of the same address is served', async () => {
  await open([`content-length: ${2 * MIB}`], Buffer.alloc(1.5 * MIB))
  await until(async () => (await bytesHeld('')) >= 1.5 * MIB)
  const refused = await answerOf(await open([`content-length: ${MIB}`], Buffer.alloc(MIB)))
  expect(refused).toMatch(/^HTTP\/1\.1 429 /)
  expect(refused).toMatch(/retry-after: 1/i)
  expect(await sendHonestly()).toBe(200)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await bytesHeld('')) === 0)
  expect(await bytesHeld('_peak')).toBeLessThanOrEqual(KEY_SHARE_BYTES + event.length)
})

test('a body that stops arriving is answered 408, and its connection is closed', async () => {
  await api.close()
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server, { environment: { ...environment, BODY_IDLE_SECONDS: '0.1' } })
  const socket = await open(['content-length: 1000'], '{')
  const closed = once(socket, 'close')
  const answer = await answerOf(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toMatch(/connection: close/i)
  expect(answer).toContain('/problems/request-timeout')
  await closed
  expect(await bytesHeld('')).toBe(0)
})

const lines = Buffer.from(`${event.slice(0, -1)},"command":"${'x'.repeat(4_000)}"}\n`.repeat(200))
const bomb = Buffer.alloc(16 * MIB, 0x5b)
test.each([
  ['gzip', gzipSync(lines), gzipSync(bomb)],
  ['deflate', deflateSync(lines), deflateSync(bomb)],
  ['br', brotliCompressSync(lines), brotliCompressSync(bomb)],
  [
    'zstd',
    zstdFrame([{ repeat: 100_000, byte: 0x20 }, Buffer.from(event)]),
    zstdFrame(Array.from({ length: 128 }, () => ({ repeat: 128 * 1024, byte: 0x5b }))),
  ],
])('24 parallel bodies by %s never hold more than the share of their key', async (encoding, small, large) => {
  const send = (body: Uint8Array) =>
    api.send(body, { 'content-encoding': encoding, 'content-type': 'application/x-ndjson' })
  const attack = Array.from({ length: 24 }, (_, n) => send(n % 2 === 0 ? small : large))
  expect(await sendHonestly()).toBe(200)
  const answers = await Promise.all(attack)
  for (const answer of answers) {
    expect([200, 413, 429]).toContain(answer.status)
    if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('1')
  }
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
  expect(await bytesHeld('_peak')).toBeLessThanOrEqual(KEY_SHARE_BYTES + event.length)
  expect(await bytesHeld('')).toBe(0)
})
