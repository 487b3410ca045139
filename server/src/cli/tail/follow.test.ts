import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LogRefusal } from '../../platform/delivery/post-log.js'
import { follow } from './follow.js'
import type { PassResult } from './log-tail.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const AWAY: LogRefusal = { refusal: 'away', final: false, unreachable: true, retryAfterMs: 0 }

/** @param pass what each pass gives, the last one for ever; with the signal that ends requests. */
function start(pass: (ending: boolean, aborted: AbortSignal) => Promise<PassResult>, once = false) {
  const stop = new AbortController()
  const abort = new AbortController()
  const failures: { count: number; last: LogRefusal | null } = { count: 0, last: null }
  const logged: string[] = []
  const write = (message: string) => logged.push(message)
  let lines = 0
  const endings: boolean[] = []
  const ended = follow({
    logTail: {
      async pass(ending) {
        endings.push(ending)
        const result = await pass(ending, abort.signal)
        if (result === 'moved') lines += 1
        return result
      },
      lines: () => lines,
    },
    delivery: {
      failures: () => failures,
      totals: () => ({ accepted: lines, duplicates: 0, quarantined: 0, leftOut: 0 }),
    },
    spool: { bytes: () => 0 },
    log: { debug: write, info: write, warning: write, error: write, critical: write },
    once,
    stop: stop.signal,
    abort,
  })
  return { ended, stop, failures, logged, endings }
}

test('--once ends when everything is read, and reports what it delivered', async () => {
  const results: PassResult[] = ['moved', 'moved', 'idle']
  const { ended, logged, endings } = start(async () => results.shift() ?? 'idle', true)
  await ended
  expect(endings).toEqual([true, true, true])
  expect(logged).toEqual(['Lines delivered', 'No longer following logs'])
})

test.each([
  ['a refusal that a person has to mend', 1, { ...AWAY, final: true }],
  ['the fifth failure', 5, AWAY],
])('--once gives up after %s', async (_, count, last) => {
  const { ended, failures } = start(async () => 'waiting', true)
  const given = expect(ended).rejects.toThrow('away; what was not sent is sent by the next run')
  await vi.advanceTimersByTimeAsync(10_000)
  Object.assign(failures, { count, last })
  await vi.advanceTimersByTimeAsync(500)
  await given
})

test('it goes on while there is nothing to read, and a stop ends it after one more pass', async () => {
  const { ended, stop, endings } = start(async () => 'idle')
  await vi.advanceTimersByTimeAsync(2000)
  stop.abort()
  await ended
  expect(endings).toEqual([false, false, false, false, false, true])
})

test('a stop does not wait for a server that is away', async () => {
  const { ended, stop, logged } = start(async () => 'waiting')
  await vi.advanceTimersByTimeAsync(500)
  stop.abort()
  await ended
  expect(logged).toEqual(['No longer following logs'])
})

test('five seconds after a stop a request under way is aborted', async () => {
  const hanging = (aborted: AbortSignal) =>
    new Promise<PassResult>((_, reject) => {
      aborted.addEventListener('abort', () => reject(aborted.reason))
    })
  const { ended, stop } = start((_, aborted) => hanging(aborted))
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  stop.abort()
  await vi.advanceTimersByTimeAsync(4999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await ended
})
