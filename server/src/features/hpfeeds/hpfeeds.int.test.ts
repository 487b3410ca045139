import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../testing/free-port.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { createDecoder, digestOf, encode, type HpfeedsMessage } from './wire.js'

const SECRET = 'a-secret-of-a-sensor'
const CHANNEL = 'cowrie.sessions'

/** A client on a real socket, as sensors have one. */
async function openClient(port: number) {
  const received: HpfeedsMessage[] = []
  const decoder = createDecoder(1_000_000)
  let isClosed = false
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  socket.on('data', (chunk) => void received.push(...decoder.push(chunk, () => 1_000_000)))
  const info = await until(() => received.find((message) => message.op === 'info'))
  return {
    socket,
    received,
    isClosed: () => isClosed,
    nonce: info.nonce,
    send: (...messages: HpfeedsMessage[]) => socket.write(Buffer.concat(messages.map(encode))),
    auth: (ident: string, secret = SECRET): HpfeedsMessage => ({
      op: 'auth',
      ident,
      digest: digestOf(info.nonce, secret),
    }),
  }
}

const publication = (source_ip: string, more: object = {}, channel = CHANNEL): HpfeedsMessage => ({
  op: 'publish',
  ident: 'pot-1',
  channel,
  payload: Buffer.from(
    JSON.stringify({
      source_ip,
      occurred_at: new Date().toISOString(),
      event_type: 'login_attempt',
      ...more,
    }),
  ),
})

describe.each(inject('postgresServers'))('hpfeeds on $version', (server) => {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-hpfeeds-'))
  let broker: TestPlatform
  let subscriber: TestPlatform
  let port: number
  let admin: string
  let subscriberAdmin: string

  const file = (name: string, content: unknown) => {
    const path = join(directory, name)
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    return path
  }

  beforeAll(async () => {
    port = await freePort()
    broker = await startTestPlatform(server, {
      environment: {
        HPFEEDS_BROKER_PORT: String(port),
        HPFEEDS_BROKER_FILE: file('accounts.json', {
          'pot-1': { secret: SECRET, key: SENSOR_KEY, pubchans: [CHANNEL, 'text'] },
          reader: { secret: SECRET, subchans: [CHANNEL] },
        }),
      },
    })
    admin = await broker.login()
    subscriber = await startTestPlatform(server, {
      environment: {
        HPFEEDS_CLIENT_FILE: file('subscriptions.json', [
          {
            url: `hpfeeds://127.0.0.1:${port}`,
            ident: 'reader',
            secret: SECRET,
            channels: [CHANNEL],
            key: SENSOR_KEY,
          },
        ]),
      },
    })
    subscriberAdmin = await subscriber.login()
    await until(() =>
      subscriber.logged.some(({ message }) => message === 'Connected with the hpfeeds broker'),
    )
  })
  afterAll(async () => {
    await subscriber.close()
    await broker.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const sessionsOf = (platform: TestPlatform, as: string, ip: string) =>
    until(async () => {
      const { items } = await (await platform.call(`/sessions?src_ip=${ip}`, { as })).json()
      return items.length > 0 && items
    })

  test('what a sensor publishes is stored with its key, and reaches whoever subscribed', async () => {
    const client = await openClient(port)
    client.send(
      client.auth('pot-1'),
      publication('198.51.100.1'),
      publication('198.51.100.2', { sensor_id: 'other' }),
    )
    expect(await sessionsOf(broker, admin, '198.51.100.1')).toMatchObject([{ sensor_id: 'pot-1' }])
    expect(await sessionsOf(broker, admin, '198.51.100.2')).toMatchObject([{ sensor_id: 'other' }])
    expect(await sessionsOf(subscriber, subscriberAdmin, '198.51.100.1')).toMatchObject([
      { sensor_id: 'pot-1' },
    ])
    const metrics = await (await subscriber.call('/metrics')).text()
    expect(metrics).toContain(`eviltwin_hpfeeds_connected{broker="127.0.0.1:${port}"} 1`)
    client.socket.destroy()
  })

  test('a message that is no JSON is in the quarantine, with its channel and its ident', async () => {
    const client = await openClient(port)
    client.send(client.auth('pot-1'), {
      op: 'publish',
      ident: 'pot-1',
      channel: 'text',
      payload: Buffer.from('hello'),
    })
    const item = await until(async () => {
      const { items } = await (await broker.call('/quarantine', { as: admin })).json()
      return items.find(({ detail }: { detail: string }) => detail.includes('channel text'))
    })
    expect(item.detail).toBe('no JSON object in a message of the channel text by pot-1: there is "hello"')
    client.socket.destroy()
  })

  test.each<[string, (client: Awaited<ReturnType<typeof openClient>>) => HpfeedsMessage[], string]>([
    ['a wrong secret', ({ auth }) => [auth('pot-1', 'wrong')], 'Authentication failed'],
    ['an ident that is unknown', ({ auth }) => [auth('nobody', '')], 'Authentication failed'],
    [
      'a message before the authentication',
      () => [publication('198.51.100.9')],
      'First message was not AUTH',
    ],
    [
      'a channel that the ident may not publish to',
      ({ auth }) => [auth('pot-1'), publication('198.51.100.9', {}, 'secret.channel')],
      'Authkey not allowed to pub here',
    ],
    [
      'the ident of another',
      ({ auth }) => [auth('reader'), publication('198.51.100.9')],
      'Invalid authkey in message',
    ],
    [
      'a channel that the ident may not subscribe to',
      ({ auth }) => [auth('pot-1'), { op: 'subscribe', ident: 'pot-1', channel: CHANNEL }],
      'Authkey not allowed to sub here',
    ],
    ['a second authentication', ({ auth }) => [auth('pot-1'), auth('pot-1')], 'Unexpected message auth'],
  ])('%s is refused, and the connection is closed', async (_name, messages, text) => {
    const client = await openClient(port)
    client.send(...messages(client))
    await until(client.isClosed)
    expect(client.received.at(-1)).toEqual({ op: 'error', text: expect.stringContaining(text) })
    const { items } = await (await broker.call('/sessions?src_ip=198.51.100.9', { as: admin })).json()
    expect(items).toEqual([])
  })

  test('a broken message ends the connection; what came before it is stored', async () => {
    const client = await openClient(port)
    client.socket.write(
      Buffer.concat([
        encode(client.auth('pot-1')),
        encode(publication('198.51.100.5')),
        Buffer.from('ffffffff09', 'hex'),
      ]),
    )
    await until(client.isClosed)
    expect(client.received.at(-1)).toMatchObject({
      op: 'error',
      text: expect.stringContaining('a message of'),
    })
    await sessionsOf(broker, admin, '198.51.100.5')
  })

  test('before the authentication no large message is waited for', async () => {
    const client = await openClient(port)
    client.socket.write(Buffer.from('0000ffff03', 'hex'))
    await until(client.isClosed)
    expect(client.received.at(-1)).toMatchObject({ op: 'error' })
  })

  test('refusals are counted by reason, and no secret is in the log', async () => {
    const metrics = await (await broker.call('/metrics')).text()
    expect(metrics).toMatch(
      /eviltwin_connector_refusals_total\{connector="hpfeeds",transport="tcp",reason="unauthorized"\} \d/,
    )
    expect(JSON.stringify([broker.logged, subscriber.logged])).not.toContain(SECRET)
  })

  test.each([
    [{ pot: { secret: 'short' } }, 'HPFEEDS_BROKER_FILE: pot.secret: must have at least 16 characters'],
    [{ pot: { secret: SECRET, pubchans: ['a'] } }, 'HPFEEDS_BROKER_FILE: pot.key: must be a sensor key'],
  ])('a file of accounts that is wrong keeps the server from starting: %j', async (accounts, message) => {
    const starting = startTestPlatform(server, {
      environment: { HPFEEDS_BROKER_PORT: '1', HPFEEDS_BROKER_FILE: file('wrong.json', accounts) },
      beside: broker,
    })
    await expect(starting).rejects.toThrow(message)
  })
})
