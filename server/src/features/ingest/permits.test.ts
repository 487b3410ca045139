import { expect, test } from 'vitest'
import { createPermits } from './permits.js'

/** Work that goes on until it is ended. */
function openWork() {
  const ends: Array<() => void> = []
  let ended = 0
  return {
    work: () =>
      new Promise<void>((resolve) => {
        ends.push(resolve)
      }),
    begun: () => ends.length,
    async endNext() {
      ends[ended]?.()
      ended += 1
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    },
  }
}

test('an owner has its own number of permits, and others begin beside it', async () => {
  const permits = createPermits({ total: 4, perOwner: 2, maxWaiting: 10, maxWaitingPerOwner: 5 })
  const leaked = openWork()
  const honest = openWork()
  const all = Array.from({ length: 5 }, () => permits.run('leaked', leaked.work))
  all.push(permits.run('honest', honest.work))
  await Promise.resolve()
  expect([leaked.begun(), honest.begun()]).toEqual([2, 1])
  for (let n = 0; n < 5; n += 1) await leaked.endNext()
  expect(leaked.begun()).toBe(5)
  await honest.endNext()
  await Promise.all(all)
  expect(permits.peak()).toBe(3)
})

test('work beyond what may wait is refused: of one owner with 429, of all with 503', async () => {
  const permits = createPermits({ total: 1, perOwner: 1, maxWaiting: 3, maxWaitingPerOwner: 2 })
  const { work, endNext } = openWork()
  const accepted = ['a', 'a', 'a', 'b'].map((owner) => permits.run(owner, work))
  await expect(permits.run('a', work)).rejects.toMatchObject({ status: 429, retryAfter: 1 })
  await expect(permits.run('c', work)).rejects.toMatchObject({ status: 503, retryAfter: 1 })
  for (let n = 0; n < 4; n += 1) await endNext()
  await Promise.all(accepted)
})

test('work that fails gives its permit back', async () => {
  const permits = createPermits({ total: 1, perOwner: 1, maxWaiting: 1, maxWaitingPerOwner: 1 })
  await expect(permits.run('a', () => Promise.reject(new Error('no gzip')))).rejects.toThrow('no gzip')
  expect(await permits.run('a', async () => 'done')).toBe('done')
})
