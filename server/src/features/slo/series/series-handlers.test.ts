import { expect, test } from 'vitest'
import {
  newRequestFacts,
  populationOf,
  type RequestFacts,
  UNANSWERED,
} from '../../../domain/ingest-population.js'
import type { RequestCompleted } from '../../../domain/platform-event.js'
import type { HttpIndicator, Objective } from '../objective.js'
import { literalSeriesOf, routeSeries, seriesOf } from '../objective.js'
import { clientErrorSeries, ingestApartSeries, ingestSeries, unansweredSeries } from './names.js'
import type { SignalRecorder } from './recorder.js'
import { seriesHandlers } from './series-handlers.js'

const AVAILABILITY: HttpIndicator = { signal: 'http', route: 'POST /log', good: { outcome: 'succeeded' } }
const LATENCY: HttpIndicator = { signal: 'http', route: 'POST /log', good: { faster_than_ms: 500 } }
const LOGIN: HttpIndicator = { signal: 'http', route: 'POST /auth/login', good: { faster_than_ms: 300 } }
const HEC: HttpIndicator = {
  signal: 'http',
  route: 'POST /services/collector',
  aliases: ['POST /services/collector/raw'],
  good: { outcome: 'succeeded' },
}
const ANALYSIS: HttpIndicator = {
  signal: 'http',
  route: 'POST /ai/analyze',
  answered_by: 'llm',
  good: { faster_than_ms: 10_000 },
}

interface Asked extends Partial<RequestFacts> {
  route?: string
  status: number
  milliseconds?: number
}

/** Counts requests, and says `good of total` of each series that has any. */
function count(requests: readonly Asked[]) {
  const counts = new Map<string, { good: number; total: number; timed: number }>()
  const add = (series: string, good: boolean, timed: number) => {
    const sum = counts.get(series) ?? { good: 0, total: 0, timed: 0 }
    counts.set(series, { good: sum.good + (good ? 1 : 0), total: sum.total + 1, timed: sum.timed + timed })
  }
  const recorder: SignalRecorder = {
    count: (series, good) => add(series, good, 0),
    observe: (series, _milliseconds, good) => add(series, good, 1),
    tick: () => {},
    slice: () => {},
    mark: () => {},
    flush: async () => {},
  }
  const objectives = [AVAILABILITY, LATENCY, LOGIN, HEC, ANALYSIS].map(
    (indicator): Objective => ({
      id: 'x',
      name: 'X',
      description: '',
      service: 'eviltwin',
      indicator,
      target: 0.95,
      windowMinutes: 1440,
      budgeting: 'occurrences',
    }),
  )
  const { request_completed } = seriesHandlers(recorder, objectives)
  for (const { route = 'POST /log', status, milliseconds = 5, ...more } of requests) {
    const [method = '', path = ''] = route.split(' ')
    const facts = { ...newRequestFacts(), admitted: true, ...more }
    request_completed?.({
      kind: 'request_completed',
      method,
      route: path,
      status,
      milliseconds,
      population: populationOf({ ...facts, route, status, isComplete: true }),
      overloaded: facts.refusal === 'overload',
      key_prefix: null,
      answered_by_llm: facts.answeredByLlm,
      trace: { trace_id: '', span_id: '', parent_id: null },
    } satisfies RequestCompleted)
  }
  return (series: string) => {
    const sum = counts.get(series)
    return sum ? `${sum.good} of ${sum.total}` : null
  }
}

const good = '1 of 1'
const bad = '0 of 1'

test.each<[string, Asked, availability: string | null, latency: string | null]>([
  ['stored in time', { status: 200 }, good, good],
  ['stored, late', { status: 200, milliseconds: 500 }, good, bad],
  ['failed at once', { status: 507 }, bad, null],
  ['failed after the threshold', { status: 500, milliseconds: 700 }, bad, bad],
  ['the client left before the threshold', { status: UNANSWERED, milliseconds: 400 }, bad, null],
  ['the client left after the threshold', { status: UNANSWERED, milliseconds: 2000 }, bad, bad],
  ['overloaded, 503', { status: 503, milliseconds: 900, refusal: 'overload' }, bad, null],
  ['overloaded, 429', { status: 429, refusal: 'overload' }, bad, null],
  ['above the quota of its key', { status: 429, refusal: 'own_quota' }, null, null],
  ['malformed', { status: 400 }, null, null],
  ['no event', { status: 422 }, null, null],
  ['without a key', { status: 401, admitted: false }, null, null],
])('POST /log, %s', (_name, asked, availability, latency) => {
  const counted = count([asked])
  expect([counted(seriesOf(AVAILABILITY)), counted(seriesOf(LATENCY))]).toEqual([availability, latency])
  expect(counted(ingestSeries('POST /log'))).toBe(availability)
})

test('noise without a key does not hide failures, and stands in the literal ratio', () => {
  const counted = count([
    ...Array.from({ length: 6 }, () => ({ status: 507 })),
    ...Array.from({ length: 1500 }, () => ({ status: 401, admitted: false })),
  ])
  expect(counted(seriesOf(AVAILABILITY))).toBe('0 of 6')
  expect(counted(literalSeriesOf(AVAILABILITY) ?? '')).toBe('1500 of 1506')
  expect(counted(ingestApartSeries('unauthenticated', 'POST /log'))).toBe('0 of 1500')
})

test.each([
  ['refused_quota', { status: 429, refusal: 'own_quota' }],
  ['client_error', { status: 413 }],
  ['unauthenticated', { status: 403, admitted: false }],
] as const)('%s has a series of its own for each way in', (population, asked) => {
  const counted = count([asked, { ...asked, route: 'POST /services/collector/event' }])
  expect(counted(ingestApartSeries(population, 'POST /log'))).toBe(bad)
  expect(counted(ingestApartSeries(population, 'HEC'))).toBe(bad)
})

test('all routes of the event collector are one way in, and not POST /log', () => {
  const counted = count([
    { route: 'POST /services/collector', status: 200 },
    { route: 'POST /services/collector/raw', status: 503 },
    { route: 'POST /services/collector/ack', status: 500 },
  ])
  expect([seriesOf(HEC), ingestSeries('HEC'), seriesOf(AVAILABILITY)].map(counted)).toEqual([
    '1 of 2',
    '1 of 2',
    null,
  ])
})

test('429 is a client error of a route, 499 is unanswered, and neither is a server error', () => {
  const route = 'POST /auth/login'
  const counted = count([429, 499, 404, 503, 200].map((status) => ({ route, status })))
  expect(counted(routeSeries(route))).toBe('4 of 5')
  expect(counted(clientErrorSeries(route))).toBe('0 of 2')
  expect(counted(unansweredSeries(route))).toBe('0 of 1')
})

test('logins that a limit refused are not in the latency of logins; failures are never fast', () => {
  const route = LOGIN.route
  const counted = count([
    { route, status: 200, milliseconds: 80 },
    { route, status: 401, milliseconds: 80 },
    { route, status: 429, milliseconds: 1 },
    { route, status: 500, milliseconds: 1 },
    { route, status: 500, milliseconds: 400 },
  ])
  expect(counted(seriesOf(LOGIN))).toBe('2 of 3')
})

test('only answers of the LLM are in the latency of analyses', () => {
  const route = ANALYSIS.route
  const counted = count([
    { route, status: 200, milliseconds: 4_000, answeredByLlm: true },
    { route, status: 200, milliseconds: 11_000, answeredByLlm: true },
    { route, status: 200, milliseconds: 11_000, answeredByLlm: false },
    { route, status: 404 },
    { route, status: UNANSWERED, milliseconds: 12_000 },
  ])
  expect(counted(seriesOf(ANALYSIS))).toBe('1 of 3')
})

test('the distribution of a latency indicator holds what it counts, and nothing else', () => {
  const timed = new Map<string, number[]>()
  const recorder = {
    count: () => {},
    observe: (series: string, milliseconds: number) =>
      void timed.set(series, [...(timed.get(series) ?? []), milliseconds]),
  } as unknown as SignalRecorder
  const objective = { indicator: LATENCY } as Objective
  const { request_completed } = seriesHandlers(recorder, [objective])
  for (const [status, milliseconds] of [
    [200, 5],
    [507, 1],
    [499, 800],
    [401, 2],
  ] as const)
    request_completed?.({
      kind: 'request_completed',
      method: 'POST',
      route: '/log',
      status,
      milliseconds,
      population: status === 401 ? 'unauthenticated' : 'platform',
      overloaded: false,
      key_prefix: null,
      answered_by_llm: null,
      trace: { trace_id: '', span_id: '', parent_id: null },
    })
  expect(timed.get(seriesOf(LATENCY))).toEqual([5, 800])
  expect(timed.get(ingestSeries('POST /log'))).toEqual([5])
})
