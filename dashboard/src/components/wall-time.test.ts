import { expect, test } from 'vitest'
import { instantOf, wallTime } from './wall-time'

test.each(['UTC', 'local'] as const)('what a clock shows in %s leads back to the moment', (zone) => {
  const at = '2026-03-29T00:59:07.000Z'
  expect(instantOf(wallTime(at, zone), zone)).toBe(at)
})

test('in UTC a clock shows what the moment is called', () => {
  expect(wallTime('2026-11-25T23:04:05Z', 'UTC')).toBe('2026-11-25T23:04:05')
  expect(instantOf('2026-11-25T23:04', 'UTC')).toBe('2026-11-25T23:04:00.000Z')
})

test.each(['', 'yesterday'])('%j is no time', (wall) => {
  expect(instantOf(wall, 'UTC')).toBeNull()
})
