import type pg from 'pg'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../logger.js'
import { type Leadership, seekLeadership } from './leadership.js'
import { createListener, type Listener } from './listen.js'
import { type PagedReader, pagedReader } from './paged-reader.js'
import { closePool, openPool, type PoolUse, watchPool } from './pool.js'
import { createReachability } from './reachability.js'
import { type WatchStatement, watchSlowQueries } from './slow-queries.js'
import type { Statement } from './statement.js'
import { translate, translateConnect } from './translate-error.js'

/** Where the database is: a URL, or the parts of one. */
export type ConnectionSettings =
  | { connectionString: string }
  | { host: string; port: number; user: string; password: string; database: string }

/** Runs statements. `name` prepares the statement once a connection; give it to statements that are run often. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]>
}

/** Runs several statements as one: all of them, or none. */
export interface Transactional extends Queryable {
  transaction<Result>(work: (client: Queryable) => Promise<Result>): Promise<Result>
}

/** The connections of this process, in pools that cannot starve each other. */
export interface Database {
  /** Writes events; nothing else may hold its connections up. */
  readonly ingest: Transactional
  /** Answers requests of people and programs; every statement has a time limit. */
  readonly app: Transactional
  /** Alerts, the live feed and the outbox: what must reach people within seconds, whatever the others do. */
  readonly alerts: Transactional
  /** Feeds of indicators: long answers to programs, which hold nothing else up. */
  readonly feeds: Queryable & PagedReader
  /** Partitions, retention, migrations, backups: slow work, never urgent. */
  readonly maintenance: Transactional & {
    /** Lends one connection for work that needs its session (locks, COPY). */
    borrow<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  }
  /** Whether the database can be reached, as the whole process judges it; see reachability.ts. Never rejects. */
  isReachable(): Promise<boolean>
  use(): Record<'ingest' | 'app' | 'alerts' | 'feeds' | 'maintenance', PoolUse>
  /** A connection for notifications; see {@link Listener}. */
  listener(): Listener
  /** Competes with the other processes on this database for being the one. */
  seekLeadership(): Leadership
  close(): Promise<void>
}

const APP_STATEMENT_TIMEOUT_MS = 10_000
const INGEST_STATEMENT_TIMEOUT_MS = 30_000
const FEEDS_STATEMENT_TIMEOUT_MS = 20_000
const PING_TIMEOUT_MS = 1_000
/**
 * Loops of the server share a pool, and many begin at the same moment: that they take turns is no saturation. What people and sensors
 * wait for has no such time.
 */
const LOOPS_PATIENCE_MS = 2_000

/** Long answers that are read at the same time; each holds a connection of the feeds. */
export const MAX_PAGED_READS = 2

/**
 * @param publish receives `pool_exhausted`.
 * @param slowQueryMs statements that take as long are logged as a WARNING.
 */
export function openDatabase(
  settings: ConnectionSettings,
  log: Logger,
  publish: Publish,
  slowQueryMs = Number.POSITIVE_INFINITY,
): Database {
  const poolOf = (purpose: string, max: number, statementTimeoutMs: number, patienceMs = 0) =>
    openPool({ settings, purpose, max, statementTimeoutMs, patienceMs, log, publish })
  const pools = {
    ingest: poolOf('ingest', 2, INGEST_STATEMENT_TIMEOUT_MS),
    app: poolOf('app', 8, APP_STATEMENT_TIMEOUT_MS),
    alerts: poolOf('alerts', 4, APP_STATEMENT_TIMEOUT_MS, LOOPS_PATIENCE_MS),
    // One more than long answers hold: for statements that decide whether an answer is needed at all.
    feeds: poolOf('feeds', MAX_PAGED_READS + 1, FEEDS_STATEMENT_TIMEOUT_MS),
    maintenance: poolOf('maintenance', 4, 0, LOOPS_PATIENCE_MS),
  }
  const use = {
    ingest: watchPool(pools.ingest),
    app: watchPool(pools.app),
    alerts: watchPool(pools.alerts),
    feeds: watchPool(pools.feeds),
    maintenance: watchPool(pools.maintenance),
  }
  // Its own connection: a backup or a slow retention run must not look like a database that is away.
  // That a ping waits for the one before it is no saturation.
  const probe = openPool({
    settings,
    purpose: 'probe',
    max: 1,
    statementTimeoutMs: PING_TIMEOUT_MS,
    patienceMs: 0,
    log,
    publish: () => {},
  })
  const reachability = createReachability({ ping: () => ping(probe) })
  const watching = (pool: keyof typeof pools) => watchSlowQueries(pool, slowQueryMs, log)

  return {
    ingest: transactional(pools.ingest, watching('ingest')),
    app: transactional(pools.app, watching('app')),
    alerts: transactional(pools.alerts, watching('alerts')),
    feeds: {
      ...ofPool(pools.feeds, watching('feeds')),
      pages: pagedReader(pools.feeds, watching('feeds')),
    },
    maintenance: {
      ...transactional(pools.maintenance, watching('maintenance')),
      borrow: borrowingFrom(pools.maintenance),
    },
    isReachable: reachability.isReachable,
    use: () => ({
      ingest: use.ingest(),
      app: use.app(),
      alerts: use.alerts(),
      feeds: use.feeds(),
      maintenance: use.maintenance(),
    }),
    listener: () => createListener(settings, log),
    seekLeadership: () => seekLeadership(settings),
    async close() {
      reachability.stop()
      await Promise.all([...Object.values(pools), probe].map(closePool))
    },
  }
}

/** Each statement on a connection of its own. A connection whose statement failed is closed, as the pool's own `query` does. */
function ofPool(pool: pg.Pool, watch: WatchStatement): Queryable {
  return {
    async query<Row extends pg.QueryResultRow>(statement: Statement) {
      const client = await pool.connect().catch(translateConnect)
      let failed = true
      try {
        const { rows } = await watch(statement, () => client.query<Row>(statement)).catch(translate)
        failed = false
        return rows
      } finally {
        client.release(failed)
      }
    },
  }
}

function ofClient(client: pg.PoolClient, watch: WatchStatement): Queryable {
  return {
    async query<Row extends pg.QueryResultRow>(statement: Statement) {
      const { rows } = await watch(statement, () => client.query<Row>(statement)).catch(translate)
      return rows
    },
  }
}

function transactional(pool: pg.Pool, watch: WatchStatement): Transactional {
  return {
    ...ofPool(pool, watch),
    async transaction(work) {
      const client = await pool.connect().catch(translateConnect)
      try {
        await client.query('BEGIN')
        const result = await work(ofClient(client, watch))
        await client.query('COMMIT')
        client.release()
        return result
      } catch (error) {
        const rolledBack = await client.query('ROLLBACK').then(
          () => true,
          () => false,
        )
        client.release(!rolledBack)
        return translate(error)
      }
    },
  }
}

/** Lends a connection of the pool, and closes it afterwards. */
function borrowingFrom(pool: pg.Pool): Database['maintenance']['borrow'] {
  return async (work) => {
    const client = await pool.connect().catch(translateConnect)
    try {
      return await work(client)
    } finally {
      // The session may hold locks or settings; a fresh one costs little here.
      client.release(true)
    }
  }
}

/** Whether a connection answers in time. */
async function ping(probe: pg.Pool): Promise<boolean> {
  const timeout = new Promise<false>((resolve) => setTimeout(() => resolve(false), PING_TIMEOUT_MS).unref())
  const answer = probe.query('SELECT 1').then(
    () => true,
    () => false,
  )
  return Promise.race([answer, timeout])
}
