import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MAX_LINE_BYTES } from '../../platform/delivery/take-lines.js'
import type { LogFields, Logger } from '../../platform/logger.js'
import { createCheckpointFile } from './checkpoint.js'
import { type LogTail, type LogTailOptions, openLogTail } from './log-tail.js'

let directory: string
let open: LogTail[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-tail-'))
})
afterEach(async () => {
  for (const tail of open) await tail.close()
  open = []
  rmSync(directory, { recursive: true })
})

const at = (name: string) => join(directory, name)
const line = (n: number) => `{"n":${n},"timestamp":"2026-03-22T12:00:00.${String(n).padStart(6, '0')}Z"}\n`
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const lines = (from: number, to: number) => numbers(from, to).map(line).join('')

/** A process that follows logs: what it delivers, and whether it may. */
async function start(patterns: string[], options: Partial<LogTailOptions> = {}) {
  const delivered: string[] = []
  const logged: string[] = []
  const write = (message: string, fields: LogFields = {}) =>
    logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: Logger = { debug: write, info: write, warning: write, error: write, critical: write }
  const server = { isThere: true }
  const tail = await openLogTail({
    patterns: patterns.map(at),
    fromEnd: false,
    checkpoint: createCheckpointFile(at('state/checkpoint.json')),
    delivery: {
      drain: async () => true,
      deliver: async (body) => {
        if (server.isThere) delivered.push(...body.toString().trimEnd().split('\n'))
        return server.isThere
      },
    },
    log,
    now: Date.now,
    ...options,
  })
  open.push(tail)
  return {
    delivered,
    logged,
    server,
    tail,
    /** Reads until there is nothing more. */
    async read(ending = false) {
      while ((await tail.pass(ending)) === 'moved');
      return delivered.splice(0).map((text) => (text.startsWith('{"n"') ? JSON.parse(text).n : text))
    },
  }
}

test('a log is read from its beginning, then as it grows, and by the next process from where it was read to', async () => {
  writeFileSync(at('log'), lines(1, 3))
  const first = await start(['log'])
  expect(await first.read()).toEqual([1, 2, 3])
  appendFileSync(at('log'), lines(4, 5))
  expect(await first.read()).toEqual([4, 5])
  expect(await first.read()).toEqual([])
  appendFileSync(at('log'), lines(6, 6))
  expect(await (await start(['log'])).read()).toEqual([6])
})

test('a half-written line waits for its end', async () => {
  writeFileSync(at('log'), line(1) + line(2).slice(0, 20))
  const follower = await start(['log'])
  expect(await follower.read()).toEqual([1])
  appendFileSync(at('log'), line(2).slice(20))
  expect(await follower.read()).toEqual([2])
})

test('a log that is not there yet is read once it is, and a new one in its place, too', async () => {
  const follower = await start(['log'])
  expect(await follower.read()).toEqual([])
  expect(follower.logged).toEqual([expect.stringContaining('No log is there yet')])
  writeFileSync(at('log'), lines(1, 2))
  expect(await follower.read()).toEqual([1, 2])
  unlinkSync(at('log'))
  expect(await follower.read()).toEqual([])
  writeFileSync(at('log'), lines(3, 3))
  expect(await follower.read()).toEqual([3])
})

test('rotation by renaming: the old file is read to its end, also when its writer goes on for a while', async () => {
  writeFileSync(at('log'), lines(1, 2))
  const follower = await start(['log'])
  expect(await follower.read()).toEqual([1, 2])
  appendFileSync(at('log'), line(3))
  renameSync(at('log'), at('log.1'))
  writeFileSync(at('log'), line(5))
  expect((await follower.read()).sort()).toEqual([3, 5])
  appendFileSync(at('log.1'), line(4))
  expect(await follower.read()).toEqual([4])
})

test('a log that is deleted while it is read is read to its end', async () => {
  writeFileSync(at('log'), lines(1, 1500))
  const follower = await start(['log'])
  expect(await follower.tail.pass(false)).toBe('moved')
  unlinkSync(at('log'))
  expect(await follower.read()).toEqual(numbers(1, 1500))
})

test.each([
  ['names with numbers', ['log.2', 'log.1']],
  ['names with dates', ['log-20260321', 'log-20260322']],
  ['the names of Cowrie', ['log.2026-03-21', 'log.2026-03-22']],
])('several rotations while it was away are found: %s', async (_, [older, newer]) => {
  writeFileSync(at('log'), lines(1, 2))
  expect(await (await start(['log'])).read()).toEqual([1, 2])
  appendFileSync(at('log'), line(3))
  renameSync(at('log'), at(older as string))
  utimesSync(at(older as string), 1000, 1000)
  writeFileSync(at(newer as string), lines(4, 5))
  writeFileSync(at('log'), line(6))
  expect(await (await start(['log'])).read()).toEqual([3, 4, 5, 6])
})

test('rotation by copying and truncating: the copy goes on where the log was read to', async () => {
  writeFileSync(at('log'), lines(1, 200))
  const follower = await start(['log'])
  expect(await follower.read()).toEqual(numbers(1, 200))
  appendFileSync(at('log'), lines(201, 202))
  copyFileSync(at('log'), at('log.1'))
  truncateSync(at('log'))
  appendFileSync(at('log'), line(203))
  expect((await follower.read()).sort()).toEqual([201, 202, 203])
})

test('a log that was truncated and has grown beyond where it was read to, while nobody looked, is read whole', async () => {
  writeFileSync(at('log'), lines(1, 100))
  expect(await (await start(['log'])).read()).toEqual(numbers(1, 100))
  appendFileSync(at('log'), lines(101, 110))
  copyFileSync(at('log'), at('log.1'))
  truncateSync(at('log'))
  appendFileSync(at('log'), lines(111, 300))
  expect(await (await start(['log'])).read()).toEqual(numbers(101, 300))
})

test('the same while it is followed', async () => {
  writeFileSync(at('log'), lines(1, 100))
  const follower = await start(['log'])
  expect(await follower.read()).toEqual(numbers(1, 100))
  truncateSync(at('log'))
  appendFileSync(at('log'), lines(101, 300))
  expect(await follower.read()).toEqual(numbers(101, 300))
  expect(follower.logged).toEqual([expect.stringContaining('Log was truncated or replaced')])
})

test('a rotated log that was compressed is read from where it was read to, and not once more', async () => {
  writeFileSync(at('log'), lines(1, 300))
  expect(await (await start(['log'])).read()).toEqual(numbers(1, 300))
  appendFileSync(at('log'), lines(301, 302))
  writeFileSync(at('log.1.gz'), gzipSync(readFileSync(at('log'))))
  unlinkSync(at('log'))
  const follower = await start(['log'])
  expect(await follower.read()).toEqual([301, 302])
  expect(await follower.read()).toEqual([])
  expect(await (await start(['log'])).read()).toEqual([])
})

test('compressed logs that were never seen are read whole; what is not complete waits until it is', async () => {
  const compressed = gzipSync(lines(1, 2500))
  writeFileSync(at('log.2.gz'), compressed.subarray(0, 500))
  writeFileSync(at('log.1.bz2'), 'BZh9')
  const follower = await start(['log'])
  expect(await follower.read()).toEqual([])
  expect(follower.logged).toEqual([
    expect.stringContaining('Compressed log cannot be read; only gzip can'),
    expect.stringContaining('Compressed log is incomplete or damaged'),
  ])
  writeFileSync(at('log.2.gz'), compressed)
  expect(await follower.read()).toEqual(numbers(1, 2500))
})

test('a process that ends in the middle of a compressed log goes on there', async () => {
  writeFileSync(at('log.1.gz'), gzipSync(lines(1, 2500)))
  const first = await start(['log'])
  expect(await first.tail.pass(false)).toBe('moved')
  expect(first.delivered).toHaveLength(1000)
  expect(await (await start(['log'])).read()).toEqual(numbers(1001, 2500))
})

test('nothing counts as read before it is delivered', async () => {
  writeFileSync(at('log'), lines(1, 2))
  const first = await start(['log'])
  first.server.isThere = false
  expect(await first.tail.pass(false)).toBe('waiting')
  const second = await start(['log'])
  second.server.isThere = false
  expect(await second.tail.pass(false)).toBe('waiting')
  second.server.isThere = true
  expect(await second.read()).toEqual([1, 2])
})

test('--from-end begins behind the last whole line of the very first start only', async () => {
  writeFileSync(at('log'), lines(1, 2) + line(3).slice(0, 10))
  writeFileSync(at('log.1.gz'), gzipSync(lines(10, 12)))
  const follower = await start(['log'], { fromEnd: true })
  expect(await follower.read()).toEqual([])
  appendFileSync(at('log'), line(3).slice(10))
  const second = await start(['log'], { fromEnd: true })
  expect(await second.read()).toEqual([3])
  renameSync(at('log'), at('log.1'))
  writeFileSync(at('log'), line(4))
  expect(await (await start(['log'], { fromEnd: true })).read()).toEqual([4])
})

test('a last line without its end is read when it is whole and nobody comes back, or when nobody writes there any more', async () => {
  writeFileSync(at('log'), line(1).trimEnd())
  writeFileSync(at('log.1'), `${line(0)}{"half`)
  const clock = { now: Date.now() }
  const follower = await start(['log'], { now: () => clock.now })
  expect(await follower.read()).toEqual([0])
  expect(await follower.read(true)).toEqual([1])
  expect(await follower.read()).toEqual([])
  clock.now += 61_000
  expect(await follower.read()).toEqual(['{"half'])
})

test('a line that is too long is bounded, and the next one is read', async () => {
  writeFileSync(at('log'), `${line(1)}${'x'.repeat(2 * MAX_LINE_BYTES)}`)
  const first = await start(['log'])
  expect((await first.read()).map((each) => (each === 1 ? 1 : each.length))).toEqual([1, MAX_LINE_BYTES])
  appendFileSync(at('log'), `xx\n${line(2)}`)
  expect(await (await start(['log'])).read()).toEqual([2])
})

test('* and ? name files, of which rotated ones and other sensors’ are told apart', async () => {
  mkdirSync(at('sub.json'))
  for (const [n, name] of [
    'a.json',
    'b.json',
    'a.json.1',
    'b-20260321.json',
    'c.txt',
    '.hidden.json',
  ].entries())
    writeFileSync(at(name), line(n))
  const all = await start(['*.json'])
  expect((await all.read()).sort()).toEqual([0, 1, 2, 3])
  writeFileSync(at('a-2.json'), line(9))
  const one = await start(['a.json'], { checkpoint: createCheckpointFile(at('other/checkpoint.json')) })
  expect((await one.read()).sort()).toEqual([0, 2])
})

test('a symbolic link is followed where it is named, not where a pattern or rotation finds it', async () => {
  mkdirSync(at('elsewhere'))
  for (const [name, from] of [
    ['named', 1],
    ['found', 3],
    ['rotated', 5],
  ] as const) {
    writeFileSync(at(`elsewhere/${name}`), lines(from, from + 1))
    symlinkSync(at(`elsewhere/${name}`), at(name === 'rotated' ? 'named.json.1' : `${name}.json`))
  }
  writeFileSync(at('own.json'), lines(7, 7))
  const tail = await start(['named.json', '*.json'])
  expect(await tail.read()).toEqual([1, 2, 7])
})

test('a checkpoint that cannot be used is kept beside, and everything is read again', async () => {
  writeFileSync(at('log'), lines(1, 2))
  expect(await (await start(['log'])).read()).toEqual([1, 2])
  writeFileSync(at('state/checkpoint.json'), '{"version":1,"pos')
  const follower = await start(['log'])
  expect(follower.logged).toEqual([expect.stringContaining('Checkpoint cannot be used')])
  expect(await follower.read()).toEqual([1, 2])
  expect(readFileSync(at('state/checkpoint.json.damaged'), 'utf8')).toBe('{"version":1,"pos')
})
