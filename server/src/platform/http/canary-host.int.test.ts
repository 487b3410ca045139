import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { CanaryTokenDetail } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

const HOST = 'files.example.net'
const NAMES =
  /eviltwin|fastify|openapi|helmet|x-request-id|traceparent|content-security-policy|problem\+json/i

describe.each(inject('postgresServers').slice(0, 1))('the host of canaries on $version', (server) => {
  let api: TestPlatform
  beforeAll(async () => {
    api = await startTestPlatform(server, { environment: { CANARY_URL: `https://${HOST}` } })
  })
  afterAll(() => api.close())

  /** Status, header and body as text; fetch cannot set Host. */
  async function raw(
    path: string,
    { method = 'GET', host = HOST, ...headers }: Record<string, string> = {},
  ): Promise<{ status: number | undefined; text: string }> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = new URL(api.url)
      const sent = httpRequest({ hostname, port, path, method, headers: { ...headers, host } }, resolve)
      sent.on('error', reject).end()
    })
    const parts: Buffer[] = []
    for await (const part of answer) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    return { status: answer.statusCode, text: `${answer.rawHeaders.join(' ')}\n${body}` }
  }

  test.each([
    ['GET', '/'],
    ['GET', '/dashboard'],
    ['GET', '/docs'],
    ['GET', '/openapi.json'],
    ['GET', '/health'],
    ['GET', '/metrics'],
    ['GET', '/assets/index.js'],
    ['GET', '/sessions'],
    ['GET', '/nothing'],
    ['GET', '/canary/tokens'],
    ['GET', '/ws/alerts'],
    ['POST', '/log'],
    ['POST', '/auth/login'],
    ['POST', '/canary/webhook'],
    ['OPTIONS', '/auth/login'],
    ['GET', '/%zz'],
    ['GET', `/score/${'1'.repeat(200)}`],
  ])('has nothing at %s %s', async (method, path) => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const answer = await raw(path, { method, accept: 'text/html', traceparent })
    expect(answer).toMatchObject({ status: 404, text: expect.stringMatching(/\nNot Found\n$/) })
    expect(answer.text).not.toMatch(NAMES)
  })

  test('is the same however it is written, and upgrades nothing', async () => {
    for (const host of [`${HOST}:443`, HOST.toUpperCase(), `${HOST}.`])
      expect((await raw('/dashboard', { host, accept: 'text/html' })).text).toMatch(/\nNot Found\n$/)
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const refused = await raw('/ws/alerts', { ...upgrade, 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' })
    expect(refused.status).toBe(404)
  })

  test('has the tokens, whose answers name nothing of ours; webhooks are at PUBLIC_URL', async () => {
    const as = await api.login()
    const create = async (kind: string) => {
      const body = JSON.stringify({ kind, name: 'a decoy' })
      const created = await api.call('/canary/tokens', { method: 'POST', as, body })
      return (await created.json()) as CanaryTokenDetail
    }
    const { url } = await create('login_form')
    expect(url).toMatch(new RegExp(`^https://${HOST}/c/`))
    const visited = await raw(new URL(url).pathname)
    expect(visited).toMatchObject({ status: 200, text: expect.stringContaining('Sign in') })
    expect(visited.text).not.toMatch(NAMES)
    expect((await create('opencanary')).url).toMatch(/^http:\/\/localhost:\d+\/canary\/hooks\//)
  })

  test('is no other host: there everything is as it was, and a path that is none is a problem', async () => {
    expect((await raw('/health', { host: 'localhost' })).status).toBe(200)
    const answer = await raw('/%zz', { host: 'localhost' })
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('application/problem+json') })
  })
})
