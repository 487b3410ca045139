import { beforeEach, expect, test } from 'vitest'
import type { PlatformEvent } from '../../../domain/platform-event.js'
import type { HeartbeatStore, ReceivedHeartbeat } from './heartbeat-store.js'
import { createHeartbeats, type Heartbeats, MAX_WAITING } from './heartbeats.js'

const AT = Date.parse('2026-03-22T12:00:00Z')

let written: ReceivedHeartbeat[][]
let instances: ReceivedHeartbeat[]
let published: PlatformEvent[]
let fails: boolean
let heartbeats: Heartbeats

beforeEach(() => {
  written = []
  instances = []
  published = []
  fails = false
  const store: HeartbeatStore = {
    async add(rows) {
      if (fails) throw new Error('the database is away')
      written.push([...rows])
      return rows.length - 1
    },
    async noteInstances(rows) {
      instances.push(...rows)
    },
  }
  heartbeats = createHeartbeats(store, (event) => published.push(event))
})

const beat = (sensor_id: string, more: Partial<ReceivedHeartbeat> = {}): ReceivedHeartbeat => ({
  sensor_id,
  key_id: 'key-1',
  instance_id: null,
  received_at: new Date(AT),
  sent_at: '2026-03-22T12:00:00.000000Z',
  software: null,
  version: null,
  spooled_bytes: null,
  ...more,
})

test('of each sender the newest is written, once', async () => {
  heartbeats.note(beat('a', { version: '1' }))
  heartbeats.note(beat('a', { version: '3', received_at: new Date(AT + 2) }))
  heartbeats.note(beat('a', { version: '2', received_at: new Date(AT + 1) }))
  await heartbeats.flush()
  await heartbeats.flush()
  expect(written.map((rows) => rows.map(({ version }) => version))).toEqual([['3']])
})

test('of two instances with one name the newer one is the sensor, and both are senders', async () => {
  heartbeats.note(beat('a', { instance_id: 'two', received_at: new Date(AT + 1) }))
  heartbeats.note(beat('a', { instance_id: 'one' }))
  await heartbeats.flush()
  expect(written.flat().map(({ instance_id }) => instance_id)).toEqual(['two'])
  expect(instances.map(({ instance_id }) => instance_id).toSorted()).toEqual(['one', 'two'])
})

test('as many wait as may, of a key and of all, and those before them still change', () => {
  for (let key = 0; key < 10; key += 1)
    for (let n = 0; n < MAX_WAITING.ofKey; n += 1)
      expect(heartbeats.note(beat(`s-${key}-${n}`, { key_id: `key-${key}` }))).toBe(true)
  expect(heartbeats.note(beat('one more', { key_id: 'key-0' }))).toBe(false)
  expect(heartbeats.note(beat('one more', { key_id: 'another' }))).toBe(false)
  expect(heartbeats.note(beat('s-0-0', { key_id: 'key-0', version: '2' }))).toBe(true)
  expect(heartbeats.waiting()).toBe(MAX_WAITING.ofAll)
})

test('what cannot be written waits, below what came meanwhile', async () => {
  heartbeats.note(beat('a', { version: '1' }))
  fails = true
  const failing = heartbeats.flush()
  heartbeats.note(beat('a', { version: '2', received_at: new Date(AT + 1) }))
  await expect(failing).rejects.toThrow('away')
  fails = false
  await heartbeats.flush()
  expect(written.flat().map(({ version }) => version)).toEqual(['2'])
})

test('it is counted what was stored and what was not', async () => {
  heartbeats.note(beat('a'))
  heartbeats.note(beat('b'))
  await heartbeats.flush()
  expect(published).toEqual([
    { kind: 'sensor_heartbeats_processed', outcome: 'stored', count: 1 },
    { kind: 'sensor_heartbeats_processed', outcome: 'dropped', count: 1 },
  ])
})
