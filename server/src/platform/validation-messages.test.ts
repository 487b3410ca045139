import { expect, test } from 'vitest'
import { z } from 'zod'
import { validationMessage } from './validation-messages.js'

test.each([
  ['a missing value', z.object({ a: z.string() }), {}, 'is required'],
  ['a missing choice', z.object({ a: z.enum(['x', 'y']) }), {}, 'is required: one of x, y'],
  ['another type', z.number(), 'abc', 'must be a number'],
  ['text that is no number', z.coerce.number(), 'abc', 'must be a number'],
  ['a fraction', z.number().int(), 1.5, 'must be a whole number'],
  ['a number below', z.number().min(1), 0, 'must be at least 1'],
  ['a number above', z.number().max(65_535), 99_999, 'must be at most 65535'],
  ['a number at an open bound', z.number().gt(0), 0, 'must be more than 0'],
  ['empty text', z.string().min(1), '', 'must not be empty'],
  ['short text', z.string().min(15), 'x', 'must have at least 15 characters'],
  ['a long list', z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entries'],
  ['another choice', z.enum(['auto', 'json']), 'fancy', 'must be one of auto, json'],
  ['an unknown field', z.strictObject({}), { b: 1 }, 'has unknown fields: b'],
  ['no UUID', z.uuid(), 'xyz', 'must be a UUID such as 5c3f0d2e-8a4b-4c1d-9e6f-7a8b9c0d1e2f'],
  ['no URL', z.url(), 'foo', 'must be a URL such as https://example.org'],
  ['no time', z.iso.datetime(), 'today', 'must be a time such as 2026-03-22T00:10:42Z'],
  ['what the schema describes itself', z.string().min(8, 'eight or more'), 'x', 'eight or more'],
])('%s is answered by the expected form', (_, schema, value, message) => {
  const { error } = schema.safeParse(value, { error: validationMessage })
  expect(error?.issues.map((issue) => issue.message)).toEqual([message])
})
