import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { collectSession, cutAt, testIdentity } from '../../testing/decoy-harness.js'
import { until } from '../../testing/until.js'
import { baitSecretsOf } from '../bait/bait-secrets.js'
import { createWeakLogins } from '../bait/weak-logins.js'
import { type ByteReader, createByteReader } from './byte-reader.js'
import { createCapture, createCaptureBudget } from './capture.js'
import { serveConnection } from './serve-connection.js'
import { createSessionLog } from './session-log.js'
import { textOf } from './text.js'

const ends: Array<() => void> = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Both ends of a connection. */
async function pair(): Promise<{ server: Socket; client: Socket }> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const [server] = (await once(listener, 'connection')) as [Socket]
  for (const socket of [client, server]) {
    socket.on('error', () => {})
    ends.push(() => socket.destroy())
  }
  listener.close()
  return { server, client }
}

async function readerOf(...chunks: Uint8Array[]): Promise<ByteReader> {
  const { server, client } = await pair()
  for (const chunk of chunks) client.write(chunk)
  client.end()
  return createByteReader(server)
}

async function linesOf(reader: ByteReader, max: number): Promise<string[]> {
  const lines: string[] = []
  for (let line = await reader.line(max); line !== null; line = await reader.line(max))
    lines.push(`${line.bytes}${line.isCut ? ' (cut)' : ''}${line.isComplete ? '' : ' (incomplete)'}`)
  return lines
}

describe('bytes in the units of a protocol', () => {
  test('lines end with LF or CRLF, and are kept up to their limit', async () => {
    const reader = await readerOf(Buffer.from('a\r\nbc\n\n123456\r\n1234567\r\nhalf'))
    expect(await linesOf(reader, 6)).toEqual(['a', 'bc', '', '123456', '123456 (cut)', 'half (incomplete)'])
  })

  test('a CR that is not at the end is of the line', async () => {
    expect(await linesOf(await readerOf(Buffer.from('a\rb\r\n')), 10)).toEqual(['a\rb'])
  })

  test('so many bytes are taken, or skipped', async () => {
    const reader = await readerOf(Buffer.from('abcdef'))
    expect(String(await reader.bytes(2))).toBe('ab')
    expect(await reader.skip(3)).toBe(true)
    expect(await reader.bytes(2)).toBeNull()
    expect(await reader.skip(1)).toBe(false)
  })

  test('it makes no difference how they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.map((byte) => (byte < 60 ? 10 : byte))),
        fc.array(fc.nat(200), { maxLength: 6 }),
        async (bytes, places) => {
          const whole = await linesOf(await readerOf(bytes), 20)
          expect(await linesOf(await readerOf(...cutAt(bytes, places)), 20)).toEqual(whole)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a connection', () => {
  test('the last answer arrives before the connection is closed', async () => {
    const { server, client } = await pair()
    const received: Buffer[] = []
    client.on('data', (chunk) => received.push(chunk))
    await serveConnection(server, new AbortController().signal, async ({ send }) => send('x'.repeat(500_000)))
    server.destroy()
    await once(client, 'close')
    expect(Buffer.concat(received)).toHaveLength(500_000)
  })

  test('ends when the decoy stops', async () => {
    const { server } = await pair()
    const stopping = new AbortController()
    const served = serveConnection(server, stopping.signal, async ({ reader }) => {
      expect(await reader.line(10)).toBeNull()
    })
    stopping.abort()
    await served
    expect(server.destroyed).toBe(true)
  })

  test('a client that does not read makes the decoy wait, and is gone when it goes', async () => {
    const { server, client } = await pair()
    client.pause()
    let sent = 0
    const served = serveConnection(server, new AbortController().signal, async ({ send, socket }) => {
      while (!socket.destroyed) {
        await send(Buffer.alloc(1_000_000))
        sent += 1
      }
    })
    await until(() => server.writableNeedDrain)
    client.destroy()
    await served
    expect(sent).toBeLessThan(100)
  })
})

describe('what is kept of files while they arrive', () => {
  test('the first bytes, up to the limit of the file', () => {
    const capture = createCapture(createCaptureBudget(100), 4)
    capture.append(Buffer.from('abc'))
    expect(capture.isCut()).toBe(false)
    capture.append(Buffer.from('def'))
    expect([capture.size(), capture.isCut(), String(capture.take())]).toEqual([6, true, 'abcd'])
  })

  test('all files together have a limit, which is free again when they are taken', () => {
    const budget = createCaptureBudget(5)
    const [first, second] = [createCapture(budget, 10), createCapture(budget, 10)]
    first.append(Buffer.from('abcd'))
    second.append(Buffer.from('xy'))
    // After a gap it would not be the file.
    second.append(Buffer.from('z'))
    expect([second.isCut(), String(second.take())]).toEqual([true, ''])
    first.take()
    const third = createCapture(budget, 10)
    third.append(Buffer.from('12345'))
    expect(third.isCut()).toBe(false)
  })
})

describe('the log of a session', () => {
  const bait = baitSecretsOf(testIdentity())

  test('has at most a thousand records, and one about the others', () => {
    const session = collectSession()
    const log = createSessionLog(session, 'ftp', bait)
    for (let count = 0; count < 1_003; count += 1) log.record({ event_type: 'other', action: 'ftp.noop' })
    expect(log.isExhausted()).toBe(false)
    log.end()
    expect(session.records).toHaveLength(1_001)
    expect(session.records.at(-1)).toMatchObject({ action: 'ftp.left_out', details: { left_out: 3 } })
    for (let count = 0; count < 9_000; count += 1) log.record({ event_type: 'other', action: 'ftp.noop' })
    expect(log.isExhausted()).toBe(true)
  })

  test('cuts what is too long, and names the bait that is in it', () => {
    const session = collectSession()
    const log = createSessionLog(session, 'ftp', bait)
    const command = `${'a'.repeat(9_000)}${bait.gitToken}`
    log.record({ event_type: 'command', action: 'ftp.x', command, password: 'p'.repeat(2_000) })
    expect(session.records[0]?.command).toHaveLength(8_192)
    expect(session.records[0]?.password).toHaveLength(1_024)
    expect(session.records[0]?.details).toEqual({ bait: ['gitToken'] })
  })

  test('bytes that are no text are escaped', () => {
    expect(textOf(Buffer.from('é'))).toBe('é')
    expect(textOf(Buffer.from([0x41, 0xff, 0x00, 0x0a]))).toBe('A\\xff\\x00\n')
  })
})

test('a few passwords are accepted, others in another installation; those of bait always', () => {
  const accepted = ['a', 'b', 'c', 'd'].map((seed) => {
    const secrets = baitSecretsOf(testIdentity(seed))
    const logins = createWeakLogins(testIdentity(seed), 'ftp', secrets)
    expect(logins.accepts('root', secrets.databasePassword)).toBe(true)
    expect(logins.accepts('', secrets.databasePassword)).toBe(false)
    expect(logins.accepts('root', '')).toBe(false)
    const weak = logins.candidates.filter((candidate) => logins.accepts('root', candidate))
    expect(weak).toHaveLength(5)
    return weak.slice(0, 3).join()
  })
  expect(new Set(accepted).size).toBe(4)
})
