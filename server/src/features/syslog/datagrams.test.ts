import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'vitest'
import { networks } from '../../domain/networks.js'
import { freePort } from '../../testing/free-port.js'
import { until } from '../../testing/until.js'
import { createDatagramReceiver, type DatagramOptions, type DatagramReceiver } from './datagrams.js'

let receiver: DatagramReceiver | null = null
afterEach(async () => {
  await receiver?.stop()
  receiver = null
})

async function setUp(options: Partial<DatagramOptions> = {}) {
  const dropped: string[] = []
  const stored: string[] = []
  const port = await freePort()
  receiver = createDatagramReceiver({
    host: '127.0.0.1',
    port,
    allowed: networks('127.0.0.0/8'),
    maxQueued: { messages: 3, bytes: 1_000 },
    onDropped: (reason, address, messages) => void dropped.push(`${reason} ${address} ${messages}`),
    ...options,
    async store(frames, signal) {
      await options.store?.(frames, signal)
      stored.push(...frames.map(({ bytes }) => bytes.toString()))
      return true
    },
  })
  await receiver.start()
  const socket = createSocket('udp4')
  const send = (text: string) =>
    new Promise<void>((resolve) => void socket.send(text, port, '127.0.0.1', () => resolve()))
  return { send, stored, dropped, receiver, close: () => socket.close() }
}

describe('syslog by UDP', () => {
  test('what finds the queue full is dropped and counted, and the others are stored', async () => {
    let release = () => {}
    const released = new Promise<boolean>((resolve) => {
      release = () => resolve(true)
    })
    const { send, stored, dropped, close, ...udp } = await setUp({ store: () => released })
    for (const text of ['a', 'b', 'c', 'd', 'e']) await send(text)
    await until(() => dropped.length === 2)
    expect(dropped).toEqual(Array(2).fill('queue_full 127.0.0.1 1'))
    expect(udp.receiver.queued()).toBe(3)
    release()
    await until(() => stored.length === 3)
    await send('f')
    await until(() => stored.length === 4)
    expect(stored).toEqual(['a', 'b', 'c', 'f'])
    close()
  })

  test('the queue is bounded by bytes as well', async () => {
    const { send, stored, dropped, close } = await setUp({ maxQueued: { messages: 100, bytes: 10 } })
    await send('x'.repeat(11))
    await send('small')
    await until(() => stored.length === 1)
    expect({ stored, dropped }).toEqual({ stored: ['small'], dropped: ['queue_full 127.0.0.1 1'] })
    close()
  })

  test('an address that is not in the list is dropped', async () => {
    const { send, stored, dropped, close } = await setUp({ allowed: networks('192.0.2.0/24') })
    await send('a')
    await until(() => dropped.length === 1)
    expect({ stored, dropped }).toEqual({ stored: [], dropped: ['not_allowed 127.0.0.1 1'] })
    close()
  })

  test('what waits when the server stops is stored', async () => {
    const { send, stored, close, ...udp } = await setUp()
    await send('a')
    await until(() => udp.receiver.queued() + stored.length === 1)
    await udp.receiver.stop()
    receiver = null
    expect(stored).toEqual(['a'])
    close()
  })
})
