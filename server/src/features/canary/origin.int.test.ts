import { request } from 'node:http'
import type { CanaryTokenDetail } from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']
const OWN = /evil-?twin|fastify|helmet|problem|\/docs|request_id/i
const HEADERS = ['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive']

describe.each(inject('postgresServers'))('what a canary shows of this server on $version', (server) => {
  let api: TestPlatform
  let token: string
  beforeAll(async () => {
    // All visits here are of one address.
    const environment = { CANARY_VISITS_PER_ADDRESS: '10000', CANARY_VISITS_PER_TOKEN: '10000' }
    api = await startTestPlatform(server, { environment })
    token = await api.login()
  })
  afterAll(() => api.close())

  async function create(kind: string): Promise<CanaryTokenDetail> {
    const body = JSON.stringify({ kind, name: 'a decoy' })
    const response = await api.call('/canary/tokens', { method: 'POST', as: token, body })
    return (await response.json()) as CanaryTokenDetail
  }
  /** An answer as text: also of paths and methods that fetch refuses. */
  function ask(method: string, path: string, body = '', headers: Record<string, string> = {}, to = api) {
    return new Promise<{ status: number; headers: string[]; text: string }>((resolve, reject) => {
      const { port } = new URL(to.url)
      const length = { 'content-length': String(Buffer.byteLength(body)) }
      const asked = request({ port, method, path, headers: { ...length, ...headers } }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.keys(answer.headers),
            text: `${JSON.stringify(answer.headers)} ${Buffer.concat(parts).toString('latin1')}`,
          }),
        )
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  test('no answer names EvilTwin, its software or its problems, whatever is asked', async () => {
    const paths = ['/c', '/c/', '/c/0123456789abcdefghijklmn', `/c/${'x'.repeat(300)}`, '/c/%zz', '/c/a/../b']
    for (const kind of ['link', 'web_bug', 'document', 'aws_keys', 'login_form', 'canarytokens']) {
      const { url } = await create(kind)
      const path = new URL(url).pathname.replace('/canary/hooks/', '/c/')
      paths.push(path, `${path}/deeper?utm_source=mail&q=%00`, `${path}/%zz`, `${path}/${'x'.repeat(3_000)}`)
    }
    for (const path of paths) {
      for (const method of METHODS) {
        const { headers, text } = await ask(method, path, '', { traceparent: 'x', origin: 'http://evil.ru' })
        expect(text, `${method} ${path}`).not.toMatch(OWN)
        expect(
          headers.filter((name) => !HEADERS.includes(name)),
          `${method} ${path}`,
        ).toEqual([])
      }
    }
  })

  test('by a name of its own, a canary is all that this server shows', async () => {
    const environment = {
      PUBLIC_URL: 'https://soc.example.org',
      CANARY_URL: 'https://files.example.org',
      ALLOWED_HOSTS: 'ingest.example.org',
      // Whoever asks here is believed to be a proxy.
      TRUST_PROXY: '127.0.0.1',
    }
    const apart = await startTestPlatform(server, { beside: api, environment })
    const as = await apart.login()
    const make = async (kind: string) => {
      const body = JSON.stringify({ kind, name: 'a decoy' })
      const made = await apart.call('/canary/tokens', { method: 'POST', as, body })
      return new URL(((await made.json()) as CanaryTokenDetail).url)
    }
    const [link, hook] = [await make('link'), await make('canarytokens')]
    expect([link.host, hook.host]).toEqual(['files.example.org', 'soc.example.org'])
    const paths = [
      '/',
      '/dashboard',
      '/docs',
      '/health',
      '/alerts',
      '/ws/alerts',
      '/nothing',
      '/cc',
      '/favicon.svg',
      '/%zz',
    ]
    const strangers = [
      'files.example.org',
      'FILES.example.org.',
      'files.example.org:443',
      'files.example.org:x',
      'files.example.org..',
      'user@files.example.org',
      'soc.example.org.evil.example',
      '93.184.216.34',
      '8.8',
      // Sent as an empty one.
      ' ',
    ]
    for (const host of strangers) {
      const unknown = await ask('GET', '/c/unknown', '', { host }, apart)
      expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('Not Found') })
      for (const path of [...paths, hook.pathname, '/canary/webhook']) {
        for (const method of METHODS) {
          const { status, headers, text } = await ask(
            method,
            path,
            '',
            { host, origin: 'http://evil.ru', 'x-forwarded-host': 'soc.example.org' },
            apart,
          )
          expect([status, text], `${method} ${path} of ${host}`).toEqual([
            404,
            expect.not.stringMatching(OWN),
          ])
          expect(
            headers.filter((name) => !HEADERS.includes(name)),
            `${method} ${path}`,
          ).toEqual([])
        }
      }
      expect(await ask('GET', link.pathname, '', { host }, apart)).toMatchObject({ status: 200 })
    }
    const known = [
      'soc.example.org',
      'SOC.example.org.:8443',
      'localhost:8000',
      '127.0.0.1',
      '[::1]:8000',
      '10.0.0.5',
      'eviltwin:8000',
      'ingest.example.org',
    ]
    for (const host of known)
      expect((await ask('GET', '/health', '', { host }, apart)).status, host).toBe(200)
    // Whoever comes from elsewhere may write any name into Host.
    for (const host of known) {
      const isName = /example/i.test(host)
      for (const [address, isServed] of [
        ['93.184.216.34', isName],
        ['2606:2800:21f::1', isName],
        ['10.1.2.3', true],
        ['100.64.1.2', true],
      ] as const) {
        const headers = { host, 'x-forwarded-for': address }
        const { status } = await ask('GET', '/health', '', headers, apart)
        expect(status, `${host} from ${address}`).toBe(isServed ? 200 : 404)
      }
    }
    await apart.close()
  })

  test('a visit with a body that is too large, or any query, is a visit like any other', async () => {
    const detail = await create('login_form')
    const path = new URL(detail.url).pathname
    const usual = await ask('POST', path, 'username=a')
    const large = await ask('POST', path, 'x'.repeat(100_000))
    const asked = await ask('POST', `${path}?limit=1&state=%00`)
    expect([large.status, asked.status]).toEqual([usual.status, usual.status])
    const after = await api.call(`/canary/tokens/${detail.id}`, { as: token })
    expect(await after.json()).toMatchObject({ hit_count: 3 })
  })

  test('a visit that cannot be stored is answered as always, and is a line of the log a minute', async () => {
    const detail = await create('link')
    const path = new URL(detail.url).pathname
    const usual = await ask('GET', path)
    const client = new pg.Client({ connectionString: api.databaseUrl })
    await client.connect()
    await client.query('ALTER TABLE alert_queue RENAME TO alert_queue_away')
    const failed = [await ask('GET', path), await ask('GET', path)]
    await client.query('ALTER TABLE alert_queue_away RENAME TO alert_queue')
    await client.end()
    for (const { status, headers } of failed) expect([status, headers]).toEqual([usual.status, usual.headers])
    const lines = api.logged.filter(({ message }) => message === 'Canary token triggered, but not stored')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'ERROR', logger: 'backend.routers.canary' })
  })
})
