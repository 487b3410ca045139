import type { Indicator } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { indicatorsCsv } from './csv.js'

const indicator = (value: string): Indicator => ({
  type: 'url',
  value,
  first_seen_at: '2026-03-22T12:00:00.000000Z',
  last_seen_at: '2026-03-22T12:00:00.000000Z',
  threat_level: 'high',
})

test.each(['=cmd|calc', '+1', '-1', '@SUM(A1)', '\t=1'])('%s is text, no formula', (value) => {
  expect(indicatorsCsv([indicator(value)]).split('\r\n')[1]).toContain(`"'${value}"`)
})

test('quotes, commas and line breaks stay within their cell', () => {
  expect(indicatorsCsv([indicator('a","b\nc')])).toContain('"a"",""b\nc"')
})
