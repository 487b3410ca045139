import type { LogLevel } from '../platform/logger.js'
import type { ConnectionSettings } from '../platform/postgres/database.js'
import type { WorkerPlace } from '../platform/workers/place.js'
import type { StartFacts } from './start-facts.js'

/** What a worker is told when it begins. */
export interface Assignment {
  place: WorkerPlace
  /** Of the embedded PostgreSQL; null with DATABASE_URL. */
  connection: ConnectionSettings | null
  logLevel: LogLevel
  /** Of the server, not of this process. */
  instanceId: string
  /** When the server started; milliseconds since the epoch. */
  startedAt: number
}

/** What the primary process offers to its workers. */
export interface PrimaryCalls {
  begin(): Assignment
  /** The worker serves. */
  listening(facts: StartFacts): void
  /** The worker cannot serve. @param reason in words for a person. */
  failed(reason: string): void
  /** Sets the level of the log of every process. */
  setLogLevel(level: LogLevel): void
}

/** What a worker offers to the primary process, beside `stop`. */
export interface WorkerCalls {
  setLogLevel(level: LogLevel): void
  /** The primary logged a line of WARNING or above: it is counted where everything is. */
  noteProblem(level: 'WARNING' | 'ERROR' | 'CRITICAL', logger: string, message: string): void
}
