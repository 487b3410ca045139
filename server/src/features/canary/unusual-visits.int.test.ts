import { connect } from 'node:net'
import type { CanaryTokenDetail } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFeed } from '../../testing/test-feed.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const WEBSOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
/** What curl --http2 sends to a server whose protocol it does not know. */
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'

describe.each(inject('postgresServers'))('visits as no browser makes them, on $version', (server) => {
  let api: TestPlatform
  let token: string
  beforeAll(async () => {
    // Of all visits here, the socket's address is the same.
    const environment = {
      CANARY_VISITS_PER_ADDRESS: '10000',
      TRUST_PROXY: '127.0.0.1',
      BODY_IDLE_SECONDS: '1',
    }
    api = await startTestPlatform(server, { environment })
    token = await api.login()
  })
  afterAll(() => api.close())

  async function create(kind: string): Promise<CanaryTokenDetail & { path: string }> {
    const body = JSON.stringify({ kind, name: 'a decoy' })
    const response = await api.call('/canary/tokens', { method: 'POST', as: token, body })
    const detail = (await response.json()) as CanaryTokenDetail
    return { ...detail, path: new URL(detail.url).pathname }
  }
  async function hitsOf({ id }: { id: string }): Promise<number> {
    const response = await api.call(`/canary/tokens/${id}`, { as: token })
    return ((await response.json()) as CanaryTokenDetail).hit_count
  }
  /** Whatever a server answers to these bytes until it closes the connection. */
  function exchange(head: string, body: string | Buffer = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
      socket.on('data', (part) => parts.push(part)).on('error', reject)
      socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
      socket.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]))
    })
  }

  test.each([
    ['an upgrade to HTTP/2', (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${H2C}`],
    ['a WebSocket handshake', (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}`],
    [
      'an upgrade that is unknown',
      (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: \xff/1\r\n`,
    ],
    [
      'an expectation that is unknown',
      (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n`,
    ],
    ['an absolute target', (path: string) => `GET http://files.example.org${path} HTTP/1.1\r\nHost: a\r\n`],
    ['a byte beyond ASCII in the query', (path: string) => `GET ${path}?a=\xff HTTP/1.1\r\nHost: a\r\n`],
    ['no Host in HTTP/1.1', (path: string) => `GET ${path} HTTP/1.1\r\n`],
    ['no Host', (path: string) => `GET ${path} HTTP/1.0\r\n`],
    ['a Host that is none', (path: string) => `GET ${path} HTTP/1.1\r\nHost: user@..:x\r\n`],
    ['a method of WebDAV', (path: string) => `PROPFIND ${path} HTTP/1.1\r\nHost: a\r\n`],
    [
      'a forwarded address with its port',
      (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9:5555\r\n`,
    ],
    [
      'a forwarded address that is unknown',
      (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: unknown\r\n`,
    ],
  ])('%s is a visit', async (what, headOf) => {
    const detail = await create('link')
    const head = headOf(detail.path)
    const close = head.includes('Connection') ? '' : 'Connection: close\r\n'
    const second = `GET /c/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const answer = await exchange(`${head}${close}\r\n${close ? '' : second}`)
    expect(answer).toMatch(
      what.includes('byte')
        ? /^HTTP\/1\.1 400 Bad Request\r\nContent-Length: 0\r\n/
        : /^HTTP\/1\.1 200 OK\r\n/,
    )
    await expect.poll(() => hitsOf(detail)).toBe(1)
    const quarantined = await api.call('/quarantine', { as: token })
    expect(await quarantined.json()).toMatchObject({ items: [] })
  })

  test('of what cannot be read, only the request in which the parser stopped is a visit', async () => {
    const [written, visited] = [await create('link'), await create('link')]
    const body = `GET ${written.path}?\xff HTTP/1.1\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n`
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(
      `POST /c/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    )
    await new Promise((resolve) => socket.once('data', resolve))
    socket.resume()
    socket.write(Buffer.from(`${body}GET ${visited.path}?\xff HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'))
    await closed
    await expect.poll(() => hitsOf(visited)).toBe(1)
    expect(await hitsOf(written)).toBe(0)
  })

  test('the body of a request with an upgrade is read like any other', async () => {
    const detail = await create('login_form')
    const body = 'username=root&password=toor'
    const head = `POST ${detail.path} HTTP/1.1\r\nHost: a\r\n${H2C}Content-Length: ${body.length}\r\n\r\n`
    await exchange(head, `${body}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const sessions = await api.call(`/sessions?sensor_id=${detail.sensor_id}`, { as: token })
    const [session] = ((await sessions.json()) as { items: { id: string }[] }).items
    const events = await api.call(`/sessions/${session?.id}/events`, { as: token })
    expect(await events.json()).toMatchObject({ items: [{ username: 'root', password: 'toor' }] })
  })

  test('a body that stops arriving, or whose sender leaves, is a visit', async () => {
    const [idle, left] = [await create('login_form'), await create('login_form')]
    const head = 'HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nusername='
    await exchange(`POST ${idle.path} ${head}`)
    expect(await hitsOf(idle)).toBe(1)
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.write(`POST ${left.path} ${head}`, () => socket.destroy())
    await expect.poll(() => hitsOf(left)).toBe(1)
  })

  test('requests with an upgrade that do not wait for their answers are answered in order', async () => {
    const detail = await create('link')
    const visits = 15
    const head = `GET ${detail.path} HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`
    const answer = await exchange(
      `${head.repeat(visits)}GET /c/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)
    expect(statuses).toEqual([...Array(visits).fill('200'), '404'])
    expect(await hitsOf(detail)).toBe(visits)
  })

  test('alerts are the only thing that is spoken by WebSocket', async () => {
    await (await openFeed(api, token)).close()
    for (const path of ['/health/live', '/ws', '/ws/alerts/', '/dashboard', '/c/anything']) {
      const answer = await exchange(
        `GET ${path} HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      )
      expect(answer, path).toMatch(/^HTTP\/1\.1 (200|302|404) /)
    }
  })
})
