import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { EvidenceReader } from './reader-store.js'
import { type SweepOptions, sweep } from './sweep.js'

export interface MaintenanceOptions extends SweepOptions {
  isLeader: () => boolean
  /** Makes what is missing of an index. @returns the partitions that have it now. */
  completeIndex: () => Promise<string[]>
  /** Finds out whether the storage works. */
  checkStorage: () => Promise<void>
  log: Logger
}

/** What goes on without anybody asking. */
export interface Maintenance {
  /** What all keys hold; null while it is not known. */
  usage(): Awaited<ReturnType<EvidenceReader['usage']>> | null
  start(): void
  stop(): Promise<void>
}

const USAGE_POLL_MS = 15_000
const SWEEP_MS = 3_600_000
/** A start has enough to do. */
const FIRST_SWEEP_MS = 60_000
const LEADER_POLL_MS = 60_000
const STORAGE_CHECK_MS = 15_000

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { reader, isLeader, completeIndex, checkStorage, log } = options
  let usage: ReturnType<Maintenance['usage']> = null
  const pollers: Poller[] = []
  let isIndexed = false
  let sweepDueAt = performance.now() + FIRST_SWEEP_MS

  async function sweepAsLeader(): Promise<void> {
    if (!isLeader() || performance.now() < sweepDueAt) return
    sweepDueAt = performance.now() + SWEEP_MS
    const swept = await sweep(options)
    if (swept.expired + swept.orphans > 0) log.info('Old files removed', { ...swept })
  }

  async function completeIndexAsLeader(): Promise<void> {
    if (isIndexed || !isLeader()) return
    const indexed = await completeIndex()
    isIndexed = true
    if (indexed.length > 0)
      log.info('Events are indexed by the hash of files', { partitions: indexed.length })
  }

  return {
    usage: () => usage,
    start() {
      const onError = (error: unknown) =>
        log.error('Evidence maintenance failed', { cause: (error as Error).message })
      const count = async () => {
        usage = await reader.usage()
      }
      const lose = () => {
        usage = null
      }
      pollers.push(createPoller({ work: count, pauseMs: USAGE_POLL_MS, onError: lose }))
      pollers.push(createPoller({ work: sweepAsLeader, pauseMs: LEADER_POLL_MS, onError }))
      pollers.push(createPoller({ work: completeIndexAsLeader, pauseMs: LEADER_POLL_MS, onError }))
      // A check that fails is a problem of the storage, which it states itself.
      pollers.push(createPoller({ work: checkStorage, pauseMs: STORAGE_CHECK_MS, onError: () => {} }))
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
    },
  }
}
