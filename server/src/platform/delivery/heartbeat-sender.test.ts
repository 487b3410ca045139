import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import type { Logger } from '../logger.js'
import { type HeartbeatSender, type HeartbeatSenderOptions, startHeartbeats } from './heartbeat-sender.js'

let receiver: HttpReceiver
let sender: HeartbeatSender | null = null
let lines: string[]
/** How long it waits before each further heartbeat; each wait ends at once until there are as many as that. */
let pauses: number[]
let beats: number

beforeEach(async () => {
  receiver = await startHttpReceiver()
  receiver.answer((response) => void response.writeHead(204).end())
  lines = []
  pauses = []
  beats = 1
})
afterEach(async () => {
  await sender?.stop()
  await receiver.close()
})

function start(more: Partial<HeartbeatSenderOptions> = {}): void {
  const note = (message: string, fields: object = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  sender = startHeartbeats({
    url: receiver.url,
    key: () => 'et_key',
    software: 'eviltwin tail',
    version: '1.2.3',
    spooledBytes: () => 42,
    log: { ...silent('test'), info: note, warning: note } as Logger,
    now: () => Date.parse('2026-03-22T12:00:00Z'),
    random: () => 0.5,
    pause: (ms, signal) => {
      pauses.push(ms)
      if (pauses.length < beats) return Promise.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', reject))
    },
    ...more,
  })
}

test('states at once what runs, with its key and sensor, and then once a minute', async () => {
  beats = 3
  start({ sensor: 'pot-1' })
  await until(() => pauses.length === 3)
  expect(receiver.requests).toHaveLength(3)
  expect(pauses).toEqual([60_000, 60_000, 60_000])
  const [{ url, headers, body } = { url: '', headers: {}, body: '{}' }] = receiver.requests
  expect(url).toBe('/sensors/heartbeat')
  expect(headers).toMatchObject({ authorization: 'Bearer et_key', 'x-sensor-id': 'pot-1' })
  expect(JSON.parse(body)).toEqual({
    sent_at: '2026-03-22T12:00:00.000Z',
    software: 'eviltwin tail',
    version: '1.2.3',
    spooled_bytes: 42,
    instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  const instances = new Set(receiver.requests.map((request) => JSON.parse(request.body).instance_id))
  expect(instances.size).toBe(1)
})

test('waits between 54 and 66 seconds, and as long as the server asks', async () => {
  start({ random: () => 0 })
  await until(() => pauses.length === 1)
  expect(pauses[0]).toBeCloseTo(54_000)
  await sender?.stop()
  receiver.answer((response) => void response.writeHead(429, { 'retry-after': '120' }).end())
  start()
  await until(() => pauses.length === 2)
  expect(pauses[1]).toBe(120_000)
  await sender?.stop()
  receiver.answer((response) => void response.writeHead(503, { 'retry-after': '86400' }).end())
  start()
  await until(() => pauses.length === 3)
  expect(pauses[2]).toBe(600_000)
})

test('logs a failure when it begins and when it ends, and no more often', async () => {
  beats = 6
  receiver.answer((response) => {
    const fails = receiver.requests.length < 4
    response.writeHead(fails ? 401 : 204).end()
  })
  start()
  await until(() => pauses.length === 6)
  expect(lines).toEqual([
    'Heartbeat not accepted {"cause":"the server answered 401"}',
    'Heartbeats are accepted again {}',
  ])
})

test('a key for several sensors: states once how to name the one that this is', async () => {
  beats = 3
  const problem = {
    type: '/problems/invalid-input',
    title: 'Invalid input',
    status: 422,
    detail: 'the key is for several sensors',
    request_id: 'r-1',
    errors: [{ pointer: '/sensor_id', message: 'name the sensor' }],
  }
  receiver.answer((response) => void response.writeHead(422).end(JSON.stringify(problem)))
  start({ sensorHint: 'name it with --sensor <id>' })
  await until(() => pauses.length === 3)
  expect(lines).toEqual([
    'Heartbeat not accepted {"cause":"the server answered 422: the key is for several sensors; name it with --sensor <id>"}',
  ])
})

test('a server that is away, sends to another one, or has no end does no harm', async () => {
  receiver.answer((response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  start()
  await until(() => pauses.length === 1)
  await sender?.stop()
  await receiver.close()
  start()
  await until(() => pauses.length === 2)
  expect(lines).toHaveLength(2)
  receiver = await startHttpReceiver(receiver.port)
  receiver.answer(() => {})
  start()
  await until(() => receiver.requests.length === 1)
  await sender?.stop()
})

test('a key that cannot be read is a failure like any other', async () => {
  start({
    key: () => {
      throw new Error('no such file')
    },
  })
  await until(() => pauses.length === 1)
  expect(lines).toEqual(['Heartbeat not accepted {"cause":"no such file"}'])
})
