import type { Sensor } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { clockText, eventsAnHour, limitText, reasonText, spanText } from './sensor-words'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const sensor = (more: Partial<Sensor>): Sensor => ({
  sensor_id: 'cowrie-1',
  sensor_kind: 'cowrie',
  first_seen_at: '2026-03-20T12:00:00.000000Z',
  last_seen_at: '2026-03-22T09:30:00.000000Z',
  last_received_at: '2026-03-22T09:30:00.000000Z',
  event_count: 10,
  session_count: 1,
  hourly_events: Array(24).fill(0),
  state: 'no_data',
  state_since: null,
  expected: true,
  judged_by: 'events',
  limit_seconds: 1_800,
  heartbeat: null,
  clock_skew_seconds: null,
  clock_wrong: false,
  duplicate: false,
  expectation: null,
  ...more,
})

test.each([
  [0, '0 s'],
  [59.6, '1 min'],
  [90, '1 min 30 s'],
  [3_600, '1 h'],
  [9_000, '2 h 30 min'],
  [86_399, '23 h 59 min'],
  [-200_000, '2 d 7 h'],
])('%s seconds are %s', (seconds, text) => {
  expect(spanText(seconds)).toBe(text)
})

test('a reason says for how long nothing came, by the newest event or heartbeat', () => {
  expect(reasonText(sensor({}), NOW)).toBe('silent for 2 h 30 min, limit 30 min')
  const heartbeat = { received_at: '2026-03-22T11:50:00.000000Z' } as Sensor['heartbeat']
  expect(reasonText(sensor({ heartbeat, expected: false }), NOW)).toBe(
    'not expected; silent for 10 min, limit 30 min',
  )
  expect(reasonText(sensor({ state: 'active' }), NOW)).toBe('')
  expect(reasonText(sensor({ state: 'unknown' }), NOW)).toContain('too little')
})

test('a limit says where it comes from', () => {
  expect(limitText(sensor({}))).toBe('30 min, learned from the gaps between its events')
  expect(limitText(sensor({ limit_seconds: null, judged_by: null }))).toBe('not known yet')
})

test('a clock is behind, ahead, right, or not known', () => {
  const texts = [7_200, -90, 0.4, null].map((clock_skew_seconds) => clockText(sensor({ clock_skew_seconds })))
  expect(texts).toEqual(['2 h behind', '1 min 30 s ahead', 'right to the second', 'not known'])
})

test('events an hour are the mean of a day', () => {
  expect(eventsAnHour(sensor({ hourly_events: Array(24).fill(22) }))).toBe('22')
  expect(eventsAnHour(sensor({ hourly_events: [6, ...Array(23).fill(0)] }))).toBe('0.3')
})
