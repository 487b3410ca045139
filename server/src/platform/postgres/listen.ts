import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../telemetry/log.js'

/** What to do on a notification, by the name of its PostgreSQL channel. Also called, without payload, whenever one may have been missed. */
export type Listeners = Readonly<Record<string, (payload: string | null) => void>>

export interface Listener {
  close(): Promise<void>
}

const MAX_PAUSE_MS = 2_000

/** LISTENs on a connection of its own, which is made again when it breaks: whatever was missed meanwhile, each listener is told so. */
export function listen(settings: pg.ClientConfig, listeners: Listeners, log: Logger): Listener {
  let closed = false
  let client: pg.Client | null = null
  const abort = new AbortController()
  const running = run()

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
    connection.on('notification', ({ channel, payload }) => listeners[channel]?.(payload ?? null))
    try {
      await connection.connect()
      for (const channel of Object.keys(listeners)) {
        await connection.query(`LISTEN ${connection.escapeIdentifier(channel)}`)
      }
      onReady()
      for (const heard of Object.values(listeners)) heard(null)
      return await broken
    } catch (error) {
      return error as Error
    } finally {
      await connection.end().catch(() => {})
    }
  }

  return {
    async close() {
      closed = true
      abort.abort()
      await client?.end().catch(() => {})
      await running
    },
  }
}
