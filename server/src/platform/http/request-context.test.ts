import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { PlatformEvent, RequestCompleted } from '../../domain/platform-event.js'
import { silent } from '../../testing/silent.js'
import { identifyRequests } from './request-context.js'
import type { App } from './types.js'
import { acceptUpgrades } from './upgrades.js'

let app: App
let ended: RequestCompleted[]
let waitForEnd: () => Promise<RequestCompleted>
let answerSlow: () => void
let whenAsked: Promise<void>

beforeEach(async () => {
  app = Fastify() as unknown as App
  ended = []
  let onEnd = () => {}
  waitForEnd = () =>
    new Promise((resolve) => {
      onEnd = () => resolve(ended.at(-1) as RequestCompleted)
    })
  await acceptUpgrades(app, false)
  identifyRequests(app, silent('test'), (event: PlatformEvent) => {
    if (event.kind !== 'request_completed') return
    ended.push(event)
    onEnd()
  })
  let onAsked = () => {}
  whenAsked = new Promise((resolve) => {
    onAsked = resolve
  })
  const answer = new Promise<void>((resolve) => {
    answerSlow = resolve
  })
  app.addHook('onRequest', async ({ facts }) => {
    facts.admitted = true
    facts.keyPrefix = 'et_abcd'
  })
  app.post('/log', async () => {
    onAsked()
    await answer
    return 'stored'
  })
  app.get('/live', { websocket: true }, (socket) => socket.send('hello'))
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => app.close())

async function open(): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

const post = (length: number, body: string) =>
  `POST /log HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`

test('an answered request ends once, with its status', async () => {
  const client = await open()
  const end = waitForEnd()
  client.write(post(2, '{}'))
  await whenAsked
  answerSlow()
  expect(await end).toMatchObject({ status: 200, population: 'platform', key_prefix: 'et_abcd' })
  client.destroy()
  await app.close()
  expect(ended).toHaveLength(1)
})

test('a client that leaves without an answer ends its request with 499, and an answer after that is none', async () => {
  const client = await open()
  const end = waitForEnd()
  client.write(post(2, '{}'))
  await whenAsked
  client.destroy()
  expect(await end).toMatchObject({
    method: 'POST',
    route: '/log',
    status: 499,
    population: 'platform',
    milliseconds: expect.any(Number),
  })
  answerSlow()
  await app.close()
  expect(ended).toHaveLength(1)
})

test('requests that wait behind an unanswered one on their connection are unanswered, too', async () => {
  const client = await open()
  const arrived = new Promise<void>((resolve) => {
    let requests = 0
    app.server.on('request', () => {
      requests += 1
      if (requests === 3) resolve()
    })
  })
  client.write(post(2, '{}').repeat(3))
  await arrived
  const end = waitForEnd()
  client.destroy()
  await end
  answerSlow()
  await app.close()
  expect(ended.map(({ status }) => status)).toEqual([499, 499, 499])
})

test('a client that leaves in the middle of its body made an error of its own', async () => {
  const client = await open()
  const end = waitForEnd()
  const arrived = once(app.server, 'request')
  client.write(post(20, '{}'))
  await arrived
  client.destroy()
  expect(await end).toMatchObject({ status: 499, population: 'client_error' })
})

test('a live feed that closes is no unanswered request', async () => {
  const feed = new WebSocket(`ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/live`)
  await new Promise((resolve) => feed.addEventListener('message', resolve))
  const closed = new Promise((resolve) => feed.addEventListener('close', resolve))
  feed.close()
  await closed
  await app.close()
  expect(ended).toEqual([])
})
