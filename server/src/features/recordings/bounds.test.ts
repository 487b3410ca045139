import { expect, test } from 'vitest'
import { TooManyRequestsError } from '../../platform/errors.js'
import { createPlaces } from './places.js'
import { pickChunks } from './recordings.js'
import { createRequestRate } from './request-rate.js'

test('as many read at the same time as may, and a place is given back once', () => {
  const places = createPlaces(2)
  const leave = places.take()
  places.take()
  expect(places.take).toThrow(TooManyRequestsError)
  leave()
  leave()
  places.take()
  expect(places.take).toThrow(TooManyRequestsError)
})

test('a sender may make so many requests in ten seconds, and others are not concerned', () => {
  let clock = 1_000
  const rate = createRequestRate(0.2, () => clock)
  rate.take('a')
  rate.take('a')
  expect(() => rate.take('a')).toThrow(TooManyRequestsError)
  try {
    rate.take('a')
  } catch (error) {
    expect((error as TooManyRequestsError).retryAfter).toBe(9)
  }
  rate.take('b')
  clock = 10_000
  rate.take('a')
})

test('senders beyond those that are counted are forgotten, the one that was longest silent first', () => {
  const rate = createRequestRate(0.1, () => 0, 2)
  rate.take('a')
  rate.take('b')
  expect(() => rate.take('a')).toThrow(TooManyRequestsError)
  rate.take('c')
  rate.take('b')
})

test('a page has the chunks that follow each other, at least one and about 512 KiB', () => {
  const chunks = (...numbers: number[]) => numbers.map((n) => ({ n, bytes: 200 * 1024 }))
  expect(pickChunks(chunks(0, 1, 2, 3), -1, false)).toEqual([0, 1, 2])
  expect(pickChunks(chunks(3, 4, 6), 2, false)).toEqual([3, 4])
  expect(pickChunks(chunks(3, 4, 6), 1, false)).toEqual([])
  expect(pickChunks(chunks(3, 6, 8), 1, true)).toEqual([3, 6, 8])
  expect(
    pickChunks(
      [
        { n: 0, bytes: 9e9 },
        { n: 1, bytes: 1 },
      ],
      -1,
      false,
    ),
  ).toEqual([0])
  expect(pickChunks([], 4, true)).toEqual([])
})
