import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IngestMany } from '@eviltwin/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Logger } from '../logger.js'
import { createDelivery } from './delivery.js'
import { openFileSpool } from './file-spool.js'
import type { LogRefusal } from './post-log.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-spool-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const AWAY: LogRefusal = { refusal: 'away', final: false, unreachable: true, retryAfterMs: 0 }
const REFUSED: LogRefusal = { refusal: 'no such key', final: true, unreachable: false, retryAfterMs: 0 }
const TOO_LARGE: LogRefusal = {
  refusal: 'too large',
  final: true,
  tooLarge: true,
  unreachable: false,
  retryAfterMs: 0,
}

async function start(maxBytes = 1000) {
  const server: { answer: LogRefusal | null; largest: number; got: string[]; asked: number } = {
    answer: null,
    largest: Number.POSITIVE_INFINITY,
    got: [],
    asked: 0,
  }
  const clock = { now: 1_000_000 }
  const logged: string[] = []
  const write = (message: string) => logged.push(message)
  const log: Logger = { debug: write, info: write, warning: write, error: write, critical: write }
  const spool = await openFileSpool(join(directory, 'spool'), 'ndjson', maxBytes)
  const delivery = createDelivery({
    post: async (body) => {
      server.asked += 1
      if (server.answer) return server.answer
      if (body.length > server.largest) return TOO_LARGE
      const lines = body.toString().trimEnd().split('\n')
      server.got.push(...lines)
      const counts: IngestMany = { accepted: lines.length, duplicates: 0, quarantined: 0, errors: [] }
      return { counts }
    },
    spool,
    log,
    now: () => clock.now,
    random: () => 0,
  })
  return {
    server,
    clock,
    logged,
    spool,
    delivery,
    deliver: (text: string) => delivery.deliver(Buffer.from(`${text}\n`)),
  }
}

test('a short absence of the server leaves lines in their log; a longer one brings them to the disk, in order', async () => {
  const { server, clock, spool, delivery, deliver } = await start()
  server.answer = AWAY
  expect(await deliver('a')).toBe(false)
  clock.now += 29_999
  expect(await deliver('a')).toBe(false)
  clock.now += 1
  expect(await deliver('a')).toBe(true)
  expect(await deliver('b')).toBe(true)
  expect(spool.bytes()).toBe(4)
  server.answer = null
  clock.now += 60_000
  // Behind what waits, whatever comes next.
  expect(await deliver('c')).toBe(true)
  expect(server.got).toEqual([])
  expect(await delivery.drain()).toBe(true)
  expect(await deliver('d')).toBe(true)
  expect(server.got).toEqual(['a', 'b', 'c', 'd'])
  expect(readdirSync(join(directory, 'spool'))).toEqual([])
})

test('what waits on the disk is sent by the next process', async () => {
  const first = await start()
  first.server.answer = AWAY
  await first.deliver('a')
  first.clock.now += 30_000
  for (const text of ['a', 'b']) await first.deliver(text)
  const second = await start()
  expect(await second.delivery.drain()).toBe(true)
  expect(second.server.got).toEqual(['a', 'b'])
})

test('a spool has so many files, also small ones, and counts those that are there already', async () => {
  const open = () => openFileSpool(join(directory, 'spool'), 'ndjson', 1_000, 2)
  const spool = await open()
  const added = []
  for (const text of ['a', 'b', 'c']) added.push(await spool.add(Buffer.from(text)))
  expect(added).toEqual([true, true, false])
  const again = await open()
  expect(await again.add(Buffer.from('d'))).toBe(false)
  const oldest = await again.oldest()
  expect(String(oldest?.content)).toBe('a')
  await oldest?.remove()
  expect(await again.add(Buffer.from('d'))).toBe(true)
})

test('a full spool keeps the oldest, takes no more, and says so once', async () => {
  const { server, clock, logged, spool, deliver } = await start(5)
  server.answer = AWAY
  await deliver('a')
  clock.now += 30_000
  expect([await deliver('a'), await deliver('b'), await deliver('c'), await deliver('c')]).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(spool.bytes()).toBe(4)
  expect(logged.filter((message) => message.startsWith('Spool is full'))).toHaveLength(1)
})

test('the pauses between attempts double up to a minute, and are at least what the server asks for', async () => {
  const { server, clock, deliver } = await start(0)
  server.answer = AWAY
  const pauseAfter = async () => {
    const before = server.asked
    await deliver('a')
    expect(server.asked).toBe(before + 1)
    const from = clock.now
    while (server.asked === before + 1) {
      clock.now += 250
      await deliver('a')
      if (clock.now - from > 700_000) throw new Error('never tried again')
    }
    const pause = clock.now - from
    // The attempt that ended the pause failed, too; the next pause begins with it.
    clock.now += 600_000
    return pause
  }
  expect(await pauseAfter()).toBe(250)
  expect(await pauseAfter()).toBe(1000)
  for (let n = 0; n < 5; n += 1) await pauseAfter()
  expect(await pauseAfter()).toBe(30_000)
  server.answer = { ...AWAY, retryAfterMs: 90_000 }
  expect(await pauseAfter()).toBe(90_000)
})

test('a server that refuses the key is asked once a minute at most; nothing is dropped', async () => {
  const { server, clock, logged, deliver } = await start()
  server.answer = REFUSED
  expect(await deliver('a')).toBe(false)
  clock.now += 29_999
  expect(await deliver('a')).toBe(false)
  expect(server.asked).toBe(1)
  expect(logged).toEqual(['Server refuses lines'])
  server.answer = null
  clock.now += 1
  expect(await deliver('a')).toBe(true)
  expect(server.got).toEqual(['a'])
})

test('what is too large is halved, down to the line that is; that one is left out and counted', async () => {
  const { server, logged, delivery, deliver } = await start()
  server.largest = 8
  expect(await deliver(['a', 'b', '0123456789', 'c'].join('\n'))).toBe(true)
  expect(server.got).toEqual(['a', 'b', 'c'])
  expect(delivery.totals()).toEqual({ accepted: 3, duplicates: 0, quarantined: 0, leftOut: 1 })
  expect(logged).toEqual(['Line left out'])
})
