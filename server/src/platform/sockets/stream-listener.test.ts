import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { networks } from '../../domain/networks.js'
import { freePort } from '../../testing/free-port.js'
import { until } from '../../testing/until.js'
import { createStreamListener, type StreamListener, type StreamListenerOptions } from './stream-listener.js'

let listener: StreamListener | null = null
afterEach(() => listener?.stop())

async function setUp(options: Partial<StreamListenerOptions> = {}) {
  const refused: string[] = []
  const received: string[] = []
  const port = await freePort()
  listener = createStreamListener({
    host: '127.0.0.1',
    port,
    allowed: networks('127.0.0.0/8'),
    maxConnections: 10,
    maxConnectionsPerAddress: 10,
    onRefused: (reason, address) => void refused.push(`${reason} ${address}`),
    async serve(socket) {
      for await (const chunk of socket) received.push(String(chunk))
    },
    ...options,
  })
  await listener.start()
  const open = () => connect(port, '127.0.0.1').on('error', () => {})
  return { open, refused, received, port, listener }
}

describe('a port for streams', () => {
  test('serves connections, each until it is done', async () => {
    const { open, received, listener: port } = await setUp()
    open().end('hello')
    await until(() => received.length === 1 && port.connections() === 0)
    expect(received).toEqual(['hello'])
  })

  test.each([
    ['an address that is not in the list', { allowed: networks('192.0.2.0/24') }, 0, 'not_allowed'],
    ['more connections than may be', { maxConnections: 2 }, 2, 'too_many_connections'],
    ['more connections of an address than may be', { maxConnectionsPerAddress: 2 }, 2, 'too_many_of_address'],
  ])('refuses %s', async (_name, options, admitted, reason) => {
    const { open, refused, listener: port } = await setUp(options)
    const others = Array.from({ length: admitted }, open)
    await until(() => port.connections() === admitted)
    await once(open(), 'close')
    expect(refused).toEqual([`${reason} 127.0.0.1`])
    // A connection that ends makes room.
    for (const other of others) other.destroy()
    await until(() => port.connections() === 0)
  })

  test('does not start where another program listens', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const starting = setUp({ port })
    await expect(starting).rejects.toThrow('EADDRINUSE')
    other.close()
  })

  test('tells its connections to stop, and waits for what they finish', async () => {
    const finished: string[] = []
    const { open, listener: port } = await setUp({
      async serve(_socket, _address, stopping) {
        await once(stopping, 'abort')
        finished.push('yes')
      },
    })
    open()
    await until(() => port.connections() === 1)
    await port.stop()
    expect(finished).toEqual(['yes'])
    expect(port.connections()).toBe(0)
  })
})
