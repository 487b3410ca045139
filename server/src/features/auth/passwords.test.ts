import { hash } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { PasswordsBusyError } from '../../platform/errors.js'
import { createPasswords } from './passwords.js'

test('so many passwords wait to be checked, and further ones are refused with 503 until there is room', async () => {
  const passwords = createPasswords()
  const checks = Array.from({ length: 67 }, () => passwords.matches('wrong', undefined, 'stranger'))
  expect(passwords.waiting('stranger')).toBe(64)
  const outcomes = await Promise.allSettled(checks)
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refused).toEqual([expect.any(PasswordsBusyError)])
  expect(refused[0]).toMatchObject({ status: 503, retryAfter: 1 })
  expect(passwords.waiting('stranger')).toBe(0)
  expect(await passwords.matches('wrong', undefined, 'stranger')).toBe(false)
  // Hashing is slow by design, and slower on a busy machine.
}, 30_000)

test('who is known waits for none of the strangers, and is let in while too many of them wait', async () => {
  const passwords = createPasswords()
  let checked = 0
  const strangers = Array.from({ length: 66 }, async () => {
    await passwords.matches('wrong', undefined, 'stranger')
    checked += 1
  })
  await expect(passwords.matches('wrong', undefined, 'stranger')).rejects.toThrow(PasswordsBusyError)
  expect(await passwords.matches('wrong', undefined, 'known')).toBe(false)
  // Those that were being checked already, and as many that took their places.
  expect(checked).toBeLessThanOrEqual(4)
  await Promise.all(strangers)
}, 30_000)

test('those who are known have a bound of their own, which strangers do not use up', async () => {
  const passwords = createPasswords()
  const strangers = Array.from({ length: 66 }, () => passwords.matches('wrong', undefined, 'stranger'))
  const known = Array.from({ length: 66 }, () => passwords.matches('wrong', undefined, 'known'))
  await expect(passwords.hash('one more')).rejects.toThrow(PasswordsBusyError)
  expect(await Promise.all([...strangers, ...known])).not.toContain(true)
}, 60_000)

test('one password however it is composed, and as release 0.1.0 hashed it', async () => {
  const passwords = createPasswords()
  const [composed, decomposed] = ['pässword für uns alle', 'pa\u0308ssword fu\u0308r uns alle']
  const stored = await passwords.hash(composed)
  expect(await passwords.matches(decomposed, stored, 'known')).toBe(true)
  expect(await passwords.matches('passwort für uns alle', stored, 'known')).toBe(false)
  expect(await passwords.matches(decomposed, await hash(decomposed), 'known')).toBe(true)
})
