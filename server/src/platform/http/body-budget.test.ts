import { expect, test } from 'vitest'
import { createBodyBudget } from './body-budget.js'

const leaked = { key: 'leaked', address: '192.0.2.1' }

test('an open request holds nothing, and what it holds is given back once', () => {
  const budget = createBodyBudget(100)
  const account = budget.open(leaked)
  expect(budget.held()).toBe(0)
  account.hold(40)
  account.hold(-10)
  account.close()
  account.close()
  expect(budget.held()).toBe(0)
  expect(budget.peak()).toBe(40)
})

test('one key may hold half, one address three quarters, all together the whole', () => {
  const budget = createBodyBudget(100)
  const hold = (key: string | null, address: string, bytes: number) =>
    budget.open({ key, address }).hold(bytes)
  hold('leaked', '192.0.2.1', 25)
  hold('leaked', '198.51.100.1', 25)
  expect(() => hold('leaked', '203.0.113.1', 1)).toThrow(/this key/)
  hold(null, '192.0.2.1', 40)
  expect(() => hold('other', '192.0.2.1', 20)).toThrow(/this address/)
  hold('third', '2001:db8::1', 10)
  expect(() => hold('third', '2001:db8::2', 10)).toThrow(/the limit of bytes/)
  expect(budget.held()).toBe(100)
})

test('the addresses of one IPv6 customer share what one address may hold', () => {
  const budget = createBodyBudget(100)
  budget.open({ key: null, address: '2001:db8::1' }).hold(75)
  expect(() => budget.open({ key: null, address: '2001:db8:0:0:ffff::9' }).hold(1)).toThrow(/this address/)
  budget.open({ key: null, address: '2001:db8:0:1::1' }).hold(1)
})

test('one large body passes alone under any limit, and nothing beside it', () => {
  const budget = createBodyBudget(100)
  const large = budget.open(leaked)
  large.hold(500)
  large.hold(500)
  expect(() => budget.open({ key: 'other', address: '203.0.113.1' }).hold(1)).toThrow()
  large.close()
  budget.open({ key: 'other', address: '203.0.113.1' }).hold(1)
  expect(() => large.hold(100)).toThrow()
})

test('a refused request keeps what it held, so that closing it gives back exactly that', () => {
  const budget = createBodyBudget(100)
  const first = budget.open(leaked)
  const second = budget.open(leaked)
  first.hold(30)
  second.hold(20)
  expect(() => second.hold(20)).toThrow()
  second.close()
  expect(budget.held()).toBe(30)
  first.close()
  expect(budget.held()).toBe(0)
})
