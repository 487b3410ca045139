import { expect, test } from 'vitest'
import { PasswordsBusyError } from '../../platform/errors.js'
import { createPasswords } from './passwords.js'

test('so many passwords wait to be checked, and further ones are refused with 503 until there is room', async () => {
  const passwords = createPasswords()
  const checks = Array.from({ length: 69 }, () => passwords.matches('wrong', undefined))
  const outcomes = await Promise.allSettled(checks)
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refused).toEqual([expect.any(PasswordsBusyError)])
  expect(refused[0]).toMatchObject({ status: 503, retryAfter: 1 })
  expect(await passwords.matches('wrong', undefined)).toBe(false)
})
