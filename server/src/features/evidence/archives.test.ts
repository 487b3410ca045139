import { connect, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test, vi } from 'vitest'
import { silent } from '../../testing/silent.js'
import { writeArchive } from './archive.js'
import { type ArchiveLimits, type Archives, createArchives } from './archives.js'

// A reader stalls once the buffers of the system are full, which hold some megabytes.
vi.setConfig({ testTimeout: 60_000 })
const SHA256 = 'a'.repeat(64)
const PART = Buffer.alloc(64 * 1024)
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
let partsRead = 0
const LIMITS: ArchiveLimits = { total: 3, perUser: 2, idleMs: 60_000, wholeMs: 60_000 }
let app: FastifyInstance | undefined
let sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await app?.close()
})

/** Hands out files on a real socket: `small` is 1,000 bytes, others have no end. */
async function start(limits: Partial<ArchiveLimits>) {
  const outcomes: string[] = []
  const archives = createArchives({
    async open(name) {
      if (name === 'missing') throw new Error('is not held')
      return Readable.from(name === 'small' ? [Buffer.alloc(1000)] : endless(), { objectMode: false })
    },
    limits: { ...LIMITS, ...limits },
    publish: (event) => void (event.kind === 'evidence_downloaded' && outcomes.push(event.outcome)),
    log: silent('test'),
  })
  const server = Fastify({ forceCloseConnections: true })
  app = server
  server.get<{ Params: { user: string; file: string } }>('/:user/:file', async ({ params }, reply) => {
    await archives.send(params.user, params.file, reply)
    return reply
  })
  return { archives, outcomes, url: await server.listen({ host: '127.0.0.1', port: 0 }) }
}

/** In turns with everything else, as a file is read. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    partsRead += 1
    yield PART
    await nextTurn()
  }
}

/** A reader that takes the beginning of a file and nothing more. */
async function stall(user: string, { archives, url }: { archives: Archives; url: string }): Promise<Socket> {
  const before = archives.count()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(`GET /${user}/${SHA256} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  expect(archives.count()).toBe(before + 1)
  return socket
}

test('who downloads slowly keeps nobody else waiting; a third one of a user, and one beyond all places, is refused', async () => {
  const started = await start({})
  const { archives, outcomes, url } = started
  await stall('ann', started)
  await stall('ann', started)
  expect((await fetch(`${url}/ann/small`)).status).toBe(429)
  const response = await fetch(`${url}/bob/small`)
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(1000)
  await expect.poll(() => archives.count(), { timeout: 20_000 }).toBe(2)
  await stall('bob', started)
  expect((await (await fetch(`${url}/cid/small`)).json()).message).toContain(
    '3 files are being downloaded by others',
  )
  expect(outcomes).toEqual(['refused', 'sent', 'refused'])
})

test('a reader that stalls loses its place, and one that leaves as well', async () => {
  const started = await start({ idleMs: 200 })
  const { archives, outcomes } = started
  await stall('ann', started)
  await expect.poll(() => archives.count(), { timeout: 20_000 }).toBe(0)
  const leaving = await stall('ann', started)
  leaving.destroy()
  await expect.poll(() => archives.count(), { timeout: 20_000 }).toBe(0)
  expect(outcomes).toEqual(['broken_off', 'broken_off'])
})

test('an archive that takes too long ends, and a file that cannot be opened takes no place', async () => {
  const { archives, url } = await start({ wholeMs: 100 })
  await expect(fetch(`${url}/ann/${SHA256}`).then((response) => response.arrayBuffer())).rejects.toThrow()
  await expect.poll(() => archives.count(), { timeout: 20_000 }).toBe(0)
  expect((await fetch(`${url}/ann/missing`)).status).toBe(500)
  expect(archives.count()).toBe(0)
})

test('of a file whose reader takes nothing, a few parts are read', async () => {
  const reader = new PassThrough()
  const content = Readable.from(endless(), { objectMode: false })
  partsRead = 0
  const written = writeArchive(content, SHA256, reader).catch((error: Error) => error.message)
  for (let turn = 0; turn < 500; turn += 1) await nextTurn()
  expect(partsRead).toBeLessThan(20)
  reader.destroy()
  content.destroy()
  expect(await written).toBe('its reader has left')
})
