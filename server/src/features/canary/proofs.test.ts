import { expect, test } from 'vitest'
import { createProofs } from './proofs.js'
import { looksLikeSecret, newSecret } from './secret.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const proofsAt = (now: number, options: { secretKey?: string; purpose?: 'url' | 'dns' } = {}) =>
  createProofs({ secretKey: 'a secret', purpose: 'dns', ...options, now: () => now })

test('a request is answered by whoever has the secret, for a minute on both sides', () => {
  const { text, answer } = proofsAt(NOW).request()
  // A label of the DNS, which no token is.
  expect(text).toMatch(/^[a-z0-9]{41,63}$/)
  expect([looksLikeSecret(text), looksLikeSecret(newSecret())]).toEqual([false, true])
  for (const later of [-60_000, 0, 60_000]) expect(proofsAt(NOW + later).answerTo(text)).toBe(answer)
  for (const later of [-60_001, 60_001]) expect(proofsAt(NOW + later).answerTo(text)).toBeNull()
})

test('requests of other secrets and of other checks, and what is none, have no answer', () => {
  const { text } = proofsAt(NOW).request()
  expect(proofsAt(NOW, { secretKey: 'another secret' }).answerTo(text)).toBeNull()
  expect(proofsAt(NOW, { purpose: 'url' }).answerTo(text)).toBeNull()
  for (const other of [
    '',
    newSecret(),
    text.slice(1),
    `${text}0`,
    text.toUpperCase(),
    `${text.slice(0, -1)}g`,
  ])
    expect(proofsAt(NOW).answerTo(other)).toBeNull()
})
