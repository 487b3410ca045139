import { expect, test } from 'vitest'
import { createAnswerBudget } from './answer-budget.js'

test('beyond the limit every second query is truncated and the others are dropped, until the next second', () => {
  let now = 0
  const budget = createAnswerBudget(2, () => now)
  const take = (count: number) => Array.from({ length: count }, () => budget.take('192.0.2.1'))
  expect(take(5)).toEqual(['answer', 'answer', 'truncate', 'drop', 'truncate'])
  expect(budget.take('192.0.2.2')).toBe('answer')
  now = 1_000
  expect(take(1)).toEqual(['answer'])
})

test('addresses beyond the number that is counted share one limit', () => {
  const budget = createAnswerBudget(1, () => 0, 1)
  expect(['a', 'b', 'c', 'a'].map((block) => budget.take(block))).toEqual([
    'answer',
    'answer',
    'truncate',
    'truncate',
  ])
})
