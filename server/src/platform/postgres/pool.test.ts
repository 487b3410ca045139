import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import { openPool } from './pool.js'

/** A message of PostgreSQL's protocol: its type, its length with itself, its content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(content.length + 4)
  return Buffer.concat([Buffer.from(type), length, content])
}

const AUTHENTICATED = message('R', Buffer.alloc(4))
const READY = message('Z', Buffer.from('I'))
const TERMINATED = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

let server: Server
let port: number
beforeAll(async () => {
  server = createServer((socket) => {
    // In one piece: the client reads both before anything else runs.
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, TERMINATED])))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

test('a connection that is terminated as soon as it is lent out fails its statement, not the process', async () => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => void uncaught.push(error)
  process.on('uncaughtExceptionMonitor', note)
  const pool = openPool({
    settings: { host: '127.0.0.1', port, user: 'anybody', database: 'any' },
    purpose: 'test',
    max: 1,
    statementTimeoutMs: 1_000,
    patienceMs: 0,
    log: silent('test'),
    publish: () => {},
  })
  await expect(
    pool.connect().then((client) => client.query('SELECT 1').finally(() => client.release(true))),
  ).rejects.toThrow()
  await pool.end()
  process.off('uncaughtExceptionMonitor', note)
  expect(uncaught).toEqual([])
})
