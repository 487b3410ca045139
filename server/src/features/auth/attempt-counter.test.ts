import { expect, test } from 'vitest'
import { createAttemptCounter } from './attempt-counter.js'

const LIMIT = { attempts: 2, windowMs: 1_000 }

test('so many attempts fit into a window, which begins with the first of them', () => {
  let at = 0
  const counter = createAttemptCounter(LIMIT, () => at)
  counter.add('a')
  at = 400
  counter.add('a')
  expect(counter.waitMs('a')).toBe(600)
  expect(counter.waitMs('b')).toBe(0)
  at = 1_000
  expect(counter.waitMs('a')).toBe(0)
  counter.add('a')
  expect(counter.waitMs('a')).toBe(0)
})

test('what is taken back or forgotten does not count, and never makes room for more', () => {
  const counter = createAttemptCounter(LIMIT, () => 0)
  counter.takeBack('a')
  counter.add('a')
  counter.add('a')
  counter.takeBack('a')
  expect(counter.waitMs('a')).toBe(0)
  counter.add('a')
  expect(counter.waitMs('a')).toBe(1_000)
  counter.forget('a')
  expect(counter.waitMs('a')).toBe(0)
})

test('a flood of keys displaces those that were not seen for longest, and none that is in use', () => {
  const counter = createAttemptCounter(LIMIT, () => 0, 10)
  const fill = (key: string) => [counter.add(key), counter.add(key)]
  fill('idle')
  fill('used')
  for (let n = 0; n < 100; n += 1) {
    counter.add(`flood ${n}`)
    expect(counter.waitMs('used')).toBe(1_000)
  }
  expect(counter.waitMs('idle')).toBe(0)
})
