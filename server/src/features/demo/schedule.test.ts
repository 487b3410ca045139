import { expect, test } from 'vitest'
import { actsBetween, SCHEDULE } from './schedule.js'

const EVERY_TEN = [{ name: 'scan', first: 3, every: 10 }] as const

test('each occurrence of an act is due once, whatever the steps of time are', () => {
  const found = [0, 3, 3.5, 12.9, 13, 40].flatMap((until, n, all) =>
    actsBetween(n === 0 ? -1 : (all[n - 1] as number), until, EVERY_TEN),
  )
  expect(found).toEqual([3, 13, 23, 33].map((at, occurrence) => ({ name: 'scan', at, occurrence })))
})

test('acts of several kinds come in the order of their times', () => {
  const times = actsBetween(0, 3600).map(({ at }) => at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every act happens within the first minute', () => {
  const first = actsBetween(0, 60).map(({ name }) => name)
  for (const { name } of SCHEDULE) expect(first).toContain(name)
})
