import type { Logger } from '../../platform/logger.js'
import type { AuditRecord } from './chain.js'
import type { AuditStore } from './store.js'

/** Writes down what happened; what cannot be written now waits, within bounds. */
export interface AuditWriter {
  /** Resolves to true once the record is durable; to false when it waits longer than {@link PATIENCE_MS}, or is lost. Never rejects. */
  write(record: AuditRecord): Promise<boolean>
  /** Records that wait. */
  waiting(): number
  /** Records that found no room, since the start. */
  lost(): number
  /** Tries to write what waits. Resolves when it is written, or cannot be now. */
  flush(): Promise<void>
}

/** A few kilobytes each. */
const MAX_WAITING = 1_000
const MAX_BATCH = 100
/** Whoever changed something has an answer by then, though its entry still waits. */
const PATIENCE_MS = 2_000

interface Waiting {
  record: AuditRecord
  written: (durable: boolean) => void
}

export function createAuditWriter(store: Pick<AuditStore, 'append'>, log: Logger): AuditWriter {
  let queue: Waiting[] = []
  let lost = 0
  let running: Promise<void> | null = null

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, MAX_BATCH)
      await store.append(batch.map(({ record }) => record))
      queue = queue.slice(batch.length)
      for (const { written } of batch) written(true)
    }
  }

  function flush(): Promise<void> {
    running ??= work().then(
      () => {
        running = null
        // Whoever came after the last look found it running.
        if (queue.length > 0) void flush()
      },
      (error: Error) => {
        running = null
        log.error('The audit log cannot be written; entries wait', {
          waiting: queue.length,
          cause: error.message,
        })
      },
    )
    return running
  }

  return {
    write(record) {
      if (queue.length >= MAX_WAITING) {
        lost += 1
        log.critical('An entry of the audit log is lost', {
          action: record.action,
          outcome: record.outcome,
          actor: record.detail.actor.name,
          lost,
        })
        return Promise.resolve(false)
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), PATIENCE_MS).unref()
        queue.push({
          record,
          written(durable) {
            clearTimeout(timer)
            resolve(durable)
          },
        })
        void flush()
      })
    },
    waiting: () => queue.length,
    lost: () => lost,
    flush,
  }
}
