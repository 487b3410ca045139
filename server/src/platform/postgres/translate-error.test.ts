import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { QueryTimeoutError, QueueFullError } from '../errors.js'
import { failureOf, forSensors, withinTime } from './translate-error.js'

const withCode = (code: string, message = 'as the server says') => Object.assign(new Error(message), { code })

const UNAVAILABLE: Array<[string, Error]> = [
  ...[
    'EAGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_FAIL',
    'EMFILE',
    'ENOENT',
    'EPIPE',
    'ETIMEDOUT',
  ].map((code): [string, Error] => [code, withCode(code, `connect ${code}`)]),
  ...[
    '08000',
    '08001',
    '08006',
    '08P01',
    '25006',
    '25P03',
    '28000',
    '28P01',
    '3D000',
    '53000',
    '53200',
    '53300',
    '53400',
    '57P01',
    '57P02',
    '57P03',
    '57P04',
    '57P05',
    '58000',
    '58030',
    'XX000',
    'XX001',
  ].map((code): [string, Error] => [code, withCode(code)]),
  ...[
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'The server does not support SSL connections',
    'SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature is missing',
  ].map((text): [string, Error] => [text, new Error(text)]),
  ['a protocol error', new pg.DatabaseError('received invalid response: 48', 5, 'error')],
]

describe('an unavailable database', () => {
  test.each(UNAVAILABLE)('%s is a 503 with Retry-After about the database', (_name, error) => {
    for (const failure of [failureOf(error), forSensors(error)]) {
      expect(failure).toMatchObject({ status: 503, type: '/problems/store-unavailable', cause: error })
      expect(failure).toMatchObject({
        retryAfter: expect.any(Number),
        message: expect.stringMatching(/database/),
      })
    }
  })
})

test.each([
  ['53100', withCode('53100')],
  ['ENOSPC', withCode('ENOSPC')],
  ['an I/O error for want of room', withCode('58030', 'could not write to file: No space left on device')],
])('a full disk (%s) is a 507 with Retry-After', (_name, error) => {
  for (const failure of [failureOf(error), forSensors(error)])
    expect(failure).toMatchObject({ status: 507, retryAfter: 60 })
})

test.each([
  ['57014', withCode('57014', 'canceling statement due to statement timeout')],
  ['a read timeout', new Error('Query read timeout')],
  ['a translated one', new QueryTimeoutError('narrow the time range or the filters')],
])('a hung statement (%s) says nothing of time ranges to sensors', (_name, error) => {
  expect(forSensors(error)).toMatchObject({
    status: 503,
    type: '/problems/store-unavailable',
    message: expect.stringMatching(/^the database does not answer in time/),
  })
})

test.each(['23505', '40001', '40P01', 'ET001', '23514', '55P03', '42P01'])(
  'what attempts did not get over (%s) is a 503 to sensors, and stays what it is to the store',
  (code) => {
    expect(failureOf(withCode(code))).toBeNull()
    expect(forSensors(withCode(code))).toMatchObject({ status: 503, type: '/problems/store-unavailable' })
  },
)

test.each([
  ['a mistake of ours', new TypeError('x is undefined')],
  ['a mistake that Node found', withCode('ERR_INVALID_ARG_TYPE')],
  ['data that is never accepted', withCode('22P05')],
  ['a refusal', new QueueFullError('rows are waiting')],
])('%s stays what it is', (_name, error) => {
  expect(failureOf(error)).toBeNull()
  expect(forSensors(error)).toBe(error)
})

test('work that takes longer than it may is a 503; work in time keeps its answer', async () => {
  await expect(withinTime(new Promise(() => {}), 1)).rejects.toMatchObject({ status: 503 })
  expect(await withinTime(Promise.resolve('stored'), 60_000)).toBe('stored')
  await expect(withinTime(Promise.reject(withCode('57014')), 60_000)).rejects.toMatchObject({
    type: '/problems/store-unavailable',
  })
})
