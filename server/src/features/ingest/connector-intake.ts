import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyScope } from '@eviltwin/contract'
import { equalJitter } from '../../domain/equal-jitter.js'
import type { Connector, Publish } from '../../domain/platform-event.js'
import { AppError, PayloadTooLargeError, StorageFullError, UnauthorizedError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import { joinTrace } from '../../platform/telemetry/trace-context.js'
import type { Intake } from './intake.js'
import type { SenderKey } from './origin.js'
import { withoutOwnMessages } from './own-messages.js'
import type { ReadRecord } from './read-records.js'

/** What is known of a key that was presented. */
export interface IdentifiedKey extends SenderKey {
  scopes: readonly KeyScope[]
}

/** Where records come from that no HTTP request brought. */
export interface ConnectorSource {
  connector: Connector
  /** The sensor key that they are received with. */
  key: string
  /** Ends the attempts: the present one is the last. */
  signal: AbortSignal
}

/**
 * What became of records: `stored`, as events or in the quarantine; `stopped`: they may be stored or not; `not_storable`: nothing was stored,
 * and trying again would not help.
 */
export type ConnectorOutcome = 'stored' | 'stopped' | 'not_storable'

/** The way into the store for connectors, whose senders cannot be answered: it waits until the store takes the records. */
export interface ConnectorIntake {
  /**
   * Resolves once all records are durable. While they cannot be stored (the database is away, the disk is full, too much waits, the key is
   * refused) it tries again and again: whoever calls reads nothing more meanwhile. Never rejects.
   */
  store(source: ConnectorSource, records: readonly ReadRecord[]): Promise<ConnectorOutcome>
  /** What keeps connectors from storing until somebody repairs it, in words that anybody may read. */
  problems(): string[]
}

export interface ConnectorIntakeOptions {
  intake: Pick<Intake, 'submitFrom'>
  /** Whose key a text is; undefined for one that is unknown or revoked. */
  identifyKey: (key: string) => Promise<IdentifiedKey | undefined>
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  publish: Publish
  log: Logger
  /** Waits between attempts. @throws when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const SHORTEST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000
/** Attempts at what fails for no reason that passes. */
const MAX_ATTEMPTS = 3

export function createConnectorIntake(options: ConnectorIntakeOptions): ConnectorIntake {
  const { intake, identifyKey, storageProblem, publish, log } = options
  const { pause = (ms, signal) => sleep(ms, undefined, { signal }) } = options
  const refused = new Set<Connector>()

  async function keyOf({ connector, key }: ConnectorSource): Promise<SenderKey> {
    const identified = await identifyKey(key)
    if (identified?.scopes.includes('ingest')) {
      refused.delete(connector)
      return identified
    }
    refused.add(connector)
    throw new UnauthorizedError('the sensor key of the connector is unknown, revoked, or may not send events')
  }

  async function attempt(source: ConnectorSource, records: readonly ReadRecord[]): Promise<void> {
    const problem = storageProblem()
    if (problem !== null) throw new StorageFullError(problem)
    const began = performance.now()
    const key = await keyOf(source)
    const { trace_id, span_id, traceparent } = joinTrace(undefined)
    const ids = { request_id: span_id, trace_id, traceparent }
    const { records: kept, pings } = withoutOwnMessages(records)
    try {
      await intake.submitFrom(
        { key, ids, elapsedMs: () => performance.now() - began },
        { records: kept, pings },
      )
    } catch (error) {
      if (!(error instanceof PayloadTooLargeError) || records.length < 2) throw error
      // Together they make more events than may be stored at once. What is stored already when the second half fails is a duplicate next time.
      const middle = records.length >> 1
      for (const half of [records.slice(0, middle), records.slice(middle)]) await attempt(source, half)
    }
  }

  return {
    async store(source, records) {
      const { connector, signal } = source
      let pauseMs = SHORTEST_PAUSE_MS
      for (let unexpected = 0; ; ) {
        try {
          await attempt(source, records)
          return 'stored'
        } catch (error) {
          if (!(error instanceof AppError)) unexpected += 1
          if (unexpected === MAX_ATTEMPTS) {
            log.error('Records of a connector cannot be stored', {
              connector,
              cause: (error as Error).message,
            })
            return 'not_storable'
          }
          if (signal.aborted) return 'stopped'
          publish({ kind: 'connector_waiting', connector, reason: reasonOf(error) })
          await pause(equalJitter(pauseMs), signal).catch(() => {})
          pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
        }
      }
    },
    problems: () =>
      [...refused].map(
        (connector) =>
          `the sensor key of ${connector} is refused: nothing that it receives is stored; give it a valid key and restart`,
      ),
  }
}

/** A word for metrics; there are few. */
function reasonOf(error: unknown): string {
  if (error instanceof UnauthorizedError) return 'key-refused'
  return error instanceof AppError ? error.type.replace('/problems/', '') : 'unexpected'
}
