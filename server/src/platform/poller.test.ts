import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPoller } from './poller.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work whose runs end when the test says so. */
function setUp() {
  const ends: Array<(error?: Error) => void> = []
  const errors: unknown[] = []
  const poller = createPoller({
    work: () =>
      new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve()))),
    pauseMs: 1000,
    onError: (error) => void errors.push(error),
  })
  const settle = () => vi.advanceTimersByTimeAsync(0)
  return { poller, ends, errors, settle }
}

test('runs at once, and again after the pause', async () => {
  const { ends, settle } = setUp()
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await settle()
  await vi.advanceTimersByTimeAsync(999)
  expect(ends).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(ends).toHaveLength(2)
})

test('however often it is woken during a run, one more run follows', async () => {
  const { poller, ends, settle } = setUp()
  for (let n = 0; n < 5; n += 1) poller.wake()
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await settle()
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await settle()
  expect(ends).toHaveLength(2)
})

test('a failed run is reported, and waits for the pause even when woken', async () => {
  const { poller, ends, errors, settle } = setUp()
  ends[0]?.(new Error('down'))
  await settle()
  poller.wake()
  await settle()
  expect([ends.length, errors.length]).toEqual([1, 1])
  await vi.advanceTimersByTimeAsync(1000)
  expect(ends).toHaveLength(2)
})

test('stopping waits for the present run and starts no other', async () => {
  const { poller, ends } = setUp()
  poller.wake()
  let stopped = false
  const stopping = poller.stop().then(() => {
    stopped = true
  })
  await vi.advanceTimersByTimeAsync(5000)
  expect(stopped).toBe(false)
  ends[0]?.()
  await stopping
  await vi.advanceTimersByTimeAsync(5000)
  expect(ends).toHaveLength(1)
})
