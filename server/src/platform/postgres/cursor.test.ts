import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidInputError } from '../errors.js'
import { decodeCursor, encodeCursor, KEY } from './cursor.js'

test.each([
  ['timestamp', '2026-02-31T00:00:00.000000Z'],
  ['timestamp', '2026-13-01T00:00:00.000000Z'],
  ['timestamp', '2026-01-01T25:00:00.000000Z'],
  ['timestamp', '0000-01-01T00:00:00.000000Z'],
  ['integer', '1.5'],
  ['integer', '99999999999999999999'],
  ['number', '1e-99'],
  ['number', '0e-1'],
  ['number', '99999999999999999999999999999999'],
  ['ip', '...'],
  ['ip', '::1::'],
  ['uuid', 'x'],
] as const)('a forged %s key %s is refused', (kind, key) => {
  expect(() => decodeCursor(encodeCursor([key]), [KEY[kind]])).toThrow(InvalidInputError)
})

test.each([
  ['timestamp', '2024-02-29T23:59:59.999999Z'],
  ['integer', 9007199254740991],
  ['number', 0.1],
  ['number', 0],
  ['number', 1e-7],
  ['ip', '203.0.113.7'],
  ['ip', '2001:db8::7'],
] as const)('a %s key %s comes back', (kind, key) => {
  expect(decodeCursor(encodeCursor([key]), [KEY[kind]])).toEqual([String(key)])
})

test('whatever else comes is refused, and nothing throws another error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map((text) => Buffer.from(text).toString('base64url')),
      ),
      (cursor) => {
        expect(() => decodeCursor(cursor, [KEY.timestamp, KEY.uuid])).toThrow(InvalidInputError)
      },
    ),
  )
})
