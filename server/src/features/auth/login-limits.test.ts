import { expect, test } from 'vitest'
import { TooManyRequestsError } from '../../platform/errors.js'
import { createLoginLimits, type LoginAttempt, type LoginLimits } from './login-limits.js'

const MINUTE_MS = 60_000
const at = (ip: string, username = 'admin', device: string | null = null): LoginAttempt => ({
  ip,
  username,
  device,
})

/** A right attempt after another, as far as they are let through. @returns how many were. */
function wrong(limits: LoginLimits, times: number, attempt: LoginAttempt): number {
  let passed = 0
  for (let n = 0; n < times; n += 1) {
    try {
      limits.reserve(attempt)
      passed += 1
    } catch (error) {
      expect(error).toBeInstanceOf(TooManyRequestsError)
    }
  }
  return passed
}

test('an address that keeps failing for a user is stopped, and the user can still log in from elsewhere', () => {
  const limits = createLoginLimits(() => 0)
  expect(wrong(limits, 20, at('203.0.113.1'))).toBe(8)
  expect(wrong(limits, 1, at('203.0.113.1', 'ADMIN'))).toBe(0)
  expect(wrong(limits, 1, at('203.0.113.2'))).toBe(1)
  expect(wrong(limits, 1, at('203.0.113.1', 'somebody else'))).toBe(1)
})

test('an address that tries many users is stopped altogether', () => {
  const limits = createLoginLimits(() => 0)
  for (let user = 0; user < 30; user += 1) expect(wrong(limits, 1, at('203.0.113.1', `user-${user}`))).toBe(1)
  expect(wrong(limits, 1, at('203.0.113.1', 'fresh'))).toBe(0)
})

test('addresses of one IPv6 customer count as one', () => {
  const limits = createLoginLimits(() => 0)
  for (let host = 0; host < 8; host += 1) wrong(limits, 1, at(`2001:db8:1:2::${host}`))
  expect(wrong(limits, 1, at('2001:db8:1:2:ffff::1'))).toBe(0)
  expect(wrong(limits, 1, at('2001:db8:1:3::1'))).toBe(1)
})

test('a success forgives earlier mistakes', () => {
  const limits = createLoginLimits(() => 0)
  wrong(limits, 7, at('203.0.113.1'))
  limits.reserve(at('203.0.113.1')).succeeded()
  expect(wrong(limits, 20, at('203.0.113.1'))).toBe(8)
})

test('an attempt that nobody could judge does not count', () => {
  const limits = createLoginLimits(() => 0)
  for (let attempt = 0; attempt < 200; attempt += 1) limits.reserve(at('203.0.113.1')).undecided()
  for (let attempt = 0; attempt < 200; attempt += 1)
    limits.reserve(at('203.0.113.1', 'admin', 'mine')).undecided()
  expect(wrong(limits, 20, at('203.0.113.1'))).toBe(8)
})

test('what was refused does not prolong the refusal, whose end is stated', () => {
  let now = 0
  const limits = createLoginLimits(() => now)
  wrong(limits, 8, at('203.0.113.1'))
  now = 2 * MINUTE_MS
  expect(() => limits.reserve(at('203.0.113.1'))).toThrow(expect.objectContaining({ retryAfter: 180 }))
  now = 5 * MINUTE_MS
  expect(wrong(limits, 20, at('203.0.113.1'))).toBe(8)
})

test('90 rotating addresses get 100 attempts an hour together, and lock neither the browser nor the office of the user out', () => {
  let now = 0
  const limits = createLoginLimits(() => now)
  limits.reserve(at('198.51.100.1')).succeeded()
  let passed = 0
  for (let round = 0; round < 4; round += 1) {
    for (let n = 0; n < 90; n += 1) passed += wrong(limits, 8, at(`203.0.113.${n}`))
    now += 10 * MINUTE_MS
  }
  expect(passed).toBe(100)
  expect(wrong(limits, 1, at('192.0.2.1'))).toBe(0)
  expect(wrong(limits, 20, at('192.0.2.1', 'admin', 'mine'))).toBe(8)
  expect(wrong(limits, 20, at('198.51.100.1'))).toBe(8)
  expect(wrong(limits, 1, at('192.0.2.1', 'somebody else'))).toBe(1)
  now = 60 * MINUTE_MS
  expect(wrong(limits, 1, at('192.0.2.1'))).toBe(1)
})

test('one address of a proxy for all locks no known browser out', () => {
  const limits = createLoginLimits(() => 0)
  for (let user = 0; user < 30; user += 1) wrong(limits, 8, at('10.0.0.1', `user-${user}`))
  wrong(limits, 8, at('10.0.0.1'))
  expect(wrong(limits, 1, at('10.0.0.1'))).toBe(0)
  limits.reserve(at('10.0.0.1', 'admin', 'mine')).succeeded()
  expect(wrong(limits, 20, at('10.0.0.1', 'admin', 'mine'))).toBe(8)
})

test('a known browser that keeps failing is treated as a stranger', () => {
  const limits = createLoginLimits(() => 0)
  expect(wrong(limits, 100, at('203.0.113.1', 'admin', 'stolen'))).toBe(16)
})

test('who has logged in before in a browser, or from an address, is known there, until it keeps failing', () => {
  const limits = createLoginLimits(() => 0)
  limits.reserve(at('198.51.100.1')).succeeded()
  const holderOf = (attempt: LoginAttempt) => {
    const { holder, undecided } = limits.reserve(attempt)
    undecided()
    return holder
  }
  expect(holderOf(at('198.51.100.1'))).toBe('known')
  expect(holderOf(at('198.51.100.1', 'somebody else'))).toBe('stranger')
  expect(holderOf(at('203.0.113.1'))).toBe('stranger')
  expect(holderOf(at('203.0.113.1', 'admin', 'mine'))).toBe('known')
  wrong(limits, 8, at('203.0.113.1', 'admin', 'mine'))
  expect(holderOf(at('203.0.113.1', 'admin', 'mine'))).toBe('stranger')
})
