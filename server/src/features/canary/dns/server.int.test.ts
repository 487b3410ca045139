import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decode, encode, type Packet, streamEncode } from 'dns-packet'
import { afterEach, expect, test } from 'vitest'
import type { PlatformEvent } from '../../../domain/platform-event.js'
import { freePort } from '../../../testing/free-port.js'
import { until } from '../../../testing/until.js'
import { createAnswerBudget } from './answer-budget.js'
import { createDnsServer, type DnsServerOptions, type Lookup } from './server.js'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(options: Partial<DnsServerOptions> & { answersPerSecond?: number } = {}) {
  const port = await freePort()
  const events: PlatformEvent[] = []
  const lookups: Lookup[] = []
  const server = createDnsServer({
    host: '127.0.0.1',
    port,
    zone: { name: 'c.example.org', address: '192.0.2.53', proofOf: () => null },
    // The clock stands still: all queries are in one second.
    budget: createAnswerBudget(options.answersPerSecond ?? 1_000, () => 0),
    maxConnections: 100,
    publish: (event) => void events.push(event),
    onLookup: (lookup) => void lookups.push(lookup),
    ...options,
  })
  await server.start()
  cleanups.push(() => server.stop())
  const outcomes = () => events.flatMap((event) => (event.kind === 'canary_dns_query' ? [event.outcome] : []))
  const refused = () => events.filter(({ kind }) => kind === 'canary_dns_connection_refused').length
  return { port, server, lookups, outcomes, refused }
}

const queryOf = (id: number, name = `n${id}.c.example.org`): Packet => ({
  type: 'query',
  id,
  questions: [{ type: 'A', name }],
})

async function connection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
/** Everything that a connection brings until it is closed. */
async function receivedBy(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(parts)
}

test('of an address beyond its limit every second query is truncated, and the others get no answer', async () => {
  const { port, lookups, outcomes } = await start({ answersPerSecond: 2 })
  const socket = createSocket('udp4')
  cleanups.push(() => socket.close())
  const answers = new Map<number, ReturnType<typeof decode>>()
  socket.on('message', (message) => {
    const answer = decode(message)
    answers.set(Number(answer.id), answer)
  })
  for (let id = 1; id <= 6; id += 1) {
    socket.send(encode(queryOf(id)), port, '127.0.0.1')
    // In this order.
    await until(() => outcomes().length === id)
  }
  expect(outcomes()).toEqual(['answered', 'answered', 'truncated', 'dropped', 'truncated', 'dropped'])
  await until(() => answers.size === 4)
  expect([...answers].map(([id, { flag_tc, answers: records }]) => [id, flag_tc, records?.length])).toEqual([
    [1, false, 1],
    [2, false, 1],
    [3, true, 0],
    [5, true, 0],
  ])
  // What was not answered is no lookup.
  expect(lookups.map(({ labels }) => labels)).toEqual([['n1'], ['n2']])
})

test('an address has eight connections; a ninth is closed', async () => {
  const { port, server, refused } = await start()
  for (let n = 0; n < 8; n += 1) await connection(port)
  await until(() => server.connections() === 8)
  expect(await receivedBy(await connection(port))).toHaveLength(0)
  expect([server.connections(), refused()]).toEqual([8, 1])
})

test('all addresses together have as many connections as are configured', async () => {
  const { port, server, refused } = await start({ maxConnections: 2 })
  const [first] = [await connection(port), await connection(port)]
  await until(() => server.connections() === 2)
  await receivedBy(await connection(port))
  expect(refused()).toBe(1)
  first.destroy()
  await until(() => server.connections() === 1)
  const next = await connection(port)
  next.write(streamEncode(queryOf(9)))
  await once(next, 'data')
})

test('a connection that sends nothing is closed, and so is one that goes on too long', async () => {
  const idle = await start({ idleMs: 50 })
  expect(await receivedBy(await connection(idle.port))).toHaveLength(0)
  const { port } = await start({ connectionMs: 200 })
  const socket = await connection(port)
  // A byte now and then, of a message that never ends.
  const trickle = setInterval(() => socket.write('\0'), 20)
  cleanups.push(() => clearInterval(trickle))
  await once(socket, 'close')
})

test('a connection has 32 queries, however their bytes are cut', async () => {
  const { port, outcomes } = await start()
  const socket = await connection(port)
  const received = receivedBy(socket)
  const bytes = Buffer.concat(Array.from({ length: 33 }, (_, id) => streamEncode(queryOf(id))))
  const half = Math.floor(bytes.length / 2) + 1
  socket.write(bytes.subarray(0, half))
  await until(() => outcomes().length > 0)
  socket.write(bytes.subarray(half))
  const answered = await received
  expect(outcomes()).toEqual(Array.from({ length: 32 }, () => 'answered'))
  let offset = 0
  for (let id = 0; id < 32; id += 1) {
    const length = answered.readUInt16BE(offset)
    expect(decode(answered.subarray(offset + 2, offset + 2 + length)).id).toBe(id)
    offset += 2 + length
  }
  expect(answered).toHaveLength(offset)
})

test.each([
  ['bytes that are no message', Buffer.from([0, 3, 1, 2, 3]), ['ignored']],
  ['a length beyond the longest', Buffer.from([0xff, 0xff]), []],
  ['a response', streamEncode({ ...queryOf(1), type: 'response' }), ['ignored']],
  ['a name outside the zone', streamEncode(queryOf(1, 'example.org')), ['refused']],
])('over TCP %s does no harm', async (_, bytes, expected) => {
  const { port, outcomes, lookups } = await start({ idleMs: 50 })
  const socket = await connection(port)
  socket.write(bytes)
  await receivedBy(socket)
  expect([outcomes(), lookups]).toEqual([expected, []])
  const next = await connection(port)
  next.write(streamEncode(queryOf(2)))
  await once(next, 'data')
})
