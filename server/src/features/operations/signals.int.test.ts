import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { newRequestFacts, populationOf, type RequestFacts } from '../../domain/ingest-population.js'
import { loadConfig } from '../../platform/config.js'
import { createEvents, type Events } from '../../platform/events.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createSeriesModule, type SignalStore } from '../slo/index.js'
import type { OpsSignal } from './rules.js'
import { createSignalReader } from './signals.js'

const START = Date.parse('2026-03-22T12:00:00Z')
const MINUTE_MS = 60_000
const MINUTES = 5
const FAILED: OpsSignal = { kind: 'failed_share', ways: ['POST /log', 'HEC'], minutes: MINUTES }
const SLOW: OpsSignal = {
  kind: 'latency_quantile',
  ways: ['POST /log', 'HEC'],
  quantile: 0.95,
  minutes: MINUTES,
}

describe.each(inject('postgresServers').slice(0, 1))('signals of ingest on $version', (server) => {
  let fixture: TestDatabase
  let events: Events
  let store: SignalStore
  let flush: () => Promise<void>
  let at: number
  beforeEach(async () => {
    at = START
    fixture = await createTestDatabase(server, at)
    events = createEvents((error) => {
      throw error
    })
    const config = await loadConfig({
      DATABASE_URL: fixture.url,
      SECRET_KEY: 'a secret key for tests, long enough',
    })
    const series = await createSeriesModule({ config, database: fixture.database, events, now: () => at })
    store = series.store
    flush = series.recorder.flush
  })
  afterEach(() => fixture.drop())

  function asked(
    route: string,
    status: number,
    times: number,
    more: Partial<RequestFacts> & { ms?: number } = {},
  ) {
    const { ms = 5, ...facts } = { ...newRequestFacts(), admitted: true, ...more }
    const [method = '', path = ''] = route.split(' ')
    for (let n = 0; n < times; n += 1) {
      events.publish({
        kind: 'request_completed',
        method,
        route: path,
        status,
        milliseconds: ms,
        population: populationOf({ ...facts, route, status, isComplete: true }),
        overloaded: facts.refusal === 'overload',
        key_prefix: null,
        answered_by_llm: null,
        trace: { trace_id: '', span_id: '', parent_id: null },
      })
    }
  }

  /** Whole minutes that are all alike, and what a signal says after them. */
  async function after(minute: () => void, signal: OpsSignal): Promise<number | null> {
    for (let n = 0; n < MINUTES; n += 1) {
      minute()
      at += MINUTE_MS
    }
    await flush()
    const read = createSignalReader({
      store,
      isDatabaseReachable: async () => true,
      alertQueueDepth: async () => 0,
      memoryShare: async () => 0,
      clockSkewSeconds: async () => 0,
      burn: { worstRank: async () => 0, describe: async () => null, isExplainedBy: async () => false },
      failingChannels: async () => [],
      failedChannelTests: async () => [],
      refusedKeys: async () => [],
      mismatchingKeys: async () => [],
      silentSensors: async () => 0,
      forgedMarkers: async () => [],
      quarantineShare: async () => 0,
    })
    return read(signal, at)
  }

  test('noise without a key does not hide that every event is refused', async () => {
    const minute = () => {
      asked('POST /log', 507, 6)
      asked('POST /log', 401, 1500, { admitted: false })
    }
    expect(await after(minute, FAILED)).toBe(1)
  })

  test('failures of the event collector are not hidden by POST /log, nor the other way round', async () => {
    const collectorFails = () => {
      asked('POST /log', 200, 1000)
      asked('POST /services/collector/event', 503, 10, { refusal: 'overload' })
    }
    expect(await after(collectorFails, FAILED)).toBe(1)
  })

  test('one way that is slow is enough', async () => {
    const minute = () => {
      asked('POST /log', 200, 1000)
      asked('POST /services/collector', 200, 10, { ms: 3000 })
    }
    const quantile = (await after(minute, SLOW)) ?? 0
    expect(Math.abs(quantile / 3000 - 1)).toBeLessThan(0.011)
  })

  test('clients that left without an answer failed, and were slow', async () => {
    const minute = () => {
      asked('POST /log', 200, 10)
      asked('POST /log', 499, 10, { ms: 2000 })
    }
    expect(await after(minute, FAILED)).toBe(0.5)
    expect(await after(minute, SLOW)).toBeGreaterThan(1900)
  })

  test('the errors of senders and refusals by the quota of their own key are no failures', async () => {
    const minute = () => {
      asked('POST /log', 200, 10)
      asked('POST /log', 400, 100)
      asked('POST /log', 429, 100, { refusal: 'own_quota' })
    }
    expect(await after(minute, FAILED)).toBe(0)
  })
})
