import type { SyntheticRun } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { duration, hopsOf } from './hops'

const at = (milliseconds: number) => new Date(Date.UTC(2026, 2, 22) + milliseconds).toISOString()
const run = {
  attacked_at: at(0),
  received_at: at(10),
  scored_at: at(12),
  durable_at: at(30),
  alerted_at: at(100),
  delivered_at: null,
  acknowledged_at: null,
} as SyntheticRun

test('hops come in the order in which the attack got to them, and those that it did not get to last', () => {
  expect(hopsOf(run).map(({ name, took }) => [name, took])).toEqual([
    ['Attack', 0],
    ['Received', 10],
    ['Scored', 2],
    ['Durable', 18],
    ['Alert raised', 70],
    ['Delivered', null],
    ['Acknowledged', null],
  ])
})

test('an attack that was not made got nowhere', () => {
  expect(hopsOf({ ...run, attacked_at: null }).every(({ at }) => at === null)).toBe(true)
})

test('durations are in milliseconds below a second', () => {
  expect([duration(4.4), duration(1250)]).toEqual(['4 ms', '1.25 s'])
})
