import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPermits } from './permits.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const busy = expect.objectContaining({ status: 503, type: '/problems/feeds-busy', retryAfter: 5 })

test('a permit is given back once', () => {
  const permits = createPermits({ max: 1, maxWaiting: 0, maxWaitMs: 0 })
  const release = permits.take()
  expect(() => permits.take()).toThrow(busy)
  release()
  release()
  permits.take()
  expect(permits.inUse()).toBe(1)
})

test('who waits is admitted in the order of asking', async () => {
  const permits = createPermits({ max: 1, maxWaiting: 2, maxWaitMs: 1_000 })
  const release = permits.take()
  const order: string[] = []
  const first = permits.wait().then((give) => {
    order.push('first')
    return give
  })
  const second = permits.wait().then((give) => {
    order.push('second')
    return give
  })
  await expect(permits.wait()).rejects.toThrow(busy)
  release()
  ;(await first)()
  ;(await second)()
  expect([order, permits.inUse()]).toEqual([['first', 'second'], 0])
})

test('nobody waits longer than allowed, and who gave up takes no permit', async () => {
  const permits = createPermits({ max: 1, maxWaiting: 1, maxWaitMs: 1_000 })
  const release = permits.take()
  const refused = expect(permits.wait()).rejects.toThrow(busy)
  await vi.advanceTimersByTimeAsync(1_000)
  await refused
  release()
  expect(permits.inUse()).toBe(0)
})
