import pg from 'pg'
import { createPoller } from '../poller.js'

/** Whether this process is the one, of all on the database, that does what only one may do. */
export interface Leadership {
  isLeader(): boolean
  /** The number that was taken when leadership was won; null where another process leads. See leader-epoch.ts. */
  epoch(): number | null
  stop(): Promise<void>
}

/** Taken by a process that has won leadership: higher than every epoch before. */
export const TAKE_EPOCH = 'UPDATE leader_epoch SET epoch = epoch + 1 RETURNING epoch::float8 AS epoch'

/** Any constant that nothing else locks. */
const ADVISORY_LOCK = 0x45_56_54_4c
const PAUSE_MS = 4_000
/** PostgreSQL ends the session of a leader that hangs, and with it the lock. */
const HUNG_SECONDS = 12

/**
 * Holds a session-level advisory lock on a connection of its own. A leader that ends or hangs loses it, and another process
 * has it within a poll.
 */
export function seekLeadership(settings: pg.ClientConfig): Leadership {
  let client: pg.Client | null = null
  let epoch: number | null = null

  async function work(): Promise<void> {
    client ??= await connect()
    if (epoch !== null) await client.query('SELECT 1')
    else {
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        ADVISORY_LOCK,
      ])
      if (rows[0]?.locked) epoch = await takeEpoch(client)
    }
  }

  async function connect(): Promise<pg.Client> {
    const connection = new pg.Client({
      ...settings,
      application_name: 'eviltwin leadership',
      connectionTimeoutMillis: 3_000,
      query_timeout: 3_000,
      keepAlive: true,
    })
    const lost = () => {
      if (client !== connection) return
      client = null
      epoch = null
    }
    connection.on('error', lost)
    connection.on('end', lost)
    try {
      await connection.connect()
      await connection.query(`SET idle_session_timeout = '${HUNG_SECONDS}s'`)
    } catch (error) {
      // Nobody else knows this connection: the next poll opens another one.
      connection.end().catch(() => {})
      throw error
    }
    return connection
  }

  function drop(): void {
    epoch = null
    const broken = client
    client = null
    broken?.end().catch(() => {})
  }

  const poller = createPoller({ work, pauseMs: PAUSE_MS, onError: drop })
  return {
    isLeader: () => epoch !== null,
    epoch: () => epoch,
    async stop() {
      await poller.stop()
      drop()
    },
  }
}

async function takeEpoch(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ epoch: number }>(TAKE_EPOCH)
  const [row] = rows
  if (!row) throw new Error('the epoch of the leader is missing')
  return row.epoch
}
