import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { AttackRun, HostileCase } from './hostile-case.js'
import { seedSessions } from './seeded-sessions.js'
import type { Stage } from './stage.js'
import { at } from './tally.js'

const SESSIONS = 20_000
const READERS = 50
const WEB_SOCKETS = 500
const WEB_SOCKETS_AT_ONCE = 10
const LARGE_PATHS = [
  '/feeds/stix?hours=2160',
  '/sessions?limit=500',
  '/feeds/iocs?hours=2160',
  '/attackers?limit=500',
]

/** Asks and never reads. */
async function stalledReader({ url, token }: Stage, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.pause()
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
  return socket
}

/** Opens a live feed that is not read, and says whether it was let in. */
async function openFeed({ url, call }: Stage, { tally }: AttackRun, feeds: WebSocket[]): Promise<void> {
  const issued = await call('/auth/ws-ticket', { method: 'POST' })
  const { ticket } = (await issued.json()) as { ticket: string }
  const feed = new WebSocket(`${url.replace('http', 'ws')}/ws/alerts?ticket=${ticket}`)
  feeds.push(feed)
  feed.on('error', () => {})
  const outcome = await Promise.race([
    once(feed, 'close').then(([code]) => `WebSocket ${code}`),
    once(feed, 'message').then(() => 'WebSocket open'),
  ])
  tally.add(outcome)
}

/** Clients for which the platform would have to keep what they do not read. */
export const slowReaders: HostileCase = {
  async prepare(stage) {
    await seedSessions(stage, SESSIONS)
    return {
      async run(run) {
        const readers = await Promise.all(
          Array.from({ length: READERS }, (_, n) => stalledReader(stage, at(LARGE_PATHS, n))),
        )
        const feeds: WebSocket[] = []
        let opened = 0
        const opener = async () => {
          while (opened < WEB_SOCKETS) {
            opened += 1
            await openFeed(stage, run, feeds)
          }
        }
        await Promise.all(Array.from({ length: WEB_SOCKETS_AT_ONCE }, opener))
        while (!run.isOver()) await sleep(100)
        run.tally.add('readers held', readers.filter(({ destroyed }) => !destroyed).length)
        for (const reader of readers) reader.destroy()
        for (const feed of feeds) feed.terminate()
      },
    }
  },
}
