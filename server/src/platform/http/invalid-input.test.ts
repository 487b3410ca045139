import { expect, test } from 'vitest'
import { describeInvalid } from './invalid-input.js'

const mistakes = (...names: string[]) =>
  names.map((name) => ({ instancePath: `/${name}`, keyword: '', schemaPath: '', params: {} }))

test.each([
  ['params', '/sessions/:id', ['id'], 'Invalid session ID'],
  ['params', '/sessions/:id/events', ['id'], 'Invalid session ID'],
  ['params', '/api-keys/:id', ['id'], 'Invalid API key ID'],
  ['params', '/ops/silences/:id', ['id'], 'Invalid silence ID'],
  ['querystring', '/sessions', ['limit'], 'Invalid query parameter `limit`'],
  ['querystring', '/sessions', ['limit', 'from'], 'Invalid query parameters `limit`, `from`'],
  ['body', '/users', ['username'], 'Invalid field `username`'],
  ['body', '/users', ['a', 'b', 'c', 'd', 'e'], 'Invalid fields `a`, `b`, `c` and 2 more'],
  ['body', '/users', ['x'.repeat(99)], `Invalid field \`${'x'.repeat(50)}\``],
  ['body', '/users', [''], 'Invalid body'],
] as const)('what is wrong in the %s of %s is named: %s', (validationContext, route, names, detail) => {
  expect(describeInvalid({ validationContext, validation: mistakes(...names) }, route)).toBe(detail)
})
