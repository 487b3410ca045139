import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../logger.js'
import { parserFor } from './value-parsers.js'

/** How busy a pool is: a golden signal. */
export interface PoolUse {
  size: number
  idle: number
  waiting: number
  max: number
  /** The most connections in use at the same time since the pool was opened. */
  peak: number
}

export interface PoolOptions {
  settings: pg.PoolConfig
  /** Names the pool in the log, in events and in `pg_stat_activity`. */
  purpose: string
  /** Most connections at the same time. */
  max: number
  /** 0: statements may take as long as they need. */
  statementTimeoutMs: number
  /** Statements may wait for a connection for so many milliseconds before the pool is exhausted. */
  patienceMs: number
  log: Logger
  /** Receives `pool_exhausted`. */
  publish: Publish
}

const CONNECT_TIMEOUT_MS = 3_000

/** Opens connections for one purpose, as they are needed. */
export function openPool(options: PoolOptions): pg.Pool {
  const { settings, purpose, max, statementTimeoutMs, log } = options
  const pool = new pg.Pool({
    ...settings,
    max,
    application_name: `eviltwin ${purpose}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    // The server must notice first, so that a slow statement is cancelled and not abandoned.
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 5_000 }),
    options: '-c timezone=UTC -c datestyle=ISO -c jit=off',
    types: { getTypeParser: parserFor },
  })
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) =>
    log.warning('a database connection broke', { pool: purpose, error: error.message }),
  )
  pool.on('connect', (client) => client.on('error', failsItsQuery))
  publishExhaustion(pool, options)
  return pool
}

/** How long connections may take to close. */
const CLOSE_MS = 2_000

/**
 * Closes a pool, and resolves once its connections are closed: `end` of pg-pool resolves while they still say goodbye, and a database that is
 * stopped meanwhile would break them.
 */
export async function closePool(pool: pg.Pool): Promise<void> {
  const open = pool.totalCount
  let closed = 0
  const allClosed = new Promise<void>((resolve) => {
    if (open === 0) resolve()
    pool.on('remove', () => {
      closed += 1
      if (closed === open) resolve()
    })
  })
  await pool.end()
  await Promise.race([allClosed, sleep(CLOSE_MS, undefined, { ref: false })])
}

/**
 * A connection that breaks while it is lent out states it by an event as well as by failing what runs on it. The pool listens only to the
 * connections that it holds, and an event without a listener would end the process, also between lending and the first statement.
 */
function failsItsQuery(): void {}

/** Follows how busy a pool is; called when it is opened, so that no peak is missed. */
export function watchPool(pool: pg.Pool): () => PoolUse {
  let peak = 0
  pool.on('acquire', () => {
    peak = Math.max(peak, pool.totalCount - pool.idleCount)
  })
  return () => ({ ...poolUse(pool), peak })
}

function poolUse(pool: pg.Pool): Omit<PoolUse, 'peak'> {
  return { size: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, max: pool.options.max }
}

/** At most one event of a pool in so long. */
const EXHAUSTION_PAUSE_MS = 10_000

/**
 * Publishes `pool_exhausted` when a statement has to wait for a connection, or when some have waited without a break for `patienceMs`:
 * saturation, before it becomes latency. Every way to a connection of a pool, its own `query` too, leads through `connect`.
 */
function publishExhaustion(
  pool: pg.Pool,
  { purpose, patienceMs, publish }: Pick<PoolOptions, 'purpose' | 'patienceMs' | 'publish'>,
): void {
  const connect = pool.connect.bind(pool) as (...parameters: unknown[]) => unknown
  let publishedAt = Number.NEGATIVE_INFINITY
  let patience: NodeJS.Timeout | undefined

  function publishWaiting(waiting: number): void {
    patience = undefined
    if (performance.now() - publishedAt < EXHAUSTION_PAUSE_MS) return
    publishedAt = performance.now()
    publish({ kind: 'pool_exhausted', pool: purpose, pool_size: pool.options.max, waiting })
  }

  pool.connect = ((...parameters: unknown[]) => {
    const { size, idle, max, waiting } = poolUse(pool)
    if (size - idle >= max) {
      if (patienceMs === 0) publishWaiting(waiting + 1)
      else patience ??= setTimeout(() => publishWaiting(pool.waitingCount), patienceMs).unref()
    }
    return connect(...parameters)
  }) as typeof pool.connect
  pool.on('acquire', () => {
    if (pool.waitingCount > 0) return
    clearTimeout(patience)
    patience = undefined
  })
}
