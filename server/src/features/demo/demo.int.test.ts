import type { Health } from '@eviltwin/contract'
import { afterEach, expect, inject, test } from 'vitest'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const [server] = inject('postgresServers')
if (!server) throw new Error('there is always the embedded PostgreSQL')
const cleanups: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
const DEMO = { DEMO: 'true', DEMO_SPEED: '60' }

async function start(environment: Record<string, string>, beside?: TestPlatform): Promise<TestPlatform> {
  const platform = await startTestPlatform(server as NonNullable<typeof server>, {
    environment,
    ...(beside && { beside }),
  })
  cleanups.push(() => platform.close())
  return platform
}

test('real data refuses the demo, and says what to do', async () => {
  const real = await start({})
  const demo = start(DEMO, real)
  await expect(demo).rejects.toThrow(/holds real data.*set DATABASE_URL to a place of the demo's own/)
  expect(((await (await real.call('/health')).json()) as Health).demo).toBe(false)
})

test('demo data refuses a start without the demo, and says what to do', async () => {
  const demo = await start(DEMO)
  await expect(start({}, demo)).rejects.toThrow(/holds demo data.*or start with --demo/)
  expect(((await (await demo.call('/health')).json()) as Health).demo).toBe(true)
  await start(DEMO, demo)
})

test('traffic comes in by the routes of sensors, with a key that can be revoked, and is slow when it says so', async () => {
  const demo = await start(DEMO)
  await demo.platform.playDemo(demo.url)
  const token = await demo.login(ADMIN.username)
  const get = async <Answer>(path: string) => (await (await demo.call(path, { as: token })).json()) as Answer
  await until(() => demo.logged.some(({ message }) => message === 'The demo delays POST /log'))
  await until(async () => {
    const { items } = await get<{ items: Array<{ sensor_kind: string }> }>('/sensors')
    return new Set(items.map(({ sensor_kind }) => sensor_kind)).size === 4
  })
  const keys = await get<{ items: Array<{ name: string; last_used_at: string | null }> }>('/api-keys')
  expect(keys.items.map(({ name }) => name)).toContain('demo sensors')
  const hits = await get<{ items: Array<{ hit_count: number }> }>('/canary/tokens')
  expect(hits.items.filter(({ hit_count }) => hit_count > 0).length).toBeGreaterThan(0)
  const quarantine = await get<{ items: unknown[] }>('/quarantine')
  expect(quarantine.items.length).toBeGreaterThan(0)
  await until(() =>
    demo.logged.some(
      ({ message, route, duration_ms }) =>
        message === 'Request completed' && route === '/log' && (duration_ms as number) >= 800,
    ),
  )
})
