import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Logger } from '../../platform/logger.js'
import { until } from '../../testing/until.js'
import type { Decoy } from '../decoy.js'
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.js'
import { createDecoyPort, type DecoyPort } from './decoy-port.js'

let port: DecoyPort | null = null
afterEach(() => port?.stop())

const silent: Logger = { debug() {}, info() {}, warning() {}, error() {}, critical() {} }

/** A decoy that reads, and answers with `answer` whatever it is sent. */
function reading(answer = Buffer.alloc(0)): Decoy {
  return {
    protocol: 'echo',
    defaultPort: 7,
    serve: (socket) =>
      new Promise((resolve) => {
        socket.on('data', () => void socket.write(answer))
        socket.once('close', () => resolve())
      }),
  }
}

async function listen(decoy: Decoy, limits: Partial<ConnectionLimits> = {}, maxConnectionsPerAddress = 4) {
  const records: Array<Record<string, unknown>> = []
  port = createDecoyPort({
    decoy,
    host: '127.0.0.1',
    port: 0,
    records: { add: (record) => records.push(record) > 0 },
    evidence: { add() {} },
    questions: { ask: async () => null },
    maxConnections: 8,
    maxConnectionsPerAddress,
    limits: { ...CONNECTION_LIMITS, ...limits },
    log: silent,
    now: Date.now,
  })
  await port.start()
  const number = port.port()
  const open = (): Socket => connect(number, '127.0.0.1').on('error', () => {})
  const reasons = () =>
    records.filter(({ event_type }) => event_type === 'disconnect').map(({ message }) => message)
  return { records, open, reasons, decoyPort: port, number }
}

test('a connection is a session, with what it received and sent', async () => {
  const { records, open, reasons, number } = await listen(reading(Buffer.from('hello')))
  const socket = open()
  socket.write('hi')
  await once(socket, 'data')
  socket.destroy()
  await until(() => reasons().length === 1)
  expect(records[0]).toMatchObject({ event_type: 'connect', protocol: 'echo', destination_port: number })
  expect(records[1]).toMatchObject({ message: 'closed', details: { bytes_received: 2, bytes_sent: 5 } })
})

test.each([
  ['that is silent', { idleMs: 50 }, Buffer.alloc(0), 'idle'],
  ['that lasts', { totalMs: 50 }, Buffer.alloc(0), 'too long'],
  ['that sends too much', { receivedBytes: 100_000 }, Buffer.alloc(0), 'too many bytes'],
  ['that does not read', { unsentBytes: 1_000_000 }, Buffer.alloc(20_000_000), 'the client does not read'],
])('a connection %s is ended, and its record says why', async (_name, limits, answer, reason) => {
  const { open, reasons } = await listen(reading(answer), limits)
  const socket = open()
  socket.pause()
  socket.write(Buffer.alloc(200_000))
  await until(() => reasons().length === 1)
  expect(reasons()).toEqual([reason])
  socket.destroy()
})

test('an address has only so many connections', async () => {
  const { open, decoyPort } = await listen(reading(), {}, 2)
  const sockets = Array.from({ length: 5 }, open)
  await until(() => decoyPort.refused() === 3)
  expect(decoyPort.connections()).toBe(2)
  for (const socket of sockets) socket.destroy()
})

test('a connection that has all its records ends: what it did next would leave no trace', async () => {
  const { records, open, reasons } = await listen({
    ...reading(),
    serve: (socket, session) =>
      new Promise((resolve) => {
        socket.once('close', () => resolve())
        socket.on('data', (bytes) => {
          for (const _ of bytes) session.record({ event_type: 'command', action: 'test', command: 'true' })
        })
      }),
  })
  const socket = open()
  socket.write(Buffer.alloc(5_001))
  await until(() => reasons().length === 1)
  expect(reasons()).toEqual(['too many records'])
  expect(records.at(-1)).toMatchObject({ details: { records_left_out: 2 } })
})

test('a decoy that throws ends its connection alone', async () => {
  const { open, reasons } = await listen({
    protocol: 'broken',
    defaultPort: 7,
    serve: () => Promise.reject(new Error('a mistake')),
  })
  await once(open(), 'close')
  await once(open(), 'close')
  await until(() => reasons().length === 2)
  expect(reasons()).toEqual(['an error of the decoy', 'an error of the decoy'])
})
