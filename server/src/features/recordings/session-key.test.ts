import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionKeyIn } from './session-key.js'

test('the key is found by its value, whatever its field is called and wherever it is', () => {
  const isKey = (value: string) => value === 'c0ffee'
  expect(sessionKeyIn('{"eventid":"x","session":"c0ffee"}', isKey)).toBe('c0ffee')
  expect(sessionKeyIn('{"a":[{"b":{"id":"c0ffee"}}]}', isKey)).toBe('c0ffee')
  expect(sessionKeyIn('{"connection":{"id":7}}', (value) => value === '7')).toBe('7')
  expect(sessionKeyIn('{"session":"another"}', isKey)).toBeNull()
})

test('a long key is compared as it is cut', () => {
  const cut = 'k'.repeat(256)
  expect(sessionKeyIn(JSON.stringify({ session: `${cut}more` }), (value) => value === cut)).toBe(cut)
})

test('whatever a record is, it has a key or none, and no more than a thousand values are looked at', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (record) => {
      expect(sessionKeyIn(record, () => false)).toBeNull()
    }),
  )
  let looked = 0
  sessionKeyIn(JSON.stringify(Array.from({ length: 5_000 }, String)), () => {
    looked += 1
    return false
  })
  expect(looked).toBeLessThanOrEqual(1_000)
})
