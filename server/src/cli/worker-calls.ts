import type { DecoysOfServer } from '../features/synthetic/index.js'
import type { LogLevel } from '../platform/logger.js'
import type { ConnectionSettings } from '../platform/postgres/database.js'
import type { MetricsSnapshot } from '../platform/telemetry/metrics/of-workers.js'
import type { WorkerPlace } from '../platform/workers/place.js'
import type { SharedCalls } from '../shared-state.js'
import type { StartFacts } from './start-facts.js'

/** What a worker receives when it begins. */
export interface Assignment {
  place: WorkerPlace
  /** Of the embedded PostgreSQL; null with DATABASE_URL. */
  connection: ConnectionSettings | null
  logLevel: LogLevel
  workers: WorkerCounts
  /** Which decoys the server started; null while it has not. */
  decoys: DecoysOfServer | null
  /** How long the server runs. */
  uptimeSeconds: number
}

/** The workers of a server, for its metrics. */
export interface WorkerCounts {
  live: number
  /** Without having been asked to. */
  ended: number
}

/** What the primary process offers to its workers. */
export interface PrimaryCalls extends SharedCalls {
  begin(): Assignment
  /** The worker serves. */
  listening(facts: StartFacts): void
  /** The worker cannot serve. @param reason in words for a person. */
  failed(reason: string): void
  /** Sets the level of the log of every process. */
  setLogLevel(level: LogLevel): void
  /** Takes what the worker counted so far. */
  reportMetrics(own: MetricsSnapshot): void
  /** The same, and gives what all workers counted. */
  collectMetrics(own: MetricsSnapshot): Promise<MetricsSnapshot>
}

/** What a worker offers to the primary process, beside {@link Supervised}. */
export interface WorkerCalls {
  setLogLevel(level: LogLevel): void
  /** The primary logged a line of WARNING or above: it is counted where everything is. */
  noteProblem(level: 'WARNING' | 'ERROR' | 'CRITICAL', logger: string, message: string): void
  noteWorkers(counts: WorkerCounts): void
  noteDecoys(decoys: DecoysOfServer): void
  /** What it counted so far. */
  metrics(): Promise<MetricsSnapshot>
}
