import { expect, test } from 'vitest'
import { createIdentity } from '../identity.js'
import { createLoginPolicy, WEAK_PASSWORDS } from './login-policy.js'

const identity = createIdentity(Buffer.alloc(32, 5))
const HOUR_MS = 3_600_000

function setUp() {
  let now = Date.UTC(2026, 10, 26)
  const policy = createLoginPolicy(identity, () => now)
  const pass = (ms: number) => {
    now += ms
  }
  return { policy, pass }
}

const failures = (policy: ReturnType<typeof createLoginPolicy>, address: string, count: number) =>
  Array.from({ length: count }, (_, n) => policy.accepts(address, 'root', `wrong ${n}`))

test('nothing is accepted at the first attempt', () => {
  const { policy } = setUp()
  expect(WEAK_PASSWORDS.some((password, n) => policy.accepts(`198.51.100.${n}`, 'root', password))).toBe(
    false,
  )
})

test('after some attempts a weak password is accepted, and stays so for that address alone', () => {
  const { policy, pass } = setUp()
  failures(policy, '192.0.2.1', 4)
  const accepted = WEAK_PASSWORDS.find((password) => policy.accepts('192.0.2.1', 'root', password)) ?? ''
  expect(accepted).not.toBe('')
  expect(policy.accepts('192.0.2.1', 'root', accepted)).toBe(true)
  expect(policy.accepts('192.0.2.2', 'root', accepted)).toBe(false)
  expect(WEAK_PASSWORDS.filter((password) => policy.accepts('192.0.2.1', 'root', password))).toEqual([
    accepted,
  ])
  pass(25 * HOUR_MS)
  expect(policy.accepts('192.0.2.1', 'root', accepted)).toBe(false)
})

test('after many attempts any password of an account is accepted, and of no other user', () => {
  const { policy } = setUp()
  expect(failures(policy, '192.0.2.3', 31)).toContain(true)
  const other = setUp().policy
  const attempts = Array.from({ length: 100 }, (_, n) =>
    other.accepts('192.0.2.4', 'nobody-has-this', `wrong ${n}`),
  )
  expect(attempts).not.toContain(true)
})

test('addresses of one IPv6 customer count as one', () => {
  const { policy } = setUp()
  const attempts = Array.from({ length: 31 }, (_, n) => policy.accepts(`2001:db8::${n + 1}`, 'root', 'wrong'))
  expect(attempts).toContain(true)
})
