import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { asRemote, createLink } from './link.js'
import { ALONE, isSpokesman, ownName } from './place.js'
import { createRestarts } from './restarts.js'
import { createWholeLines } from './whole-lines.js'
import { usableCores, workerCount } from './worker-count.js'

const GIB = 1024 ** 3
const cleanups: Array<() => void> = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

describe('how many workers there are', () => {
  test.each([
    [0.5, 1],
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [6, 4],
    [64, 4],
  ])('of %d cores `auto` makes %d', (cores, workers) => {
    expect(workerCount('auto', { cores, memoryBytes: 64 * GIB })).toBe(workers)
  })

  test('`auto` makes no more than memory allows, and a number is what it is', () => {
    expect(workerCount('auto', { cores: 64, memoryBytes: 2.5 * GIB })).toBe(2)
    expect(workerCount('auto', { cores: 64, memoryBytes: GIB / 4 })).toBe(1)
    expect(workerCount(8, { cores: 1, memoryBytes: GIB / 4 })).toBe(8)
  })

  function fileSystem(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'eviltwin-cgroup-'))
    cleanups.push(() => rmSync(root, { recursive: true, force: true }))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return root
  }

  test('the quota of the container counts, of cgroup v2 and v1; without one there are all cores', () => {
    const v2 = { 'proc/self/cgroup': '0::/pod\n', 'sys/fs/cgroup/pod/cpu.max': '50000 100000\n' }
    expect(usableCores(fileSystem(v2))).toBe(0.5)
    const v1 = {
      'proc/self/cgroup': '4:cpu,cpuacct:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '25000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    }
    expect(usableCores(fileSystem(v1))).toBe(0.25)
    for (const files of [{}, { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }])
      expect(usableCores(fileSystem(files))).toBe(availableParallelism())
  })
})

test('each worker has files of its own, and the first those of a server that is one process', () => {
  expect(ownName('access.jsonl', ALONE)).toBe('access.jsonl')
  expect(ownName('access.jsonl', { slot: 2, workers: 2 })).toBe('access-2.jsonl')
  expect([1, 2, 3].map((slot) => isSpokesman({ slot, workers: 3 }))).toEqual([true, false, false])
})

describe('lines that come in pieces', () => {
  function reader(maxLineBytes?: number) {
    const written: string[] = []
    const lines = createWholeLines((text) => written.push(text), maxLineBytes)
    return { written, take: (text: string | Buffer) => lines.take(Buffer.from(text)) }
  }

  test('are handed on whole and as many as there are, however they were cut, also within a character', () => {
    const text = '{"a":"é"}\n{"b":"漢字"}\n{"c":1}\n'
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { written, take } = reader()
      take(bytes.subarray(0, cut))
      take(bytes.subarray(cut))
      expect(written.join('')).toBe(text)
      for (const piece of written) expect(piece).toMatch(/\n$/)
    }
    const { written, take } = reader()
    for (const byte of bytes) take(Buffer.from([byte]))
    expect(written).toEqual(['{"a":"é"}\n', '{"b":"漢字"}\n', '{"c":1}\n'])
  })

  test('are not handed on while their end is missing', () => {
    const { written, take } = reader()
    take('whole\ntorn')
    expect(written).toEqual(['whole\n'])
  })

  test('are left out when they are too long, with all of their parts, and the next one is whole', () => {
    const { written, take } = reader(8)
    for (const piece of ['12345', '67890', 'abc\nnext\n', 'again\n']) take(piece)
    expect(written).toEqual(['next\n', 'again\n'])
  })
})

describe('a worker that ended', () => {
  test('is replaced at once, later each time, and after ten in five minutes never', () => {
    let now = 0
    const { next } = createRestarts(() => now)
    const delays = Array.from({ length: 10 }, () => {
      now += 1_000
      return next()
    })
    expect(delays).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
    expect(next()).toBeNull()
  })

  test('is replaced at once again when the last one lived for five minutes', () => {
    let now = 0
    const { next } = createRestarts(() => now)
    for (let worker = 0; worker < 50; worker += 1) {
      expect(next()).toBe(0)
      now += 5 * 60_000
    }
  })
})

describe('two processes that call each other', () => {
  interface Offered {
    add(a: number, b: number): number
    late(): Promise<string>
    fail(): never
  }
  const own = {
    add: (a: number, b: number) => a + b,
    late: async () => 'done',
    fail(): never {
      throw new Error('it broke')
    },
  }

  function connected() {
    const there = createLink<Record<string, never>>((message) => here.receive(structuredClone(message)), own)
    const here = createLink<Offered>((message) => there.receive(structuredClone(message)), {})
    return here
  }

  test('get what the function of the other one gives, and its error by its message', async () => {
    const { remote } = connected()
    expect(await Promise.all([remote.add(1, 2), remote.late()])).toEqual([3, 'done'])
    await expect(remote.fail()).rejects.toThrow('it broke')
  })

  test('cannot call what is not offered', async () => {
    const { remote } = connected()
    const call = (remote as unknown as Record<string, () => Promise<unknown>>)['toString']
    await expect(call?.()).rejects.toThrow('there is no `toString`')
  })

  test('do not wait for one that has ended, or that does not answer', async () => {
    vi.useFakeTimers()
    cleanups.push(() => vi.useRealTimers())
    const silent = createLink<Offered>(() => {}, {})
    const unanswered = silent.remote.add(1, 2)
    vi.advanceTimersByTime(5_000)
    await expect(unanswered).rejects.toThrow('did not answer `add` in time')
    const waiting = silent.remote.add(1, 2)
    silent.close()
    await expect(waiting).rejects.toThrow('has ended')
    await expect(silent.remote.add(1, 2)).rejects.toThrow('has ended')
  })

  test('are called the same way when they are one', async () => {
    const remote = asRemote<Offered>(own)
    expect(await remote.add(1, 2)).toBe(3)
    await expect(remote.fail()).rejects.toThrow('it broke')
  })
})
