import type { Alert, CanaryHit, CanaryTokenDetail, IngestOne, Page } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { signatureOf } from './signature.js'

const SECRET = 'a canary webhook secret'
const environment = { CANARY_WEBHOOK_SECRET: SECRET }

describe.each(inject('postgresServers'))('canaries on $version', (server) => {
  let api: TestPlatform
  let token: string
  let next = 0
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment })
    token = await api.login()
  })
  afterAll(() => api.close())

  const newSource = () => {
    next += 1
    return `203.0.113.${next}`
  }
  const bodyFrom = (src_ip: string, more: object = {}) =>
    JSON.stringify({
      token_id: 'tok_1',
      timestamp: new Date().toISOString(),
      src_ip,
      memo: 'finance share',
      ...more,
    })
  const webhook = (body: string, signature = signatureOf(Buffer.from(body), SECRET), to = api) =>
    to.call('/canary/webhook', { method: 'POST', body, headers: { 'x-canary-signature': signature } })
  const alertsOf = async (source_ip: string) => {
    const response = await api.call(`/alerts?src_ip=${source_ip}`, { as: token })
    return ((await response.json()) as Page<Alert>).items
  }
  const create = async (kind: string, name = 'a decoy') => {
    const response = await api.call('/canary/tokens', {
      method: 'POST',
      as: token,
      body: JSON.stringify({ kind, name }),
    })
    expect(response.status).toBe(201)
    return (await response.json()) as CanaryTokenDetail
  }
  /** The token's path on the test's own address. */
  const visit = (detail: CanaryTokenDetail, init: RequestInit = {}, more = '') =>
    api.call(new URL(detail.url).pathname + more, init)
  const hitsOf = async ({ id }: CanaryTokenDetail) => {
    const response = await api.call(`/canary/tokens/${id}/hits`, { as: token })
    return ((await response.json()) as Page<CanaryHit>).items
  }

  describe('the signed webhook', () => {
    test('raises a critical alert that reaches a live feed', async () => {
      const source = newSource()
      const feed = await openFeed(api, token)
      const response = await webhook(bodyFrom(source))
      expect(response.status).toBe(200)
      const answer = (await response.json()) as IngestOne
      expect(answer).toMatchObject({ threat_level: 'critical', status: 'processed' })
      const [alert] = await feed.until(1)
      expect(alert).toMatchObject({
        kind: 'canary',
        threat_level: 'critical',
        source_ip: source,
        session_id: answer.session_id,
        detail: 'finance share',
      })
      expect(
        api.logged.find(
          (line) => line['source_ip'] === source && line['logger'] === 'backend.routers.canary',
        ),
      ).toMatchObject({
        message: 'Canary token triggered',
        session_id: answer.session_id,
        threat_level: 'critical',
      })
      await feed.close()
    })

    test('accepts no forgery', async () => {
      const source = newSource()
      const body = bodyFrom(source)
      const good = signatureOf(Buffer.from(body), SECRET)
      const stale = bodyFrom(source, { timestamp: new Date(Date.now() - 301_000).toISOString() })
      const future = bodyFrom(source, { timestamp: new Date(Date.now() + 310_000).toISOString() })
      const timeless = JSON.stringify({ src_ip: source, token_id: 'x' })
      for (const [sent, signature] of [
        [body, signatureOf(Buffer.from(body), 'another secret')],
        [body, ''],
        [body, 'sha256='],
        [body, good.replace('sha256=', '')],
        [body, good.replace('sha256=', 'sha1=')],
        [body, good.slice(0, -2)],
        [body.slice(0, -10), good],
        [body.replace('finance', 'defence'), good],
        [`${body} `, good],
        [stale, signatureOf(Buffer.from(stale), SECRET)],
        [future, signatureOf(Buffer.from(future), SECRET)],
        [timeless, signatureOf(Buffer.from(timeless), SECRET)],
      ] as const) {
        expect((await webhook(sent, signature)).status).toBe(401)
      }
      expect(await alertsOf(source)).toEqual([])
    })

    test('accepts a message once, also after a restart and on another replica', async () => {
      const source = newSource()
      const body = bodyFrom(source, { memo: 'a share of its own' })
      const answers = await Promise.all([webhook(body), webhook(body), webhook(body)])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
      const replica = await startTestPlatform(server, { environment, beside: api })
      const upperCase = signatureOf(Buffer.from(body), SECRET).toUpperCase().replace('SHA256', 'sha256')
      expect((await webhook(body, undefined, replica)).status).toBe(409)
      expect((await webhook(body, upperCase, replica)).status).toBe(409)
      await replica.close()
      const [alert, ...others] = await until(async () => {
        const alerts = await alertsOf(source)
        return alerts.length > 0 && alerts
      })
      expect([alert?.occurrence_count, others]).toEqual([1, []])
    })

    test('takes the time from a header when the body has none', async () => {
      const body = JSON.stringify({ src_ip: newSource(), token_id: 'x' })
      const send = (timestamp: number) =>
        api.call('/canary/webhook', {
          method: 'POST',
          body,
          headers: {
            'x-canary-signature': signatureOf(Buffer.from(body), SECRET),
            'x-canary-timestamp': String(Math.floor(timestamp / 1000)),
          },
        })
      expect((await send(Date.now() - 400_000)).status).toBe(401)
      expect((await send(Date.now())).status).toBe(200)
      expect((await send(Date.now() + 1000)).status).toBe(409)
    })

    test('keeps a signed message that is no event in the quarantine', async () => {
      const response = await webhook(bodyFrom('not an address'))
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ type: '/problems/quarantined' })
    })

    test('is off without a secret', async () => {
      const plain = await startTestPlatform(server, { beside: api })
      const body = bodyFrom(newSource())
      expect((await webhook(body, signatureOf(Buffer.from(body), ''), plain)).status).toBe(401)
      await plain.close()
    })
  })

  describe('tokens of our own', () => {
    test('a visit is recorded and answered with something innocuous', async () => {
      const detail = await create('web_bug', 'wiki page')
      expect(detail.sensor_id).toMatch(/^canary-wiki-page-[0-9a-f]{6}$/)
      expect(detail.instructions).toContain(detail.url)
      const response = await visit(detail, {
        headers: { 'user-agent': 'curl/8', referer: 'http://192.0.2.9/wiki' },
      })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/gif'])
      const [hit] = await hitsOf(detail)
      expect(hit).toMatchObject({
        source_ip: '127.0.0.1',
        client: 'curl/8',
        message: 'wiki page: GET /, referer http://192.0.2.9/wiki',
      })
      const after = await api.call(`/canary/tokens/${detail.id}`, { as: token })
      expect(await after.json()).toMatchObject({ hit_count: 1, last_hit_at: hit?.occurred_at })
    })

    test('somebody who uses the fake keys is seen with the key', async () => {
      const detail = await create('aws_keys')
      const keyId = /aws_access_key_id = (AKIA[A-Z2-7]{16})\n/.exec(detail.artifact?.content ?? '')?.[1]
      expect(detail.artifact?.content).toContain(`endpoint_url = ${detail.url}\n`)
      const again = await api.call(`/canary/tokens/${detail.id}`, { as: token })
      expect(((await again.json()) as CanaryTokenDetail).artifact).toEqual(detail.artifact)
      const response = await visit(
        detail,
        {
          method: 'PUT',
          headers: { authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/20260322/eu/s3/aws4_request` },
        },
        '/bucket/key',
      )
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('AccessDenied')])
      expect(await hitsOf(detail)).toMatchObject([{ username: keyId, message: 'a decoy: PUT /bucket/key' }])
    })

    test('the login form shows what was tried, and lets nobody in', async () => {
      const detail = await create('login_form')
      expect(await (await visit(detail)).text()).toContain('<form method="post">')
      const body = new URLSearchParams({ username: 'admin', password: '<script>' })
      const response = await visit(detail, { method: 'POST', body })
      const page = await response.text()
      expect(page).toContain('incorrect')
      expect(page).not.toContain('<script>')
      expect((await hitsOf(detail)).map(({ username }) => username)).toEqual(['admin', null])
    })

    test.each(['link', 'document'])('%s is recorded', async (kind) => {
      const detail = await create(kind)
      expect((await visit(detail)).status).toBe(200)
      expect(await hitsOf(detail)).toHaveLength(1)
    })

    test('a token that is switched off sees nothing, until it is switched on again', async () => {
      const detail = await create('link')
      const change = (enabled: boolean) =>
        api.call(`/canary/tokens/${detail.id}`, {
          method: 'PATCH',
          as: token,
          body: JSON.stringify({ enabled }),
        })
      await change(false)
      expect((await visit(detail)).status).toBe(404)
      expect(await hitsOf(detail)).toEqual([])
      await change(true)
      expect((await visit(detail)).status).toBe(200)
      expect(await hitsOf(detail)).toHaveLength(1)
    })

    test('a token that never was is not told from one that is switched off', async () => {
      const response = await api.call('/c/0123456789abcdefghijklmn')
      expect([response.status, await response.text()]).toEqual([404, 'Not Found\n'])
      expect((await api.call('/c/x/y/z')).status).toBe(404)
    })

    test('no secret is stored readable or logged', async () => {
      const detail = await create('link', 'secret keeping')
      await visit(detail)
      const secret = detail.url.split('/').at(-1) ?? 'none'
      expect(JSON.stringify(api.logged)).not.toContain(secret)
    })
  })

  describe('other canary systems', () => {
    test('Canarytokens reports on a path of its own', async () => {
      const detail = await create('canarytokens', 'payroll.docx')
      expect(new URL(detail.url).pathname).toMatch(/^\/canary\/hooks\/[0-9a-z]+$/)
      const source = newSource()
      const body = JSON.stringify({
        manage_url: 'http://192.0.2.1/manage',
        memo: 'payroll',
        token: 'abc123',
        token_type: 'ms_word',
        channel: 'HTTP',
        src_ip: source,
        time: '2026-03-22 18:02:11 (UTC)',
        additional_data: { useragent: 'Word' },
      })
      const response = await visit(detail, { method: 'POST', body })
      expect(await response.json()).toEqual({ status: 'processed' })
      const [alert] = await until(async () => {
        const alerts = await alertsOf(source)
        return alerts.length > 0 && alerts
      })
      expect(alert).toMatchObject({
        kind: 'canary',
        threat_level: 'critical',
        sensor_id: detail.sensor_id,
        detail: 'payroll.docx: payroll · ms_word · HTTP',
      })
      expect(await hitsOf(detail)).toMatchObject([{ source_ip: source, client: 'Word' }])
    })

    test('a token that tells no source, such as one of mail, is a critical alert of an unknown source', async () => {
      const detail = await create('canarytokens', 'mail bait')
      const body = JSON.stringify({
        manage_url: 'http://192.0.2.1/manage',
        channel: 'SMTP',
        memo: 'mail bait',
        token: 'tok1',
        token_type: 'smtp',
        src_ip: null,
        src_data: null,
        additional_data: null,
        time: '2026-03-22 18:01:00 (UTC)',
      })
      expect(await (await visit(detail, { method: 'POST', body })).json()).toEqual({ status: 'processed' })
      const alert = await until(async () => {
        const alerts = await alertsOf('::')
        return alerts.find(({ sensor_id }) => sensor_id === detail.sensor_id)
      })
      expect(alert).toMatchObject({ kind: 'canary', threat_level: 'critical', source_ip: '::' })
      const explained = await (await api.call('/feeds/explain?value=::', { as: token })).json()
      expect(explained).toMatchObject({
        listed: false,
        checks: expect.arrayContaining([expect.objectContaining({ check: 'never_block', passed: false })]),
      })
    })

    test('the call by which Canarytokens tests a webhook touches nothing', async () => {
      const detail = await create('canarytokens', 'tested')
      const call = {
        manage_url: 'http://example.com/test/url/for/webhook',
        channel: 'HTTP',
        memo: 'Congrats! The newly saved webhook works',
        token: 'a+test+token',
        token_type: 'web',
        src_ip: '127.0.0.1',
        additional_data: { src_ip: '192.0.2.99' },
        time: '2026-03-22 18:00:00 (UTC)',
      }
      const slack = {
        blocks: [
          { type: 'header', text: { text: 'Validating new Canarytokens webhook', type: 'plain_text' } },
        ],
      }
      for (const body of [call, slack])
        expect(await (await visit(detail, { method: 'POST', body: JSON.stringify(body) })).json()).toEqual({
          status: 'ignored',
        })
      expect(await hitsOf(detail)).toEqual([])
    })

    test('what is written for a chat is a touch, and two of the same words are two', async () => {
      const detail = await create('canarytokens', 'chat')
      const body = JSON.stringify({
        blocks: [
          {
            type: 'header',
            text: { text: ':red_circle: Canarytoken Triggered :red_circle:', type: 'plain_text' },
          },
          { type: 'section', fields: [{ type: 'mrkdwn', text: '*Channel:*\nHTTP' }] },
        ],
      })
      for (const _ of [1, 2]) await visit(detail, { method: 'POST', body })
      const words = 'chat: :red_circle: Canarytoken Triggered :red_circle: · *Channel:*\nHTTP'
      expect(await hitsOf(detail)).toMatchObject([
        { source_ip: '::', message: words },
        { source_ip: '::', message: words },
      ])
    })

    test('OpenCanary as it is set up by default sends forms, and by our file JSON', async () => {
      const detail = await create('opencanary', 'forms')
      const { handlers } = JSON.parse(detail.artifact?.content ?? '').logger.kwargs
      expect(handlers.Webhook.headers).toEqual({ 'Content-Type': 'application/json' })
      const source = newSource()
      const message = JSON.stringify({
        node_id: 'oc-1',
        logtype: 4002,
        logdata: { USERNAME: 'anna', PASSWORD: 'p w&1=' },
        src_host: source,
        utc_time: '2026-03-22 18:02:12.000005',
      })
      const response = await visit(detail, { method: 'POST', body: new URLSearchParams({ message }) })
      expect(await response.json()).toEqual({ status: 'processed' })
      const [hit] = await hitsOf(detail)
      expect(hit).toMatchObject({ source_ip: source, username: 'anna' })
      const events = await (await api.call(`/sessions/${hit?.session_id}/events`, { as: token })).json()
      expect(events.items).toMatchObject([{ password: 'p w&1=', raw: message }])
    })

    test('OpenCanary reports what it saw as a canary, and its own starting as nothing', async () => {
      const detail = await create('opencanary', 'dmz')
      const source = newSource()
      const wrapped = (record: object) => JSON.stringify({ message: JSON.stringify(record) })
      const login = {
        node_id: 'oc-1',
        logtype: 4002,
        logdata: { USERNAME: 'root', PASSWORD: 'toor' },
        src_host: source,
        src_port: 40_000,
        dst_host: '192.0.2.1',
        dst_port: 22,
        utc_time: '2026-03-22 18:02:11.123456',
      }
      const started = {
        ...login,
        logtype: 1001,
        src_host: '',
        src_port: -1,
        logdata: { msg: 'Canary running!!!' },
      }
      expect(await (await visit(detail, { method: 'POST', body: wrapped(started) })).json()).toEqual({
        status: 'ignored',
      })
      expect(await (await visit(detail, { method: 'POST', body: wrapped(login) })).json()).toEqual({
        status: 'processed',
      })
      expect(await hitsOf(detail)).toMatchObject([{ source_ip: source, username: 'root' }])
    })

    test('a list without a record is refused with its reason', async () => {
      const { url } = await create('opencanary')
      const response = await api.call(new URL(url).pathname, { method: 'POST', body: '[]' })
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('an empty list; send one record'),
      ])
    })

    test('a path that is no hook is unknown, and a token of our own is no hook', async () => {
      const own = await create('link')
      const secret = new URL(own.url).pathname.split('/').at(-1)
      for (const path of [`/canary/hooks/${secret}`, '/canary/hooks/0123456789abcdefghijklmn']) {
        expect((await api.call(path, { method: 'POST', body: '{}' })).status).toBe(404)
      }
    })
  })
})
