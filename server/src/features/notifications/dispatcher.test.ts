import { expect, test } from 'vitest'
import { ForbiddenTargetError } from '../../platform/outbound/address-guard.js'
import { DeliveryError } from '../../platform/outbound/outbound-http.js'
import { afterFailure } from './dispatcher.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const pauseAfter = (attempts: number, random: number, error = new DeliveryError('down')) => {
  const settlement = afterFailure(error, attempts, NOW, () => random)
  return settlement.outcome === 'failed' ? settlement.next_attempt_at.getTime() - NOW : settlement.outcome
}

test('pauses double up to five minutes, and vary by half of themselves', () => {
  expect([0, 1, 2, 3, 9, 200].map((attempts) => pauseAfter(attempts, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 300_000, 300_000,
  ])
  expect(pauseAfter(2, 0)).toBe(2_000)
})

test('a receiver that asks for rest gets it, for an hour at most', () => {
  expect(pauseAfter(0, 0, new DeliveryError('busy', { retryAfter: 120 }))).toBe(120_000)
  expect(pauseAfter(0, 0, new DeliveryError('busy', { retryAfter: 1e9 }))).toBe(3_600_000)
})

test('trying ends after about a day, and at once where it is of no use', () => {
  expect(pauseAfter(398, 0)).toBe(150_000)
  expect(pauseAfter(399, 0)).toBe('dead')
  expect(pauseAfter(0, 0, new DeliveryError('no such field', { permanent: true }))).toBe('dead')
  expect(afterFailure(new ForbiddenTargetError('private'), 0, NOW, () => 0)).toEqual({
    outcome: 'dead',
    error: 'private',
  })
})
