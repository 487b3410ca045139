import { expect, test } from 'vitest'
import { operationIdOf } from './operation-id.js'

test.each([
  ['GET', '/sessions', 'getSessions'],
  ['GET', '/sessions/:id/events', 'getSessionsByIdEvents'],
  ['DELETE', '/auth/sessions/{id}', 'deleteAuthSessionsById'],
  ['GET', '/feeds/blocklist.txt', 'getFeedsBlocklistTxt'],
  ['POST', '/services/collector/event/1.0', 'postServicesCollectorEvent10'],
  ['GET', '/', 'get'],
])('%s %s is %s', (method, url, id) => {
  expect(operationIdOf(method, url)).toBe(id)
})
