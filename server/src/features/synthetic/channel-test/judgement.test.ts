import { expect, test } from 'vitest'
import { ATTEMPT_WITHIN_MS, judgeDelivery } from './judgement.js'

const SENT = Date.parse('2026-03-22T12:00:00Z')
const pending = (attempts: number, last_error: string | null = null) => ({
  state: 'pending' as const,
  attempts,
  last_error,
})

test.each([
  ['delivered', { state: 'delivered', attempts: 1, last_error: null }, 1_000, 'delivered', null],
  ['refused for good', { state: 'dead', attempts: 1, last_error: '422' }, 1_000, 'failed', /refused.*422/],
  ['not tried yet', pending(0), 1_000, null, null],
  ['failed twice', pending(2, 'refused'), 1_000, null, null],
  ['failed three times', pending(3, 'ECONNREFUSED'), 1_000, 'failed', /3 attempts failed: ECONNREFUSED/],
  ['not tried in time', pending(0), ATTEMPT_WITHIN_MS + 1, 'failed', /dispatcher is down/],
  ['tried and not delivered in time', pending(1, '503'), ATTEMPT_WITHIN_MS + 1, 'failed', /5 minutes: 503/],
  ['removed with its channel', null, 1_000, 'failed', /channel was removed/],
] as const)('a message that was %s', (_, delivery, after, state, failure) => {
  const verdict = judgeDelivery(delivery, SENT, SENT + after)
  expect(verdict?.state ?? null).toBe(state)
  if (failure === null) expect(verdict?.failure ?? null).toBeNull()
  else expect(verdict?.failure).toMatch(failure)
})
