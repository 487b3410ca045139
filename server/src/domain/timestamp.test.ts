import { expect, test } from 'vitest'
import { isPlausible, parseTimestamp } from './timestamp.js'

test.each([
  ['2026-03-22T00:10:42.831494Z', '2026-03-22T00:10:42.831494Z'],
  ['2026-03-22T00:10:42Z', '2026-03-22T00:10:42.000000Z'],
  ['2025-02-12T08:28:02.472515', '2025-02-12T08:28:02.472515Z'],
  ['2026-03-22 00:10:42.5', '2026-03-22T00:10:42.500000Z'],
  ['2026-03-22 00:10:42 (UTC)', '2026-03-22T00:10:42.000000Z'],
  ['2026-03-22T01:10:42+01:00', '2026-03-22T00:10:42.000000Z'],
  ['2026-03-21T19:40:42-0430', '2026-03-22T00:10:42.000000Z'],
  ['2026-03-22T00:10:42.123456789Z', '2026-03-22T00:10:42.123456Z'],
  ['2026-03-22T00:10', '2026-03-22T00:10:00.000000Z'],
  [1774138242, '2026-03-22T00:10:42.000000Z'],
  [1774138242.5, '2026-03-22T00:10:42.500000Z'],
  [1774138242831, '2026-03-22T00:10:42.831000Z'],
  ['1774138242.831494', '2026-03-22T00:10:42.831494Z'],
  [1774138242831494, '2026-03-22T00:10:42.831494Z'],
])('%s is read as %s', (given, expected) => {
  expect(parseTimestamp(given)).toBe(expected)
})

test.each([
  [''],
  ['yesterday'],
  ['2026-02-30T00:00:00Z'],
  ['2026-13-01T00:00:00Z'],
  ['2026-01-01T25:00:00Z'],
  ['2026-01-01T00:61:00Z'],
  [Number.POSITIVE_INFINITY],
  [Number.NaN],
  [1e300],
  [-1e300],
  [null],
  [true],
  [{}],
  ['9'.repeat(21)],
])('%s is no time', (given) => {
  expect(parseTimestamp(given)).toBeNull()
})

test('a time before 2000 or more than a day ahead of the server is not plausible', () => {
  const now = '2026-03-22T12:00:00.000000Z'
  expect(isPlausible('1999-12-31T23:59:59.999999Z', now)).toBe(false)
  expect(isPlausible('2000-01-01T00:00:00.000000Z', now)).toBe(true)
  expect(isPlausible('2026-03-23T12:00:00.000000Z', now)).toBe(true)
  expect(isPlausible('2026-03-23T12:00:00.000001Z', now)).toBe(false)
})
