import type { Config } from '../config.js'
import type { Events } from '../events.js'
import type { App } from '../http/types.js'
import type { Database } from '../postgres/database.js'
import type { DatabaseClock } from '../postgres/database-clock.js'
import type { Listener } from '../postgres/listen.js'
import type { Log } from '../telemetry/log.js'
import type { GaugeRegistry } from '../telemetry/metrics/gauges.js'
import type { Telemetry } from '../telemetry/telemetry.js'
import type { WorkerPlace } from '../workers/place.js'

/** A feature as the composition root sees it. Modules are listed in order; they stop in reverse. */
export interface Module {
  /** Registers its routes with the HTTP application. */
  routes?(app: App): Promise<void>
  /** Registers what is read whenever somebody asks for the metrics. */
  gauges?(gauges: GaugeRegistry): void
  /** Starts what works by itself, once every module exists. @throws {Error} what keeps the server from starting. */
  start?(): void | Promise<void>
  /** Finishes what is under way. */
  stop?(): Promise<void>
}

/** What the platform offers to every module; each takes the parts that it needs. */
export interface ModuleContext {
  config: Config
  log: Log
  /** Which of the processes of this server it is. */
  place: WorkerPlace
  /** Milliseconds since the epoch, by the clock that all replicas share: that of `databaseClock`. */
  now: () => number
  events: Events
  telemetry: Telemetry
  database: Database
  /** How the clock of this process differs from the database's. */
  databaseClock: DatabaseClock
  /** Notifications of PostgreSQL, on one connection for all modules. */
  listener: Pick<Listener, 'on'>
  /** Whether this replica is the one that does what only one may do. */
  isLeader: () => boolean
  /** The epoch of this replica's leadership, which its writes as the leader carry; null where another one leads. */
  leaderEpoch: () => number | null
}
