import { expect, test } from 'vitest'
import { createPaced } from './paced'

/** Work that takes as long as the test says, in a time that the test moves. */
function start(workMs = 0, fails = false) {
  let time = 0
  let done = 0
  const waiting = new Set<{ at: number; call: () => void }>()
  const paced = createPaced(
    async () => {
      done += 1
      time += workMs
      if (fails) throw new Error('away')
    },
    {
      now: () => time,
      later(call, ms) {
        const entry = { at: time + ms, call }
        waiting.add(entry)
        return () => waiting.delete(entry)
      },
    },
  )
  return {
    paced,
    done: () => done,
    async pass(ms: number) {
      await new Promise((resolve) => setImmediate(resolve))
      time += ms
      for (const entry of waiting) {
        if (entry.at > time) continue
        waiting.delete(entry)
        entry.call()
      }
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('the first request is done at once, and those of the pause once behind it', async () => {
  const { paced, done, pass } = start()
  paced.request()
  expect(done()).toBe(1)
  await pass(0)
  for (let n = 0; n < 20; n += 1) paced.request()
  await pass(499)
  expect(done()).toBe(1)
  await pass(1)
  expect(done()).toBe(2)
  await pass(10_000)
  expect(done()).toBe(2)
  paced.request()
  expect(done()).toBe(3)
})

test('what takes long has a long pause', async () => {
  const { paced, done, pass } = start(1_000)
  paced.request()
  paced.request()
  await pass(3_999)
  expect(done()).toBe(1)
  await pass(1)
  expect(done()).toBe(2)
})

test('what failed is done again when it is asked for', async () => {
  const { paced, done, pass } = start(0, true)
  paced.request()
  await pass(500)
  expect(done()).toBe(1)
  paced.request()
  expect(done()).toBe(2)
})

test('nothing is done after the end', async () => {
  const { paced, done, pass } = start()
  paced.request()
  await pass(0)
  paced.request()
  paced.stop()
  await pass(1_000)
  paced.request()
  expect(done()).toBe(1)
})
