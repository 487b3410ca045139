import { expect, test } from 'vitest'
import { type EndedRequest, newRequestFacts, populationOf, UNANSWERED, wayOf } from './ingest-population.js'

const request = (more: Partial<EndedRequest>): EndedRequest => ({
  ...newRequestFacts(),
  admitted: true,
  route: 'POST /log',
  status: 200,
  isComplete: true,
  ...more,
})

test.each<[string, Partial<EndedRequest>, string | null]>([
  ['stored', { status: 200 }, 'platform'],
  ['accepted', { status: 202 }, 'platform'],
  ['failed', { status: 500 }, 'platform'],
  ['no room on the disk', { status: 507 }, 'platform'],
  ['the client left without an answer', { status: UNANSWERED }, 'platform'],
  ['the client left before its body was complete', { status: UNANSWERED, isComplete: false }, 'client_error'],
  ['busy, 503', { status: 503, refusal: 'overload' }, 'platform'],
  ['busy, 429', { status: 429, refusal: 'overload' }, 'platform'],
  ['the quota of its own key, 429', { status: 429, refusal: 'own_quota' }, 'refused_quota'],
  ['the quota of its own key, 503', { status: 503, refusal: 'own_quota' }, 'refused_quota'],
  ['malformed', { status: 400 }, 'client_error'],
  ['too large', { status: 413 }, 'client_error'],
  ['of another type', { status: 415 }, 'client_error'],
  ['no event', { status: 422 }, 'client_error'],
  ['no key', { status: 401, admitted: false }, 'unauthenticated'],
  ['a key for something else', { status: 403, admitted: false }, 'unauthenticated'],
  ['no key, and we failed', { status: 500, admitted: false }, 'unauthenticated'],
  ['no key, and it left', { status: UNANSWERED, admitted: false }, 'unauthenticated'],
  ['a route that takes no events', { route: 'GET /sessions' }, null],
  ['asking for acknowledgements', { route: 'POST /services/collector/ack' }, null],
  ['the event collector', { route: 'POST /services/collector/raw/1.0' }, 'platform'],
])('%s', (_name, more, population) => {
  expect(populationOf(request(more))).toBe(population)
})

test('each way in has its routes', () => {
  expect(['POST /log', 'POST /services/collector', 'GET /log'].map(wayOf)).toEqual(['POST /log', 'HEC', null])
})
