import { expect, test } from 'vitest'
import { nextAttackAt } from './schedule.js'

test('the next attack comes after the interval, a fifth earlier at the soonest and later at the latest', () => {
  expect([0, 0.5, 1].map((random) => nextAttackAt(1000, 100, random))).toEqual([81_000, 101_000, 121_000])
})
