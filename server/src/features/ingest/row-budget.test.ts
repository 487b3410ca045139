import { expect, test } from 'vitest'
import { QueueFullError, TooManyRequestsError } from '../../platform/errors.js'
import { createRowBudget } from './row-budget.js'

test('an owner has half of the rows, and others still have theirs', () => {
  const budget = createRowBudget(100)
  const giveBack = budget.hold('flood', 30)
  budget.hold('flood', 20)
  expect(() => budget.hold('flood', 1)).toThrow(TooManyRequestsError)
  budget.hold('honest', 50)
  expect(budget.held()).toBe(100)
  giveBack()
  budget.hold('flood', 30)
  expect(() => budget.hold('flood', 1)).toThrow(expect.objectContaining({ status: 429, retryAfter: 1 }))
})

test('nobody has more than all may have, and nothing of what is refused counts', () => {
  const budget = createRowBudget(100)
  for (const owner of ['one', 'two']) budget.hold(owner, 50)
  expect(() => budget.hold('three', 1)).toThrow(QueueFullError)
  expect(budget.held()).toBe(100)
})

test('who has nothing waiting may send one large request', () => {
  const budget = createRowBudget(10)
  const giveBack = budget.hold('one', 1_000)
  expect(() => budget.hold('one', 1)).toThrow(TooManyRequestsError)
  giveBack()
  expect(budget.held()).toBe(0)
})
