import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../../testing/until.js'
import type { Frame } from './framing.js'
import { readStream, type StreamOptions } from './stream.js'

let server: Server | null = null
afterEach(() => void server?.close())

/** A sender whose connection is read with these options. */
async function setUp(options: Partial<StreamOptions> = {}) {
  const stored: string[] = []
  const stopping = new AbortController()
  let receiver: Socket | null = null
  let done: Promise<void> | null = null
  server = createServer((socket) => {
    receiver = socket
    socket.on('error', () => {})
    done = readStream(socket, stopping.signal, {
      maxMessageBytes: 1_000,
      idleMs: 60_000,
      incompleteMs: 60_000,
      onIdle: () => {},
      ...options,
      async store(frames: Frame[]) {
        if (options.store && !(await options.store(frames))) return false
        stored.push(...frames.map(({ bytes }) => bytes.toString()))
        return true
      },
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sender = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sender.on('error', () => {})
  await once(sender, 'connect')
  const reader = await until(() => receiver)
  return { sender, reader, stored, stopping, done: () => until(() => done !== null).then(() => done) }
}

describe('a syslog connection', () => {
  test('is read no further while what was received is not stored; then everything arrives, in order', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const { sender, reader, stored, done } = await setUp({ store: () => released.then(() => true) })
    const lines = Array.from({ length: 200_000 }, (_, index) => `<13>line ${index} ${'x'.repeat(50)}`)
    const all = `${lines.join('\n')}\n`
    sender.end(all)
    await until(() => reader.readableLength >= reader.readableHighWaterMark)
    expect(reader.bytesRead).toBeLessThan(all.length / 4)
    expect(stored).toEqual([])
    release()
    await done()
    await until(() => stored.length === lines.length)
    expect(stored).toEqual(lines)
    // Some 14 MB are sent and compared.
  }, 60_000)

  test('that ends within a line gives the line; what was received before a stop is stored', async () => {
    const { sender, stored, done } = await setUp()
    sender.end('<13>a\n<13>b')
    await await done()
    expect(stored).toEqual(['<13>a', '<13>b'])
    const stopped = await setUp()
    stopped.sender.write('<13>c\n<13>d')
    await until(() => stopped.stored.length === 1)
    stopped.stopping.abort()
    await await stopped.done()
    expect(stopped.stored).toEqual(['<13>c', '<13>d'])
  })

  test('is closed when nothing more arrives, sooner within a message', async () => {
    let idle = 0
    const onIdle = () => {
      idle += 1
    }
    const silentSender = await setUp({ idleMs: 20, onIdle })
    await once(silentSender.sender, 'close')
    expect({ idle, stored: silentSender.stored }).toEqual({ idle: 1, stored: [] })
    const slow = await setUp({ incompleteMs: 20, onIdle })
    slow.sender.write('<13>a\n100 <13>b')
    await once(slow.sender, 'close')
    await until(() => slow.stored.length === 2)
    expect({ idle, stored: slow.stored }).toEqual({ idle: 2, stored: ['<13>a', '<13>b'] })
  })

  test('is closed once nothing can be stored any more', async () => {
    const { sender, done, stored } = await setUp({ store: async () => false })
    sender.write('<13>a\n')
    await await done()
    expect(stored).toEqual([])
  })
})
