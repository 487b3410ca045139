import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import type { RecordingRefusal, TtylogUpload } from '../recording-request.js'
import { sendBesideLines } from './beside-lines.js'
import type { LogTail } from './log-tail.js'
import { openTtylogs } from './ttylogs.js'

let directory: string
let clock: number
let sent: TtylogUpload[]
let answer: (upload: TtylogUpload) => RecordingRefusal | null
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-ttylogs-'))
  mkdirSync(join(directory, 'tty'))
  clock = 0
  sent = []
  answer = () => null
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const file = (name: string, content: string | Buffer = name) =>
  writeFileSync(join(directory, 'tty', name), content)
const closed = (...names: string[]) =>
  Buffer.from(
    names
      .map(
        (name) =>
          `{"eventid":"cowrie.log.closed","session":"s-${name}","sensor":"c","ttylog":"tty/${name}"}\n`,
      )
      .join(''),
  )
const noLogs: LogTail = { pass: async () => 'idle', lines: () => 0, close: async () => {} }
const unreachable: RecordingRefusal = {
  refusal: 'cannot be reached',
  final: false,
  ofThisOne: false,
  unreachable: true,
  retryAfterMs: 0,
}

/** What one process of `tail` has. */
async function start(isDelivered = true, maxWaiting = 100) {
  const ttylogs = await openTtylogs({
    directory: join(directory, 'tty'),
    stateFile: join(directory, 'ttylogs.json'),
    sensor: undefined,
    put: async (upload) => {
      const refusal = answer(upload)
      if (refusal === null) sent.push(upload)
      return refusal
    },
    log: silent('tail'),
    now: () => clock,
    random: () => 0,
    maxWaiting,
  })
  const { watching, beside } = sendBesideLines([ttylogs])
  const delivery = watching({
    deliver: async () => isDelivered,
    drain: async () => true,
    failures: () => ({ count: 0, last: null }),
    totals: () => ({ accepted: 0, duplicates: 0, quarantined: 0, leftOut: 0 }),
  })
  return { delivery, pass: () => beside(noLogs).pass(false) }
}
const names = () => sent.map(({ name }) => name)

test('a ttylog is sent once its event is delivered, and not before', async () => {
  file('a1')
  const undelivered = await start(false)
  expect(await undelivered.delivery.deliver(closed('a1'))).toBe(false)
  expect(await undelivered.pass()).toBe('idle')
  const { delivery, pass } = await start()
  await delivery.deliver(closed('a1'))
  expect(await pass()).toBe('moved')
  expect(await pass()).toBe('idle')
  expect(sent).toEqual([{ name: 'a1', session: 's-a1', sensor: 'c', content: Buffer.from('a1') }])
})

test('what the server did not take is sent later, also by another process', async () => {
  file('a1')
  answer = () => unreachable
  const first = await start()
  await first.delivery.deliver(closed('a1'))
  expect(await first.pass()).toBe('waiting')
  expect(first.delivery.failures()).toMatchObject({ count: 1 })
  answer = () => null
  expect(await first.pass()).toBe('waiting')
  const second = await start()
  expect(await second.pass()).toBe('moved')
  expect(names()).toEqual(['a1'])
  clock += 11 * 60_000
  const third = await start()
  expect(await third.pass()).toBe('idle')
})

test('what is no regular file, too large, missing or refused is left out, and the others are sent', async () => {
  writeFileSync(join(directory, 'secret'), 'secret')
  symlinkSync(join(directory, 'secret'), join(directory, 'tty', 'link'))
  execFileSync('mkfifo', [join(directory, 'tty', 'pipe')])
  mkdirSync(join(directory, 'tty', 'folder'))
  file('large', Buffer.alloc(16 * 1024 * 1024 + 1))
  file('refused')
  file('good')
  answer = ({ name }) => (name === 'refused' ? { ...unreachable, final: true, ofThisOne: true } : null)
  const { delivery, pass } = await start()
  await delivery.deliver(closed('link', 'pipe', 'folder', 'large', 'missing', 'refused', 'good'))
  expect(await pass()).toBe('moved')
  expect(await pass()).toBe('idle')
  expect(names()).toEqual(['good'])
})

test('only so many wait, and the oldest are left out', async () => {
  answer = () => unreachable
  for (const name of ['n1', 'n2', 'n3']) file(name)
  const { delivery } = await start(true, 2)
  await delivery.deliver(closed('n1', 'n2'))
  await delivery.deliver(closed('n3'))
  answer = () => null
  const { pass } = await start()
  expect(await pass()).toBe('moved')
  expect(names()).toEqual(['n2', 'n3'])
})

test('a state that cannot be used counts as empty', async () => {
  writeFileSync(join(directory, 'ttylogs.json'), 'damaged')
  const { pass } = await start()
  expect(await pass()).toBe('idle')
})
