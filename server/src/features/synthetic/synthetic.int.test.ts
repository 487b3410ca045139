import type { SyntheticRun, SyntheticStatus } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '20',
}

describe.each(inject('postgresServers'))('synthetic attacks on $version', { timeout: 60_000 }, (server) => {
  const open: TestPlatform[] = []
  afterEach(async () => {
    for (const platform of open.splice(0).reverse()) await platform.close()
  })
  async function attacking(environment: Record<string, string> = {}) {
    const platform = await startTestPlatform(server, { environment: { ...ENVIRONMENT, ...environment } })
    open.push(platform)
    await platform.platform.beginAttacks(platform.url)
    return { platform, admin: await platform.login() }
  }
  const runsOf = async (platform: TestPlatform, as: string) =>
    ((await (await platform.call('/synthetic/runs', { as })).json()) as { items: SyntheticRun[] }).items

  test('an attack by each way in is timed on every hop', async () => {
    const { platform, admin } = await attacking()
    const runs = await until(async () => {
      const items = await runsOf(platform, admin)
      return items.length === 2 && items.every(({ outcome }) => outcome !== 'waiting') && items
    })
    for (const run of runs) {
      expect(run).toMatchObject({ outcome: 'detected', failure: null })
      const hops = [run.attacked_at, run.received_at, run.scored_at, run.durable_at, run.alerted_at, run.delivered_at, run.acknowledged_at]
      expect(hops).not.toContain(null)
    }
    const status = (await (await platform.call('/synthetic/status', { as: admin })).json()) as SyntheticStatus
    expect(status.on).toBe(true)
    expect(status.targets.map(({ kind }) => kind).sort()).toEqual(['hec', 'log'])
    const client = new pg.Client(platform.databaseUrl)
    await client.connect()
    for (const table of ['events', 'sessions', 'attackers', 'sensors', 'alerts', 'event_rollups', 'session_rollups', 'event_keys', 'feed_sources', 'deliveries', 'alert_queue'])
      expect([table, (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n]).toEqual([table, 0])
    await client.end()
  })
})
