import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { StoreUnavailableError } from '../platform/errors.js'
import { explain } from './errors.js'

test('a file that is not there is named with the reason and the next step, without a stack', async () => {
  const error = await readFile('/nowhere/slo.yaml').catch((reason: unknown) => reason)
  expect(explain(error)).toBe(
    "/nowhere/slo.yaml cannot be used: ENOENT: no such file or directory, open '/nowhere/slo.yaml'; check the path and its permissions",
  )
})

test('a database that cannot be reached is explained to whoever runs a command, not to the sender of a request', () => {
  const refused = new StoreUnavailableError('send the request again', {
    cause: new Error('connect ECONNREFUSED 127.0.0.1:5432'),
  })
  expect(explain(refused)).toBe(
    'the database cannot be used: connect ECONNREFUSED 127.0.0.1:5432; check that PostgreSQL runs and that DATABASE_URL names it',
  )
  const several = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  expect(explain(new StoreUnavailableError('again', { cause: several }))).toContain('ECONNREFUSED')
})

test('a fault of ours brings its stack', () => {
  expect(explain(new TypeError('x is not a function'))).toContain('errors.test')
})
