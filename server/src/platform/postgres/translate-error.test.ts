import { expect, test } from 'vitest'
import { StoreUnavailableError } from '../errors.js'
import { translate } from './translate-error.js'

const failed = (code: string) => Object.assign(new Error(`connect ${code} /run/.s.PGSQL.5432`), { code })

test.each([
  // A server that hangs takes no more connections by its Unix socket (connect(2)): the queue of its listener is full.
  'EAGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'ENOENT',
])('a connection that fails with %s is a database that is away, not an unhandled error', (code) => {
  expect(() => translate(failed(code))).toThrow(StoreUnavailableError)
})

test('an error of another kind stays what it is', () => {
  expect(() => translate(new TypeError('a mistake'))).toThrow(TypeError)
})
