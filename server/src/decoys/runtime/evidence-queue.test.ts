import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Logger } from '../../platform/logger.js'
import { until } from '../../testing/until.js'
import { createEvidenceQueue, type EvidenceQueue, UPLOAD_BYTES } from './evidence-queue.js'
import type { PlatformRequests } from './platform-requests.js'
import { openUploadSpool } from './upload-spool.js'

/** Files are made durable, which takes its time on a busy disk. */
vi.setConfig({ testTimeout: 60_000 })

let directory: string
let queues: EvidenceQueue[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-evidence-'))
  queues = []
})
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()))
  rmSync(directory, { recursive: true, force: true })
})

const silent: Logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {} }
type Outcome = Awaited<ReturnType<PlatformRequests['put']>>
const AWAY = { refusal: 'away', final: false, unreachable: true, retryAfterMs: 0 }
const REFUSED = { refusal: 'no', final: true, unreachable: false, retryAfterMs: 0 }

async function open(outcome: Outcome, { maxBytes = 10_000, maxQueuedBytes = 100_000 } = {}) {
  const sent: string[] = []
  const queue = createEvidenceQueue({
    spool: await openUploadSpool(directory, maxBytes),
    requests: {
      async put({ path, type, content }) {
        sent.push(`${path} ${type} ${content.toString('latin1')}`)
        return outcome
      },
    },
    log: silent,
    now: Date.now,
    random: () => 0,
    maxQueuedBytes,
  })
  queues.push(queue)
  return { queue, sent }
}

const upload = (n: number, content = `content\n${n}`) => ({
  path: `/evidence/files/${n}?session=a`,
  type: 'application/octet-stream',
  content: Buffer.from(content),
})

test('evidence is sent in order, byte for byte, and removed', async () => {
  const { queue, sent } = await open('taken')
  for (let n = 0; n < 5; n += 1) queue.add(upload(n))
  await until(() => queue.totals().taken === 5)
  expect(sent).toEqual(
    Array.from(
      { length: 5 },
      (_, n) => `/evidence/files/${n}?session=a application/octet-stream content\n${n}`,
    ),
  )
  await until(() => readdirSync(directory).length === 0)
  expect(queue.spooledBytes()).toBe(0)
})

test('evidence that was not sent is sent by the next process', async () => {
  const first = await open(AWAY)
  first.queue.add(upload(1))
  await until(() => first.sent.length === 1)
  const second = await open('taken')
  await until(() => second.sent.length === 1)
  expect(second.sent[0]).toBe(first.sent[0])
})

test.each([
  ['a server without a vault', 'not_offered', 'notOffered'],
  ['a refusal', REFUSED, 'refused'],
] as const)('%s is counted, and holds up nothing', async (_name, outcome, total) => {
  const { queue } = await open(outcome)
  queue.add(upload(1))
  queue.add(upload(2))
  await until(() => queue.totals()[total] === 2 && queue.spooledBytes() === 0)
})

test('memory and disk have limits, and what is beyond is counted', async () => {
  const small = await open(AWAY, { maxQueuedBytes: 100 })
  small.queue.add(upload(1, 'a'.repeat(101)))
  expect(small.queue.totals().leftOut).toBe(1)
  const full = await open(AWAY, { maxBytes: 300 })
  full.queue.add(upload(1, 'a'.repeat(150)))
  full.queue.add(upload(2, 'b'.repeat(150)))
  await until(() => full.queue.totals().leftOut === 1)
  await until(() => full.sent.length === 1)
  expect(full.sent[0]).toContain('a'.repeat(150))
})

test('many small files have a limit too: each takes more than its bytes', async () => {
  const { queue } = await open(AWAY, { maxQueuedBytes: 5 * (UPLOAD_BYTES + 100) })
  for (let n = 0; n < 20; n += 1) queue.add(upload(n, 'a'))
  expect(queue.totals().leftOut).toBe(15)
})

test('what waits is not the body of which it is a part', async () => {
  const { queue, sent } = await open('taken')
  const body = Buffer.from('one file, and another')
  queue.add({ ...upload(1), content: body.subarray(0, 8) })
  body.fill(0)
  await until(() => queue.totals().taken === 1)
  expect(sent[0]).toContain('one file')
})

test('a file that none of our processes wrote is removed', async () => {
  const name = '00000000-0000-7000-8000-000000000000.upload'
  writeFileSync(join(directory, name), 'no destination')
  const { queue, sent } = await open('taken')
  queue.add(upload(1))
  await until(() => queue.totals().taken === 1)
  expect(sent).toHaveLength(1)
  expect(readdirSync(directory)).not.toContain(name)
})
