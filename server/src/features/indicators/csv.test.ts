import type { Indicator } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { csvFormat } from './csv.js'

const indicator = (value: string): Indicator => ({
  type: 'url',
  value,
  first_seen_at: '2026-03-22T12:00:00.000000Z',
  last_seen_at: '2026-03-22T12:00:00.000000Z',
  threat_level: 'high',
  threat_score: 0.7,
  role: 'download',
  sensor_count: 1,
  key_count: 1,
  expires_at: '2026-04-21T12:00:00.000000Z',
  context: false,
  reason: 'downloaded',
})
const row = (value: string) => csvFormat().item({ indicator: indicator(value), createdAt: null }, 0)

test.each(['=cmd|calc', '+1', '-1', '@SUM(A1)', '\t=1', '=1\n+2', '＝1'])(
  '%s is text, no formula',
  (value) => {
    expect(row(value)).toContain(`"'${value}"`)
  },
)

test('quotes, commas and line breaks stay within their cell', () => {
  expect(row('a","b\nc')).toContain('"a"",""b\nc"')
})
