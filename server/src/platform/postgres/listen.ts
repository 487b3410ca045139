import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../logger.js'

/** What to do on a notification. Also called, without payload, whenever one may have been missed. */
export type NotificationHandler = (payload: string | null) => void

/** LISTENs on a connection of its own, which is made again when it breaks: then every handler is called, because notifications may have been missed. */
export interface Listener {
  /** Adds a handler of a PostgreSQL channel. Only before `start`. */
  on(channel: string, handler: NotificationHandler): void
  start(): void
  close(): Promise<void>
}

const MAX_PAUSE_MS = 2_000

export function createListener(settings: pg.ClientConfig, log: Logger): Listener {
  const handlers = new Map<string, NotificationHandler[]>()
  let closed = false
  let client: pg.Client | null = null
  const abort = new AbortController()
  let running: Promise<void> | null = null

  async function run(): Promise<void> {
    for (let failures = 0; !closed; ) {
      const broke = await connected(() => {
        failures = 0
      })
      if (closed) return
      failures += 1
      if (failures === 1)
        log.warning('The connection that hears notifications broke', { cause: broke.message })
      const pause = Math.random() * Math.min(MAX_PAUSE_MS, 50 * 2 ** failures)
      await sleep(pause, undefined, { signal: abort.signal }).catch(() => {})
    }
  }

  /** Listens until the connection breaks; resolves with the reason. */
  async function connected(onReady: () => void): Promise<Error> {
    const connection = new pg.Client({
      ...settings,
      application_name: 'eviltwin listen',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    })
    client = connection
    const broken = new Promise<Error>((resolve) => {
      connection.on('error', resolve)
      connection.on('end', () => resolve(new Error('the connection ended')))
    })
    connection.on('notification', ({ channel, payload }) => {
      for (const handle of handlers.get(channel) ?? []) handle(payload ?? null)
    })
    try {
      await connection.connect()
      for (const channel of handlers.keys()) {
        await connection.query(`LISTEN ${connection.escapeIdentifier(channel)}`)
      }
      onReady()
      for (const handle of [...handlers.values()].flat()) handle(null)
      return await broken
    } catch (error) {
      return error as Error
    } finally {
      await connection.end().catch(() => {})
    }
  }

  return {
    on(channel, handler) {
      if (running) throw new Error(`channel ${channel} comes too late: the listener has started`)
      handlers.set(channel, [...(handlers.get(channel) ?? []), handler])
    },
    start() {
      running ??= run()
    },
    async close() {
      closed = true
      abort.abort()
      await client?.end().catch(() => {})
      await running
    },
  }
}
