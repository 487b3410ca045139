import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDelivery } from '../../platform/delivery/delivery.js'
import { openFileSpool } from '../../platform/delivery/file-spool.js'
import type { Logger } from '../../platform/logger.js'
import { until } from '../../testing/until.js'
import { createRecordQueue, type RecordQueue } from './record-queue.js'

let directory: string
let queues: RecordQueue[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-records-'))
  queues = []
})
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()))
  rmSync(directory, { recursive: true, force: true })
})

const silent: Logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {} }

/** A server that is there or away. */
async function open({ isThere = true, spoolBytes = 1_000_000, maxQueuedBytes = 1_000_000 } = {}) {
  const received: string[] = []
  const server = { isThere }
  const spool = await openFileSpool(directory, 'ndjson', spoolBytes)
  const delivery = createDelivery({
    async post(body) {
      if (!server.isThere) return { refusal: 'away', final: false, unreachable: true, retryAfterMs: 0 }
      received.push(...body.toString().trim().split('\n'))
      return { counts: { accepted: 1, duplicates: 0, quarantined: 0, errors: [] } }
    },
    spool,
    log: silent,
    now: Date.now,
    random: () => 0,
  })
  const queue = createRecordQueue({ spool, delivery, log: silent, maxQueuedBytes })
  queues.push(queue)
  return { queue, received, server }
}

test('records arrive in the order in which they were added', async () => {
  const { queue, received } = await open()
  for (let n = 0; n < 100; n += 1) queue.add({ n })
  await until(() => received.length === 100)
  expect(received).toEqual(Array.from({ length: 100 }, (_, n) => JSON.stringify({ n })))
  await until(() => queue.spooledBytes() === 0)
})

test('what the server did not take is sent by the next process', async () => {
  const first = await open({ isThere: false })
  first.queue.add({ n: 1 })
  await until(() => first.queue.spooledBytes() > 0)
  // Nothing of the first process is awaited: it might have been killed.
  const second = await open()
  await until(() => second.received.length === 1)
  expect(second.received).toEqual(['{"n":1}'])
})

test('memory has a limit, and what is beyond is counted', async () => {
  const { queue } = await open({ maxQueuedBytes: 100 })
  const taken = Array.from({ length: 20 }, (_, n) => queue.add({ n: 10 + n }))
  expect(taken.filter(Boolean)).toHaveLength(11)
  expect(queue.leftOut()).toBe(9)
})

test('the disk has a limit, and what is beyond is counted', async () => {
  const { queue } = await open({ isThere: false, spoolBytes: 50 })
  queue.add({ text: 'a'.repeat(30) })
  await until(() => queue.spooledBytes() > 0)
  queue.add({ text: 'b'.repeat(30) })
  await until(() => queue.leftOut() === 1)
})
