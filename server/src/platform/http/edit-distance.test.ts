import { expect, test } from 'vitest'
import { editDistance } from './edit-distance.js'

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['src_ip', 'src_ip', 0],
  ['srcip', 'src_ip', 1],
  ['kitten', 'sitting', 3],
  ['flaw', 'lawn', 2],
])('from %j to %j it is %i changes, in both directions', (from, to, changes) => {
  expect(editDistance(from, to)).toBe(changes)
  expect(editDistance(to, from)).toBe(changes)
})
