import pg from 'pg'
import type { Publish } from '../../domain/platform-event.js'
import { QueryTimeoutError, StorageFullError, StoreUnavailableError } from '../errors.js'
import type { Logger } from '../logger.js'
import { type Leadership, seekLeadership } from './leadership.js'
import { createListener, type Listener } from './listen.js'

/** Where the database is: a URL, or the parts of one. */
export type ConnectionSettings =
  | { connectionString: string }
  | { host: string; port: number; user: string; password: string; database: string }

/** Runs statements. `name` prepares the statement once a connection; give it to statements that are run often. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]>
}

export interface Statement {
  name?: string
  text: string
  values?: unknown[]
}

/** How busy a pool is: a golden signal. */
export interface PoolUse {
  size: number
  idle: number
  waiting: number
  max: number
}

/** Runs several statements as one: all of them, or none. */
export interface Transactional extends Queryable {
  transaction<Result>(work: (client: Queryable) => Promise<Result>): Promise<Result>
}

/** The connections of this process, in pools that cannot starve each other. */
export interface Database {
  /** Writes events; nothing else may hold its connections up. */
  readonly ingest: Queryable
  /** Answers requests of people and programs; every statement has a time limit. */
  readonly app: Transactional
  /** Alerts, the live feed and the outbox: what must reach people within seconds, whatever the others do. */
  readonly alerts: Transactional
  /** Partitions, retention, migrations, backups: slow work, never urgent. */
  readonly maintenance: Transactional & {
    /** Lends one connection for work that needs its session (locks, COPY). */
    borrow<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  }
  /** Whether the database answers within a second. Never throws. */
  isReachable(): Promise<boolean>
  use(): Record<'ingest' | 'app' | 'alerts' | 'maintenance', PoolUse>
  /** A connection for notifications; see {@link Listener}. */
  listener(): Listener
  /** Competes with the other processes on this database for being the one. */
  seekLeadership(): Leadership
  close(): Promise<void>
}

const APP_STATEMENT_TIMEOUT_MS = 10_000
const INGEST_STATEMENT_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 3_000
const PING_TIMEOUT_MS = 1_000

/** @param publish receives `pool_exhausted`. */
export function openDatabase(settings: ConnectionSettings, log: Logger, publish: Publish): Database {
  const poolOf = (purpose: string, max: number, statementTimeoutMs: number) => {
    const pool = new pg.Pool({
      ...settings,
      max,
      application_name: `eviltwin ${purpose}`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      // The server must notice first, so that a slow statement is cancelled and not abandoned.
      statement_timeout: statementTimeoutMs,
      ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 5_000 }),
      options: '-c timezone=UTC -c datestyle=ISO',
      types: { getTypeParser: parserFor },
    })
    // Without a listener, an idle connection that breaks would end the process.
    pool.on('error', (error) =>
      log.warning('a database connection broke', { pool: purpose, error: error.message }),
    )
    publishExhaustion(pool, purpose, publish)
    return pool
  }
  const pools = {
    ingest: poolOf('ingest', 2, INGEST_STATEMENT_TIMEOUT_MS),
    app: poolOf('app', 8, APP_STATEMENT_TIMEOUT_MS),
    alerts: poolOf('alerts', 4, APP_STATEMENT_TIMEOUT_MS),
    maintenance: poolOf('maintenance', 4, 0),
  }

  // Its own connection: a backup or a slow retention run must not look like a database that is away.
  const probe = poolOf('probe', 1, PING_TIMEOUT_MS)
  let pinging: Promise<boolean> | null = null

  async function ping(): Promise<boolean> {
    const timeout = new Promise<false>((resolve) => setTimeout(() => resolve(false), PING_TIMEOUT_MS).unref())
    const answer = probe.query('SELECT 1').then(
      () => true,
      () => false,
    )
    return Promise.race([answer, timeout])
  }

  return {
    ingest: queryable(pools.ingest),
    app: transactional(pools.app),
    alerts: transactional(pools.alerts),
    maintenance: {
      ...transactional(pools.maintenance),
      async borrow(work) {
        const client = await pools.maintenance.connect().catch(translate)
        client.on('error', breaksItsQuery)
        try {
          return await work(client)
        } finally {
          // The session may hold locks or settings; a fresh one costs little here.
          client.release(true)
        }
      },
    },
    isReachable() {
      // However many ask at once, one look answers them all.
      pinging ??= ping().finally(() => {
        pinging = null
      })
      return pinging
    },
    use: () => ({
      ingest: useOf(pools.ingest),
      app: useOf(pools.app),
      alerts: useOf(pools.alerts),
      maintenance: useOf(pools.maintenance),
    }),
    listener: () => createListener(settings, log),
    seekLeadership: () => seekLeadership(settings),
    async close() {
      await Promise.all([...Object.values(pools), probe].map((pool) => pool.end()))
    },
  }
}

/** At most one event of a pool in so long. */
const EXHAUSTION_PAUSE_MS = 10_000

/**
 * Publishes `pool_exhausted` when a statement has to wait for a connection: saturation, before it becomes latency.
 * Every way to a connection of a pool, its own `query` too, leads through `connect`.
 */
function publishExhaustion(pool: pg.Pool, purpose: string, publish: Publish): void {
  const connect = pool.connect.bind(pool) as (...parameters: unknown[]) => unknown
  let publishedAt = Number.NEGATIVE_INFINITY
  pool.connect = ((...parameters: unknown[]) => {
    const { size, idle, max, waiting } = useOf(pool)
    if (size - idle >= max && performance.now() - publishedAt >= EXHAUSTION_PAUSE_MS) {
      publishedAt = performance.now()
      publish({ kind: 'pool_exhausted', pool: purpose, pool_size: max, waiting: waiting + 1 })
    }
    return connect(...parameters)
  }) as typeof pool.connect
}

function queryable(connection: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<Row extends pg.QueryResultRow>(statement: Statement) {
      const { rows } = await connection.query<Row>(statement).catch(translate)
      return rows
    },
  }
}

function transactional(pool: pg.Pool): Transactional {
  return {
    ...queryable(pool),
    async transaction(work) {
      const client = await pool.connect().catch(translate)
      client.on('error', breaksItsQuery)
      try {
        await client.query('BEGIN')
        const result = await work(queryable(client))
        await client.query('COMMIT')
        client.off('error', breaksItsQuery)
        client.release()
        return result
      } catch (error) {
        const rolledBack = await client.query('ROLLBACK').then(
          () => true,
          () => false,
        )
        client.off('error', breaksItsQuery)
        client.release(!rolledBack)
        return translate(error)
      }
    },
  }
}

/**
 * A connection that is lent out and breaks says so by an event as well as by failing what runs on it. The pool listens
 * only to those it holds, and an event that nobody listens to would end the process.
 */
function breaksItsQuery(): void {}

function useOf(pool: pg.Pool): PoolUse {
  return { size: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, max: pool.options.max }
}

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** 08 connection exception, 57P0x shutdown or starting up, 53300 too many connections, 25006 a standby. */
const UNREACHABLE_STATES = /^(?:08...|57P0.|53300|25006)$/
const DISK_FULL = '53100'
const QUERY_CANCELED = '57014'

/** Turns the ways in which a database fails into what the caller can act on; anything else stays what it is. */
function translate(error: unknown): never {
  const { code = '', message } = error as { code?: string; message: string }
  if (
    UNREACHABLE_CODES.has(code) ||
    UNREACHABLE_STATES.test(code) ||
    /terminated|not queryable|timeout exceeded/i.test(message)
  ) {
    throw new StoreUnavailableError('the database cannot be reached; nothing was changed, try again', {
      cause: error,
    })
  }
  if (code === DISK_FULL) {
    throw new StorageFullError('the disk of the database is full; free space or shorten the retention', {
      cause: error,
    })
  }
  if (code === QUERY_CANCELED || /Query read timeout/.test(message)) {
    throw new QueryTimeoutError('narrow the time range or the filters', { cause: error })
  }
  throw error
}

const { builtins } = pg.types

/** Values as the contract spells them: timestamps as RFC 3339 text, bigints as numbers (ours stay far below 2^53). */
function parserFor(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === builtins.TIMESTAMPTZ) return rfc3339
  if (oid === builtins.INT8) return Number
  return pg.types.getTypeParser(oid, (format ?? 'text') as 'text')
}

/** `2026-03-22 00:10:42.83+00` -> `2026-03-22T00:10:42.830000Z`; the session's zone is always UTC. */
function rfc3339(text: string): string {
  const [date = '', time = ''] = text.slice(0, -3).split(' ')
  const [seconds = '', fraction = ''] = time.split('.')
  return `${date}T${seconds}.${fraction.padEnd(6, '0')}Z`
}
