import { expect, test } from 'vitest'
import { createIdentity } from '../identity.js'
import { createLoginPolicy, WEAK_PASSWORDS } from './login-policy.js'

const identity = createIdentity(Buffer.alloc(32, 5))
const HOUR_MS = 3_600_000

function setUp(maxRemembered?: number) {
  let now = Date.UTC(2026, 10, 26)
  const policy = createLoginPolicy(identity, () => now, maxRemembered)
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

test('after some attempts a weak password is accepted, and then from everywhere', () => {
  const { policy, pass } = setUp()
  failures(policy, '192.0.2.1', 4)
  const accepted = WEAK_PASSWORDS.find((password) => policy.accepts('192.0.2.1', 'root', password)) ?? ''
  expect(accepted).not.toBe('')
  expect(policy.accepts('192.0.2.2', 'root', accepted)).toBe(true)
  for (const address of ['192.0.2.1', '192.0.2.2'])
    expect(WEAK_PASSWORDS.filter((password) => policy.accepts(address, 'root', password))).toEqual([accepted])
  pass(25 * HOUR_MS)
  expect(policy.accepts('192.0.2.1', 'root', accepted)).toBe(true)
})

test('an address that is not seen for a day is forgotten', () => {
  const { policy, pass } = setUp()
  failures(policy, '192.0.2.1', 11)
  pass(25 * HOUR_MS)
  expect(failures(policy, '192.0.2.1', 11)).not.toContain(true)
})

test('accounts differ from one installation to the next', () => {
  const namesOf = (seed: number) => {
    const policy = createLoginPolicy(createIdentity(Buffer.alloc(32, seed)), Date.now)
    return ['admin', 'ubuntu', 'oracle', 'postgres', 'deploy', 'git', 'user', 'test', 'guest', 'pi'].filter(
      (name, n) => Array.from({ length: 31 }, () => policy.accepts(`192.0.2.${n}`, name, 'x')).includes(true),
    )
  }
  expect(new Set([1, 2, 3, 4].map((seed) => namesOf(seed).join())).size).toBe(4)
})

test('an empty password is never accepted', () => {
  const { policy } = setUp()
  expect(Array.from({ length: 40 }, () => policy.accepts('192.0.2.9', 'root', ''))).not.toContain(true)
})

test('accepted logins have a limit; the one that was not used for the longest time is forgotten', () => {
  const { policy } = setUp(2)
  const accept = (address: string, password: string) =>
    expect(Array.from({ length: 40 }, () => policy.accepts(address, 'root', password))).toContain(true)
  accept('192.0.2.1', 'first')
  accept('192.0.2.2', 'second')
  expect(policy.accepts('192.0.2.3', 'root', 'first')).toBe(true)
  accept('192.0.2.4', 'third')
  const stranger = '198.51.100.1'
  expect(['first', 'second', 'third'].map((password) => policy.accepts(stranger, 'root', password))).toEqual([
    true,
    false,
    true,
  ])
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
