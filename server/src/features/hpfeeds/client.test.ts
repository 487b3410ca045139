import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import { type ClientOptions, type HpfeedsClient, startClient } from './client.js'
import { encode, type HpfeedsMessage } from './wire.js'

const ends: Array<() => Promise<void> | void> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** @param serve what the broker does with each connection. */
async function setUp(serve: (socket: Socket) => void, options: Partial<ClientOptions> = {}) {
  const broker = createServer((socket) => {
    socket.on('error', () => {})
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(broker, 'listening')
  ends.push(() => void broker.close())
  let at = 0
  const paused: number[] = []
  const stored: string[] = []
  const client: HpfeedsClient = startClient({
    subscription: {
      url: new URL(`hpfeeds://127.0.0.1:${(broker.address() as AddressInfo).port}`),
      ident: 'me',
      secret: 'secret',
      channels: ['a', 'b'],
      key: 'sensor-key',
    },
    limits: { maxRecords: 10, maxDepth: 8, maxRecordBytes: 1_000 },
    connectors: {
      problems: () => [],
      async store(_source, records) {
        stored.push(...records.map((record) => ('raw' in record ? record.raw : record.rejection.detail)))
        return 'stored'
      },
    },
    events: { received: () => {}, refused: () => {} },
    isLeader: () => true,
    publish: () => {},
    log: silent('test'),
    now: () => at,
    async pause(ms) {
      paused.push(ms)
      at += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
    ...options,
  })
  ends.push(client.stop)
  return { client, paused, stored }
}

const greeting = encode({ op: 'info', name: 'broker', nonce: Buffer.from('01020304', 'hex') })
const message = (payload: string): HpfeedsMessage => ({
  op: 'publish',
  ident: 'pot',
  channel: 'a',
  payload: Buffer.from(payload),
})

describe('a subscription at an hpfeeds broker', () => {
  test('authenticates and subscribes to its channels, byte by byte as the protocol has it', async () => {
    let sent = Buffer.alloc(0)
    const { stored, client } = await setUp((socket) => {
      socket.write(greeting)
      socket.on('data', (chunk) => {
        sent = Buffer.concat([sent, chunk])
        if (sent.length === 28 + 9 + 9)
          socket.write(Buffer.concat([encode(message('{"n":1}')), encode(message('text'))]))
      })
    })
    await until(() => stored.length === 2)
    // Length, opcode, ident, SHA-1 of nonce and secret; then a subscription for each channel.
    const digest = 'bf13c597ffb288ba1d013c277c6a229a8e976b5a'
    expect(sent.toString('hex')).toBe(`0000001c02026d65${digest}0000000904026d65610000000904026d6562`)
    expect(stored).toEqual([
      '{"n":1}',
      expect.stringContaining('no JSON object in a message of the channel a by pot'),
    ])
    expect(client.isConnected()).toBe(true)
    expect(client.problem()).toBeNull()
  })

  test('connects again after each end, longer apart each time, and is a problem after a minute', async () => {
    let connections = 0
    const { client, paused, stored } = await setUp((socket) => {
      connections += 1
      if (connections < 12) return void socket.end(encode({ op: 'error', text: 'Authentication failed' }))
      socket.write(Buffer.concat([greeting, encode(message('{"n":2}'))]))
    })
    await until(() => paused.length >= 10)
    await until(() => client.problem() !== null || connections >= 12)
    await until(() => stored.length === 1)
    expect(client.problem()).toBeNull()
    expect(paused[0]).toBeLessThanOrEqual(1_000)
    expect(paused[9]).toBeGreaterThanOrEqual(30_000)
    expect(Math.max(...paused)).toBeLessThanOrEqual(60_000)
  })

  test('that is refused says so until it is accepted', async () => {
    const { client } = await setUp(
      (socket) => void socket.end(encode({ op: 'error', text: 'Authentication failed' })),
    )
    expect(await until(client.problem)).toMatch(
      /^the hpfeeds broker 127\.0\.0\.1:\d+ cannot be subscribed to: the broker refuses: Authentication failed$/,
    )
  })

  test('is that of the leader alone, and ends with the leadership', async () => {
    let isLeader = false
    let connections = 0
    let closed = 0
    const { client, paused } = await setUp(
      (socket) => {
        connections += 1
        socket.write(greeting)
        socket.on('data', () => {})
        socket.on('close', () => {
          closed += 1
        })
      },
      { isLeader: () => isLeader },
    )
    await until(() => paused.length > 3)
    expect(connections).toBe(0)
    isLeader = true
    await until(client.isConnected)
    isLeader = false
    await until(() => closed === 1)
    await until(() => !client.isConnected())
  })
})
