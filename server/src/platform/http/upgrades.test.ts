import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { App } from './types.js'
import { acceptUpgrades } from './upgrades.js'

const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'
const WEBSOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const HELD = 'GET /held HTTP/1.1\r\nHost: a\r\n\r\n'

let app: App
let port: number
/** Answers the request that is held. */
let release: () => void
const arrived: string[] = []

beforeEach(async () => {
  arrived.length = 0
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  app = Fastify() as unknown as App
  await acceptUpgrades(app, false)
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) => body)
  app.addHook('onRequest', async ({ url }) => void arrived.push(url))
  app.get('/held', async () => {
    await held
    return 'held'
  })
  app.post('/body', async ({ body }) => body)
  app.get('/ws', { websocket: true }, (client) => client.close())
  await app.listen({ port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterEach(async () => {
  release()
  await app.close()
})

/** Sends the bytes, and waits until the server asks for an upgrade on this connection. */
async function sendUpgrade(bytes: string): Promise<{ client: Socket; answered: Promise<string> }> {
  const upgrade = once(app.server, 'upgrade')
  const parts: Buffer[] = []
  const client = connect(port, '127.0.0.1')
  const answered = new Promise<string>((resolve) => {
    client.on('data', (part) => parts.push(part)).on('error', () => {})
    client.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
  })
  client.write(bytes)
  await upgrade
  return { client, answered }
}

test.each([
  ['an upgrade to HTTP/2', `GET /body HTTP/1.1\r\nHost: a\r\n${H2C}\r\n`],
  ['a WebSocket handshake', `GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`],
])('a client may leave while %s waits for the answer before it', async (_what, head) => {
  const accepted = once(app.server, 'connection')
  const { client } = await sendUpgrade(`${HELD}${head}`)
  const [socket] = (await accepted) as [Socket]
  const closed = new Promise((resolve) => socket.on('close', resolve))
  client.resetAndDestroy()
  await closed
  expect(arrived).toEqual(['/held'])
})

test('a WebSocket handshake waits for the answer before it', async () => {
  const { client, answered } = await sendUpgrade(`${HELD}GET /ws HTTP/1.1\r\nHost: a\r\n${WEBSOCKET}\r\n`)
  const isUpgraded = new Promise<void>((resolve) =>
    client.on('data', (part) => part.includes(' 101 ') && resolve()),
  )
  release()
  await isUpgraded
  client.destroy()
  expect([...(await answered).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '200',
    '101',
  ])
  expect(arrived).toEqual(['/held', '/ws'])
})

test('no number of headers makes a request of the body of a request with an upgrade', async () => {
  const body = 'GET /held HTTP/1.1\r\nHost: a\r\n\r\n'
  const headers = `${H2C}${'a:b\r\n'.repeat(1_100)}Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n`
  const last = 'GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  const { answered } = await sendUpgrade(`POST /body HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}${last}`)
  await answered
  expect(arrived).toEqual(['/body', '/nothing'])
})
