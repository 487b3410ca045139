import { expect, test } from 'vitest'
import { groupsOfKeys } from './corroboration.js'

const count = (keys: Record<string, string[]>, sensors: string[]) => {
  const groupOf = groupsOfKeys(new Map(Object.entries(keys)))
  return new Set(sensors.map(groupOf)).size
}

test.each([
  ['two sensors of two keys are two', { a: ['1'], b: ['2'] }, ['a', 'b'], 2],
  ['all sensors of one collector are one', { a: ['1'], b: ['1'], c: ['1'] }, ['a', 'b', 'c'], 1],
  ['sensors of two keys for which a third speaks are one', { a: ['1', '3'], b: ['2', '3'] }, ['a', 'b'], 1],
  ['also through others', { a: ['1', '2'], b: ['2', '3'], c: ['3', '4'], d: ['5'] }, ['a', 'c', 'd'], 2],
  ['sensors without a key are one', { a: ['1'] }, ['a', 'x', 'y'], 2],
])('%s', (_name, keys, sensors, expected) => {
  expect(count(keys as Record<string, string[]>, sensors)).toBe(expected)
})
