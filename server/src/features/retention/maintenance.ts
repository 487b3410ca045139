import { statfs } from 'node:fs/promises'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { ApiKeys } from '../auth/index.js'
import type { RetentionPolicy } from './policy.js'
import type { Removed } from './store.js'

export interface MaintenanceOptions {
  /** Makes sure that today's and tomorrow's events have a partition. */
  ensurePartitions: () => Promise<void>
  /** Removes what is older; only the leader does. */
  removeOlderThan: (days: number) => Promise<Removed>
  /** Packs texts of records of days that are over; only the leader does. Says how many bytes became how many. */
  packTexts: (isStopping: () => boolean) => Promise<{ bytes: number; packed_bytes: number }>
  isLeader: () => boolean
  apiKeys: ApiKeys
  log: Logger
  retention: Pick<RetentionPolicy, 'read'>
  /** The directory whose disk must not fill up; undefined when the database is elsewhere. */
  dataDir: string | undefined
  minFreeDiskBytes: number
}

export interface Maintenance {
  /** Why nothing more can be stored, in words for the sender; null when all is well. */
  storageProblem(): string | null
  /** Free space on the disk of DATA_DIR, as last seen; null when the data is elsewhere. */
  diskFreeBytes(): number | null
  stop(): Promise<void>
}

const WATCH_MS = 5_000
const HOUR_MS = 3_600_000

/** What a running server does beside answering requests: partitions, retention, and watching the room that is left. */
export function startMaintenance(options: MaintenanceOptions): Maintenance {
  const { apiKeys, log } = options
  let problem: string | null = null
  let diskFree: number | null = null

  async function watch(): Promise<void> {
    const found = await diskProblem()
    if (found !== problem) {
      if (found) log.critical('Ingest is refused', { cause: found })
      else log.warning('Ingest is accepted again')
    }
    problem = found
  }

  async function diskProblem(): Promise<string | null> {
    if (options.dataDir === undefined) return null
    const { bavail, bsize } = await statfs(options.dataDir)
    diskFree = bavail * bsize
    return diskFree >= options.minFreeDiskBytes
      ? null
      : `less than ${options.minFreeDiskBytes} bytes are free on the disk of DATA_DIR; free space or shorten the retention`
  }

  let removedAt = Number.NEGATIVE_INFINITY
  async function removeHourly(): Promise<void> {
    if (!options.isLeader() || performance.now() - removedAt < HOUR_MS) return
    const { retention_days } = await options.retention.read()
    const removed = await options.removeOlderThan(retention_days)
    removedAt = performance.now()
    if (removed.partitions.length > 0) log.info('retention removed old data', { ...removed })
    if (removed.postponed.length > 0)
      log.warning('retention waits for readers of old partitions', { partitions: removed.postponed })
  }

  let isStopping = false
  async function packTexts(): Promise<void> {
    if (!options.isLeader()) return
    const packed = await options.packTexts(() => isStopping)
    if (packed.bytes > 0) log.info('texts of records were packed', { ...packed })
  }

  const onError = (error: unknown) => log.error('maintenance failed', { cause: (error as Error).message })
  const loops = [
    createPoller({ work: watch, pauseMs: WATCH_MS, onError }),
    createPoller({ work: apiKeys.flushUse, pauseMs: WATCH_MS, onError }),
    createPoller({ work: options.ensurePartitions, pauseMs: HOUR_MS, onError }),
    // Leadership may come at any time; the work is due once an hour.
    createPoller({ work: removeHourly, pauseMs: WATCH_MS, onError }),
    createPoller({ work: packTexts, pauseMs: WATCH_MS, onError }),
  ]
  return {
    storageProblem: () => problem,
    diskFreeBytes: () => diskFree,
    async stop() {
      isStopping = true
      await Promise.all(loops.map((loop) => loop.stop()))
      await apiKeys.flushUse().catch(() => {})
    },
  }
}
