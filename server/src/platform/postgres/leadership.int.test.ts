import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, inject, test } from 'vitest'
import { until } from '../../testing/until.js'
import { seekLeadership } from './leadership.js'

const [server] = inject('postgresServers')
const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** PostgreSQL behind a proxy that makes every SET a syntax error. */
async function serverThatRefusesSettings() {
  const target = new URL(`${server?.url}postgres`)
  const port = Number(target.port)
  const open = new Set<Socket>()
  let refused = 0
  const proxy = createServer((socket) => {
    const upstream = connect(port, target.hostname)
    open.add(socket)
    socket.on('close', () => open.delete(socket) && upstream.destroy()).on('error', () => {})
    upstream.on('close', () => socket.destroy()).on('error', () => {})
    upstream.pipe(socket)
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (text.includes('SET idle_session')) refused += 1
      upstream.write(Buffer.from(text.replace('SET idle_session', 'SAT idle_session'), 'latin1'))
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise((resolve) => proxy.close(resolve))
  })
  target.port = String((proxy.address() as AddressInfo).port)
  return { url: target.href, open, refused: () => refused }
}

test('a connection whose settings are refused is closed, not left behind at every poll', async () => {
  const proxy = await serverThatRefusesSettings()
  const leadership = seekLeadership({ connectionString: proxy.url })
  await until(() => proxy.refused() === 1)
  await until(() => proxy.open.size === 0)
  expect(leadership.isLeader()).toBe(false)
  await leadership.stop()
})
