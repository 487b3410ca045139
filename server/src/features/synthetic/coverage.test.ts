import { expect, test } from 'vitest'
import { coverageOf } from './coverage.js'

const sensors = [
  { sensor_id: 'a', state: 'active' },
  { sensor_id: 'b', state: 'no_data' },
  { sensor_id: 'c', state: 'unknown' },
] as const

test('a silent sensor burns coverage, and one of which nothing is known does not count', () => {
  expect(coverageOf(sensors, new Set())).toEqual({ proven: 1, expected: 2 })
})

test('an attack that a silent sensor reported proves it', () => {
  expect(coverageOf(sensors, new Set(['b', 'c', 'another']))).toEqual({ proven: 3, expected: 3 })
})

test('without an expected sensor there is nothing to count', () => {
  expect(coverageOf([], new Set(['a']))).toEqual({ proven: 0, expected: 0 })
})
