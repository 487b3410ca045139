import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SloStatus } from '@eviltwin/contract'
import { describe, expect, test } from 'vitest'
import type { Objective } from '../objective.js'
import { type AccessRecord, type RequestRecord, readAccessLog } from './access-record.js'
import { compareWithClients, readClientLog } from './client-log.js'
import { compare } from './compare.js'
import { recompute } from './recompute.js'

const AT = Date.parse('2026-03-22T12:00:00Z')
const SPAN = { from: AT - 60_000, to: AT + 60_000 }

function request(more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    type: 'request',
    timestamp: '',
    at: AT,
    method: 'POST',
    route: '/log',
    status: 200,
    duration_ms: 10,
    key_prefix: 'et_abc',
    population: 'platform',
    overloaded: false,
    answered_by_llm: null,
    ...more,
  }
}

const objectiveOf = (indicator: Objective['indicator'], more: Partial<Objective> = {}): Objective => ({
  id: 'x',
  name: 'X',
  description: '',
  service: 'eviltwin',
  indicator,
  target: 0.95,
  windowMinutes: 1440,
  budgeting: 'occurrences',
  ...more,
})
const AVAILABILITY = objectiveOf({ signal: 'http', route: 'POST /log', good: { outcome: 'succeeded' } })
const LATENCY = objectiveOf({ signal: 'http', route: 'POST /log', good: { faster_than_ms: 500 } })

describe('the population table, recomputed', () => {
  /** good, bad or not counted: for availability and for latency. */
  const count = (objective: Objective, record: AccessRecord) => {
    const { good, total } = recompute(objective, [record], SPAN, [])
    return total === 0 ? 'none' : good === 1 ? 'good' : 'bad'
  }
  test.each<[string, Partial<RequestRecord>, string, string]>([
    ['answered in time', {}, 'good', 'good'],
    ['answered late', { duration_ms: 600 }, 'good', 'bad'],
    ['failed at once', { status: 503 }, 'bad', 'none'],
    ['failed late', { status: 507, duration_ms: 900 }, 'bad', 'bad'],
    ['left at once', { status: 499 }, 'bad', 'none'],
    ['left late', { status: 499, duration_ms: 2000 }, 'bad', 'bad'],
    ['left before its body was complete', { status: 499, population: 'client_error' }, 'none', 'none'],
    ['overload', { status: 503, overloaded: true, duration_ms: 900 }, 'bad', 'none'],
    ['own quota', { status: 429, population: 'refused_quota' }, 'none', 'none'],
    ['malformed', { status: 422, population: 'client_error' }, 'none', 'none'],
    ['no key', { status: 401, key_prefix: null, population: 'unauthenticated' }, 'none', 'none'],
    ['no key asked for', { key_prefix: null }, 'good', 'good'],
    ['another route', { route: '/sessions', population: null }, 'none', 'none'],
  ])('%s', (_name, more, availability, latency) => {
    expect([count(AVAILABILITY, request(more)), count(LATENCY, request(more))]).toEqual([
      availability,
      latency,
    ])
  })

  test('the time before a kill is unknown, and the percentile is the nearest rank', () => {
    const records = Array.from({ length: 11 }, (_, n) => request({ at: AT + n * 1000, duration_ms: n + 1 }))
    const { percentileRange, ...counts } = recompute(LATENCY, records, SPAN, [
      { from: AT + 9_000, to: AT + 20_000 },
    ])
    expect(counts).toEqual({
      good: 11,
      total: 11,
      percentile_ms: 11,
      unknown: 2,
      unknownGood: 2,
      mostGood: 11,
    })
    expect([0, 1, 2].map(percentileRange)).toEqual([
      { low: 9, high: 9 },
      { low: 10, high: 11 },
      { low: 11, high: 11 },
    ])
  })

  test('a minute of the LLM is good when every observation in it is', () => {
    const probe = (at: number, available: boolean): AccessRecord => ({
      type: 'probe',
      timestamp: '',
      at,
      available,
    })
    const objective = objectiveOf(
      { signal: 'ai_probe', good: { outcome: 'succeeded' } },
      { budgeting: 'time_slices' },
    )
    const records = [probe(AT - 1, true), probe(AT, true), probe(AT + 1, false), probe(AT + 59_999, true)]
    expect(recompute(objective, records, SPAN, [])).toMatchObject({ good: 1, total: 2 })
  })
})

describe('a comparison', () => {
  const status = (good: number, total: number) =>
    ({
      measured: { good, total },
      judged: { good, total },
      gaps: { assumed_bad: 0, intervals: [] },
      percentile: null,
      budget: { consumed: (total - good) / total / 0.05 },
      burn_rates: [{ window: '1h', rate: (total - good) / total / 0.05, good, total }],
    }) as unknown as SloStatus
  const records = [request(), request(), request({ status: 500 })]
  const verdicts = (said: SloStatus, unknown: ReadonlyArray<{ from: number; to: number }> = []) =>
    compare({ objective: AVAILABILITY, status: said, records, span: SPAN, unknown }).figures.map(
      ({ verdict }) => verdict,
    )

  test('of equal counts finds everything the same', () => {
    expect(verdicts(status(2, 3))).toEqual(Array(6).fill('same'))
  })

  test('finds one request too many or too few', () => {
    expect(verdicts(status(3, 4))).toEqual(Array(6).fill('differs'))
    expect(verdicts(status(1, 2))).toEqual(Array(6).fill('differs'))
  })

  test('explains what a kill may have lost, and nothing more', () => {
    const everything = [{ from: AT, to: AT + 1 }]
    expect(verdicts(status(1, 2), everything)).toEqual(Array(6).fill('explained'))
    expect(verdicts(status(3, 4), everything)).toContain('differs')
  })

  test('a budget or a burn rate that does not follow from the counts beside it differs, whatever is unknown', () => {
    const everything = [{ from: AT, to: AT + 1 }]
    const said = status(2, 3)
    const budget = { ...said, budget: { consumed: 0.5 } } as SloStatus
    expect(verdicts(budget, everything)).toEqual(['same', 'same', 'differs', 'same', 'same', 'same'])
    const burn = { ...said, burn_rates: [{ window: '1h', rate: 0.5, good: 2, total: 3 }] } as SloStatus
    expect(verdicts(burn, everything)).toEqual(['same', 'same', 'same', 'same', 'same', 'differs'])
  })

  test('a percentile is one that the platform may have with what it wrote of the unknown', () => {
    const slow = Array.from({ length: 20 }, (_, n) => request({ at: AT + n, duration_ms: n + 1 }))
    const lost = [{ from: AT + 15, to: AT + 20 }]
    const verdict = (value_ms: number, total: number) => {
      const percentile = { quantile: 0.95, value_ms, objective_ms: 500 }
      const said = { ...status(total, total), percentile, burn_rates: [] } as SloStatus
      const { figures } = compare({
        objective: LATENCY,
        status: said,
        records: slow,
        span: SPAN,
        unknown: lost,
      })
      return figures.find(({ what }) => what === 'p95 ms')?.verdict
    }
    expect([verdict(19, 20), verdict(19.1, 20), verdict(25, 20)]).toEqual(['same', 'same', 'differs'])
    expect([verdict(15, 15), verdict(20, 16), verdict(30, 16), verdict(10, 15)]).toEqual([
      'explained',
      'explained',
      'differs',
      'differs',
    ])
  })

  test('a gap adds what the platform assumes of it to the windows that it is in, by its part', () => {
    const gap = {
      from: new Date(AT - 30 * 60_000).toISOString(),
      to: new Date(AT - 10 * 60_000).toISOString(),
    }
    const assumed_bad = 100
    const burn = (good: number, total: number) => ({
      window: '20m',
      rate: (total - good) / total / 0.05,
      good,
      total,
    })
    const verdictsOf = (total: number) => {
      const said = {
        ...status(2, 3),
        judged: { good: 2, total: 103 },
        budget: { consumed: 101 / 103 / 0.05 },
        gaps: { assumed_bad, intervals: [{ ...gap, assumed_bad }] },
        burn_rates: [burn(2, total)],
      } as unknown as SloStatus
      const span = { from: AT - 3_600_000, to: AT + 1 }
      return compare({ objective: AVAILABILITY, status: said, records, span, unknown: [] }).figures.map(
        ({ verdict }) => verdict,
      )
    }
    expect(verdictsOf(53)).toEqual(['same', 'same', 'same', 'same', 'explained', 'explained'])
    expect(verdictsOf(103)).toContain('differs')
    expect(verdictsOf(3)).toContain('differs')
  })
})

test('a log tells orderly stops from kills, and counts lines that were cut off', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'eviltwin-access-')), 'access.jsonl')
  const at = (seconds: number) => new Date(AT + seconds * 1000).toISOString()
  const lines = [
    { timestamp: at(0), type: 'started', pid: 1 },
    { timestamp: at(1), type: 'stopped', pid: 1 },
    { timestamp: at(2), type: 'started', pid: 2 },
    { timestamp: at(9), type: 'lost', lines: 7 },
    { timestamp: at(10), type: 'probe', available: true },
    { timestamp: at(30), type: 'started', pid: 3 },
  ]
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"timest`)
  expect(await readAccessLog([path])).toMatchObject({
    from: AT,
    beginsWithStart: true,
    endsWithStop: false,
    unknown: [{ from: AT + 5_000, to: AT + 30_000 }],
    unreadable: 1,
    lost: 7,
    records: [{ type: 'probe', at: AT + 10_000 }],
  })
  const [first, ...rest] = lines.map((line) => `${JSON.stringify(line)}\n`)
  const rotated = `${path}.1`
  writeFileSync(rotated, `${first}${rest.slice(0, -1).join('')}`)
  writeFileSync(path, rest.at(-1) ?? '')
  expect((await readAccessLog([rotated, path])).unknown).toEqual([{ from: AT + 5_000, to: AT + 30_000 }])
  await expect(readAccessLog([rotated], 0)).rejects.toThrow('more than 0 lines')
  expect((await readAccessLog([rotated], 1)).records).toHaveLength(1)
  writeFileSync(path, 'no log\n')
  await expect(readAccessLog([path])).rejects.toThrow('no line of an access log')
})

describe('what clients saw', () => {
  const seen = (status: number | null, more: { at?: number; duration_ms?: number } = {}) => ({
    timestamp: new Date(more.at ?? AT).toISOString(),
    method: 'POST',
    route: '/log',
    status,
    duration_ms: more.duration_ms ?? 0,
  })
  const summary = (
    clients: Parameters<typeof compareWithClients>[0],
    unknown: Array<{ from: number; to: number }> = [],
  ) => compareWithClients(clients, [request(), request({ status: 499 })], SPAN, unknown)

  test('requests that never reached the server are those that only clients saw', () => {
    expect(summary([seen(200), seen(null), seen(null)])).toEqual([
      { route: 'POST /log', clients: 3, answered: 1, server: 2, server_answered: 1, differing: [] },
    ])
  })

  test('is read up to a bound; a line that was cut off is left out', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'eviltwin-clients-')), 'clients.jsonl')
    writeFileSync(path, `${JSON.stringify(seen(200))}\n${JSON.stringify(seen(null))}\n{"timest`)
    expect(await readClientLog(path, 2)).toEqual([seen(200), seen(null)])
    await expect(readClientLog(path, 1)).rejects.toThrow('more than 1 lines')
  })

  test('an answer that the server did not log differs, unless its line may be lost', () => {
    const twice = [seen(200), seen(200, { at: AT + 1000, duration_ms: 500 })]
    expect(summary(twice)[0]?.differing).toEqual([{ status: 200, clients: 2, server: 1, unknown: 0 }])
    expect(summary(twice, [{ from: AT + 1500, to: AT + 1501 }])[0]?.differing).toEqual([])
    expect(summary([seen(503)])[0]?.differing).toEqual([{ status: 503, clients: 1, server: 0, unknown: 0 }])
  })
})
