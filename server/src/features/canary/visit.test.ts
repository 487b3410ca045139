import { expect, test } from 'vitest'
import { type Visit, visitIn, visitRecord } from './visit.js'

const VISIT: Visit = {
  source_ip: '192.0.2.1',
  source_port: 40_000,
  protocol: 'http',
  method: 'GET',
  path: '/x',
  user_agent: undefined,
  referer: 'https://example.org/',
  accept_language: undefined,
  username: undefined,
  password: undefined,
  client_subnet: undefined,
  detail: undefined,
}
function recordOf(visit: Partial<Visit>): string {
  const now = Date.parse('2026-03-22T12:00:00Z')
  const record = visitRecord('link', { ...VISIT, ...visit }, { id: 'id', now })
  return 'raw' in record ? record.raw : ''
}

test('a visit is read from its record, also from one of an earlier release', () => {
  expect(visitIn(recordOf({}))).toEqual({
    action: 'canary.link',
    protocol: 'http',
    method: 'GET',
    path: '/x',
    referer: 'https://example.org/',
    accept_language: null,
    client_subnet: null,
  })
  expect(visitIn(recordOf({ protocol: 'dns', client_subnet: '198.51.100.0/24' }))).toMatchObject({
    client_subnet: '198.51.100.0/24',
  })
})

test.each([
  [
    'the record of another system',
    JSON.stringify({ action: 'login', protocol: 'http', method: 'GET', path: '/' }),
  ],
  ['what is no JSON', 'GET /'],
  ['what is no object', '[]'],
  ['what is longer than a record can be', recordOf({ path: `/${'x'.repeat(100_000)}` })],
])('%s has no visit', (_, raw) => {
  expect(visitIn(raw)).toBeNull()
})
