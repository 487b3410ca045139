import { expect, test } from 'vitest'
import { createPermits } from './permits.js'
import { createSharedRead } from './shared-read.js'

function controlled() {
  const settle: Array<(value: number) => void> = []
  const fail: Array<(error: Error) => void> = []
  const once = () =>
    new Promise<number>((resolve, reject) => {
      settle.push(resolve)
      fail.push(reject)
    })
  return { settle, fail, once }
}

test('who asks while a read is under way gets the next one, shared with all who wait', async () => {
  const reads = createSharedRead<number>(createPermits({ max: 1, maxWaiting: 0, maxWaitMs: 0 }))
  const { settle, once } = controlled()
  const first = reads.read('a', once)
  const others = [reads.read('a', once), reads.read('a', once), reads.read('a', once)]
  settle[0]?.(1)
  expect(await first).toBe(1)
  settle[1]?.(2)
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  expect(settle).toHaveLength(2)
})

test('a read that fails does so for who asked, and the next one begins', async () => {
  const reads = createSharedRead<number>(createPermits({ max: 1, maxWaiting: 0, maxWaitMs: 0 }))
  const { settle, fail, once } = controlled()
  const first = reads.read('a', once)
  const second = reads.read('a', once)
  fail[0]?.(new Error('away'))
  await expect(first).rejects.toThrow('away')
  settle[1]?.(2)
  expect(await second).toBe(2)
  const third = reads.read('a', once)
  settle[2]?.(3)
  expect(await third).toBe(3)
})

test('different reads have so many permits, and what is beyond them is refused', async () => {
  const permits = createPermits({ max: 2, maxWaiting: 0, maxWaitMs: 0 })
  const reads = createSharedRead<number>(permits)
  const { settle, once } = controlled()
  const under = [reads.read('a', once), reads.read('b', once)]
  expect(() => reads.read('c', once)).toThrow(expect.objectContaining({ status: 503, retryAfter: 5 }))
  settle[0]?.(1)
  settle[1]?.(2)
  await Promise.all(under)
  expect(permits.inUse()).toBe(0)
})
