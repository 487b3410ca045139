import { expect, test } from 'vitest'
import { createVisitBudget } from './visit-budget.js'

const LIMITS = { perToken: 6, perAddress: 3 }

/** Takes visits of a token by addresses. @returns how many were within the limits. */
function taken(
  budget: ReturnType<typeof createVisitBudget>,
  token: string,
  addresses: readonly string[],
  canary = '',
): number {
  return addresses.filter((address) => budget.takeVisit({ token, canary, address }).isWithin).length
}
const times = (count: number, address: string) => Array.from({ length: count }, () => address)
const different = (count: number) => Array.from({ length: count }, (_, n) => `192.0.2.${n}`)

test('one address, and one token from many addresses, have so many visits in a minute', () => {
  const budget = createVisitBudget(LIMITS, () => 0)
  expect(taken(budget, 'a', times(3_200, '198.51.100.1'))).toBe(3)
  expect(taken(budget, 'a', different(400))).toBe(3)
})

test('whatever an address did, its first visit of another token counts, and no further one', () => {
  const budget = createVisitBudget(LIMITS, () => 0)
  taken(budget, 'a', times(100, '198.51.100.1'))
  expect(taken(budget, 'b', times(100, '198.51.100.1'))).toBe(1)
})

test('a token that was flooded has visits again in the next minute', () => {
  let now = 0
  const budget = createVisitBudget(LIMITS, () => now)
  taken(budget, 'a', different(400))
  now = 59_999
  expect(taken(budget, 'a', different(400))).toBe(0)
  now = 60_000
  expect(taken(budget, 'a', different(400))).toBe(6)
})

test('a system that reports many canaries has a first visit of each, and its own limit beyond', () => {
  const budget = createVisitBudget(LIMITS, () => 0)
  expect(taken(budget, 'hook', different(400), 'one')).toBe(6)
  expect(taken(budget, 'hook', different(400), 'two')).toBe(1)
  const invented = different(400).filter(
    (canary) => budget.takeVisit({ token: 'hook', canary, address: null }).isWithin,
  )
  expect(invented).toHaveLength(5)
})

test('so many canaries and addresses are counted and no more; further ones count as one', () => {
  const budget = createVisitBudget({ perToken: 1_000, perAddress: 3 }, () => 0, 10)
  expect(taken(budget, 'a', different(10))).toBe(10)
  expect(taken(budget, 'a', different(400).slice(10))).toBe(3)
  for (let n = 0; n < 100; n += 1) taken(budget, `token ${n}`, ['198.51.100.1'])
  // Each of the two tables has an entry for those that count as one.
  const { counted } = budget.takeVisit({ token: 'a', canary: '', address: null })
  expect(counted).toBeLessThanOrEqual(22)
})
