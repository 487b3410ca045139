import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { startTestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { applyRetention } from '../retention/store.js'
import { createGapEstimator } from './gap-estimator.js'
import { createGapReader } from './gap-reader.js'
import { createGapSearch } from './gap-search.js'
import { type Objective, PLATFORM_UP, seriesOf } from './objective.js'
import { createGapSearchStore, createRecordingGapsStore } from './recording-gaps-store.js'
import { createSloReader } from './slo-reader.js'
import { createSignalStore, type SignalSpan } from './store.js'
import { HOUR_MS, MINUTE_MS } from './time-ranges.js'

const WEEK_MS = 168 * HOUR_MS
const DAY_MS = 24 * HOUR_MS

const availability: Objective = {
  id: 'ingest-availability',
  name: 'Ingest availability',
  description: '',
  service: 'eviltwin',
  indicator: { signal: 'http', route: 'POST /log', good: { outcome: 'succeeded' } },
  target: 0.995,
  windowMinutes: 10_080,
  budgeting: 'occurrences',
}
const slices: Objective = {
  ...availability,
  id: 'ai-availability',
  indicator: { signal: 'ai_probe', good: { outcome: 'succeeded' } },
  budgeting: 'time_slices',
}
const REQUESTS = seriesOf(availability.indicator)
const SLICES = seriesOf(slices.indicator)

describe.each(inject('postgresServers'))('gaps in the records on $version', (server) => {
  let store: TestDatabase
  /** An hour that is over; by the clock of the database, as everything here. */
  let hour: number
  beforeEach(async () => {
    store = await createTestDatabase(server)
    hour = Date.now() - (Date.now() % HOUR_MS) - 2 * HOUR_MS
  })
  afterEach(() => store.drop())

  const query = (text: string, values: unknown[] = []) =>
    store.database.app.query<Record<string, unknown>>({ text, values })
  const parts = () => {
    const gaps = createRecordingGapsStore(store.database.app)
    const estimate = createGapEstimator(createSignalStore(store.database.app), gaps, [availability, slices])
    return {
      gaps,
      read: createGapReader(gaps, estimate),
      search: createGapSearch(gaps, createGapSearchStore(store.database.maintenance), estimate),
    }
  }
  const ran = (from: number, to: number, recorder = randomUUID()) =>
    query(
      `INSERT INTO platform_runs VALUES ($1, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000))`,
      [recorder, from, to],
    )
  const counted = (
    series: string,
    span: SignalSpan,
    bucket: number,
    total: number,
    recorder = randomUUID(),
  ) =>
    createSignalStore(store.database.app).write(recorder, [
      { series, span, bucket, total, good: total, sketch: null },
    ])
  /** 36,000 requests in the same hour of the week before, by a platform that has run for longer. */
  const knownWeek = async () => {
    const recorder = randomUUID()
    await ran(hour - WEEK_MS - DAY_MS, hour, recorder)
    await counted(PLATFORM_UP, 'minute', hour - WEEK_MS - DAY_MS, 1, recorder)
    await counted(REQUESTS, 'minute', hour - WEEK_MS - DAY_MS, 1, recorder)
    await counted(REQUESTS, 'hour', hour - WEEK_MS, 36_000, recorder)
    return recorder
  }
  const down = { from: 20 * MINUTE_MS, to: 20 * MINUTE_MS + 136_000 }

  test('a gap of 136 s costs what arrived in the same hour of the week before, and never anything else afterwards', async () => {
    const recorder = await knownWeek()
    await ran(hour, hour + down.from)
    await ran(hour + down.to, Date.now())
    const { gaps, search, read } = parts()
    await search()
    const expected = {
      from: hour + down.from,
      to: hour + down.to,
      costs: new Map([
        [REQUESTS, { cost: 1360, low: 1286, high: 1434, method: 'same_hour_of_week' }],
        [SLICES, { cost: 0, low: 0, high: 0, method: 'none' }],
      ]),
    }
    expect(await gaps.gaps(0)).toEqual([expected])
    await counted(REQUESTS, 'hour', hour - WEEK_MS, 99_000, recorder)
    await search()
    expect([await gaps.gaps(0), await read(0)]).toEqual([[expected], [expected]])
  })

  test('two processes that search at once store it once', async () => {
    await knownWeek()
    await ran(hour, hour + down.from)
    await ran(hour + down.to, Date.now())
    await Promise.all([parts().search(), parts().search(), parts().search()])
    await parts().search()
    expect(await parts().gaps.gaps(0)).toHaveLength(1)
  })

  test('without an hour of a week before, a gap costs what arrived in the hour before it', async () => {
    const recorder = randomUUID()
    await ran(hour, hour + down.from, recorder)
    await counted(PLATFORM_UP, 'minute', hour, 1, recorder)
    for (let n = 0; n < 20; n += 1) {
      await counted(REQUESTS, 'minute', hour + n * MINUTE_MS, 60, recorder)
      await counted(SLICES, 'minute', hour + n * MINUTE_MS, 1, recorder)
    }
    await ran(hour + down.to, Date.now())
    await parts().search()
    const [gap] = await parts().gaps.gaps(0)
    expect(gap?.costs.get(REQUESTS)).toMatchObject({ cost: 136, method: 'hour_before' })
    expect(gap?.costs.get(SLICES)).toMatchObject({ cost: 3, method: 'every_minute' })
  })

  test('what an objective said at an earlier time includes the gaps before it, and nothing that came later', async () => {
    const recorder = randomUUID()
    await ran(hour, hour + down.from, recorder)
    await ran(hour + down.to, Date.now())
    await counted(PLATFORM_UP, 'minute', hour, 1, recorder)
    for (let n = 0; n < 20; n += 1) await counted(SLICES, 'minute', hour + n * MINUTE_MS, 1, recorder)
    await counted(SLICES, 'hour', hour, 20, recorder)
    await counted(SLICES, 'hour', hour + HOUR_MS, 60, recorder)
    await parts().search()
    const reader = createSloReader({
      objectives: [slices],
      store: createSignalStore(store.database.app),
      gaps: parts().gaps,
      flush: async () => {},
      now: Date.now,
    })
    expect(await reader.complianceAt('ai-availability', hour + HOUR_MS - 1)).toBeCloseTo(20 / 23, 9)
    expect(await reader.complianceAt('ai-availability', hour - 1)).toBeNull()
    expect(await reader.complianceAt('of somebody else', hour)).toBeNull()
  })

  test('two short gaps inside two minutes are two gaps, to the second', async () => {
    await ran(hour, hour + 30_000)
    await ran(hour + 50_000, hour + 70_000)
    await ran(hour + 85_000, Date.now())
    await parts().search()
    expect((await parts().gaps.gaps(0)).map(({ from, to }) => [from - hour, to - hour])).toEqual([
      [30_000, 50_000],
      [70_000, 85_000],
    ])
  })

  test('a gap that just ended is read at once, and stored once every process could say that it lived', async () => {
    const now = Date.now()
    await ran(hour, now - 40_000)
    await ran(now - 20_000, now)
    const { gaps, search, read } = parts()
    await search()
    expect(await gaps.gaps(0)).toEqual([])
    expect((await read(0)).map(({ from, to }) => to - from)).toEqual([20_000])
    // Another process lived, but could not reach the database until now.
    await ran(hour, now)
    await search()
    expect([await gaps.gaps(0), await read(0)]).toEqual([[], []])
  })

  test('minutes of 0.1.0 are the evidence of its time, and of a replica that still runs it', async () => {
    const old = randomUUID()
    for (const n of [0, 1, 2, 6, 7, 8]) await counted(PLATFORM_UP, 'minute', hour + n * MINUTE_MS, 1, old)
    await ran(hour + 10 * MINUTE_MS + 13_000, hour + 12 * MINUTE_MS)
    for (const n of [12, 13, 14]) await counted(PLATFORM_UP, 'minute', hour + n * MINUTE_MS, 1, old)
    await ran(hour + 14 * MINUTE_MS + 30_000, Date.now())
    await parts().search()
    expect((await parts().gaps.gaps(0)).map(({ from, to }) => [from - hour, to - hour])).toEqual([
      [3 * MINUTE_MS, 6 * MINUTE_MS],
      [9 * MINUTE_MS, 10 * MINUTE_MS + 13_000],
    ])
  })

  test('the time between a backup and its restore is no gap, and the time after it is one', async () => {
    await ran(hour, hour + 10 * MINUTE_MS - 5_000)
    await query(
      'INSERT INTO restores (backup_made_at, restored_at) VALUES (to_timestamp($1::float8 / 1000), to_timestamp($2::float8 / 1000))',
      [hour + 10 * MINUTE_MS, hour + 50 * MINUTE_MS],
    )
    await ran(hour + 51 * MINUTE_MS, Date.now())
    await parts().search()
    expect((await parts().gaps.gaps(0)).map(({ from, to }) => [from - hour, to - hour])).toEqual([
      [50 * MINUTE_MS, 51 * MINUTE_MS],
    ])
  })

  test('retention removes old runs, and old gaps with their costs', async () => {
    await knownWeek()
    await ran(hour, hour + down.from)
    await ran(hour + down.to, Date.now())
    await parts().search()
    await applyRetention(store.database.maintenance, hour + 399 * DAY_MS, 90)
    expect(await parts().gaps.gaps(0)).toHaveLength(1)
    const { rows } = await applyRetention(store.database.maintenance, Date.now() + 401 * DAY_MS, 90)
    expect(rows).toMatchObject({ platform_runs: 3, recording_gaps: 1 })
    expect(await query('SELECT FROM recording_gap_costs')).toEqual([])
  })

  test('a process has one run through an outage of the database, and another one after it stalled', async () => {
    const clock = { ahead: 0 }
    const environment = { OPERATIONS_INTERVAL_SECONDS: '0.1' }
    const api = await startTestPlatform(server, { environment, now: () => Date.now() + clock.ahead })
    const name = new URL(api.databaseUrl).pathname.slice(1)
    const admin = new pg.Client({ connectionString: `${server.url}postgres` })
    await admin.connect()
    const runs = async (sql: string) => {
      const client = new pg.Client({ connectionString: api.databaseUrl })
      await client.connect()
      const { rows } = await client.query<{ value: unknown }>(sql)
      await client.end()
      return rows.map(({ value }) => value)
    }
    try {
      await until(async () => (await runs('SELECT recorder AS value FROM platform_runs')).length === 1)
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      const refused = new Date()
      await until(() =>
        api.logged.some(
          ({ message }) => message === 'Signals cannot be written; they are kept and written later',
        ),
      )
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
      await until(async () =>
        (await runs(`SELECT alive_until > '${refused.toISOString()}' AS value FROM platform_runs`)).includes(
          true,
        ),
      )
      expect(await runs('SELECT count(*) AS value FROM platform_runs')).toEqual(['1'])
      clock.ahead += 40_000
      await until(async () => (await runs('SELECT started_at AS value FROM platform_runs')).length === 2)
    } finally {
      await admin.end()
      await api.close()
    }
  })
})
