import { expect, test } from 'vitest'
import { TooManyRequestsError } from '../../platform/errors.js'
import { createLoginLimits } from './login-limits.js'

const failTimes = async (
  limits: ReturnType<typeof createLoginLimits>,
  times: number,
  ip: string,
  user = 'admin',
) => {
  for (let attempt = 0; attempt < times; attempt += 1) await limits.attempt(ip, user)
}

test('an address that keeps failing for a user is stopped, and the user can still log in from elsewhere', async () => {
  const limits = createLoginLimits()
  await failTimes(limits, 8, '203.0.113.1')
  await expect(limits.attempt('203.0.113.1', 'ADMIN')).rejects.toThrow(TooManyRequestsError)
  await limits.attempt('203.0.113.2', 'admin')
  await limits.attempt('203.0.113.1', 'somebody else')
})

test('an address that tries many users is stopped altogether', async () => {
  const limits = createLoginLimits()
  for (let user = 0; user < 30; user += 1) await limits.attempt('203.0.113.1', `user-${user}`)
  await expect(limits.attempt('203.0.113.1', 'fresh')).rejects.toThrow(TooManyRequestsError)
})

test('addresses of one IPv6 customer count as one', async () => {
  const limits = createLoginLimits()
  for (let host = 0; host < 8; host += 1) await limits.attempt(`2001:db8:1:2::${host}`, 'admin')
  await expect(limits.attempt('2001:db8:1:2:ffff::1', 'admin')).rejects.toThrow(TooManyRequestsError)
  await limits.attempt('2001:db8:1:3::1', 'admin')
})

test('a success forgives earlier mistakes', async () => {
  const limits = createLoginLimits()
  await failTimes(limits, 7, '203.0.113.1')
  await limits.succeeded('203.0.113.1', 'admin')
  await failTimes(limits, 7, '203.0.113.1')
  await limits.attempt('203.0.113.1', 'admin')
})

test('of many attempts at once no more pass than one after another', async () => {
  const limits = createLoginLimits()
  const attempts = Array.from({ length: 200 }, () =>
    limits.attempt('203.0.113.1', 'admin').then(
      () => 1,
      () => 0,
    ),
  )
  expect((await Promise.all(attempts)).reduce((sum: number, passed) => sum + passed, 0)).toBe(8)
})

test('an attempt that nobody could judge does not count', async () => {
  const limits = createLoginLimits()
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await limits.attempt('203.0.113.1', 'admin')
    await limits.undecided('203.0.113.1', 'admin')
  }
})
