import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ReplicaSignals } from '@eviltwin/contract'
import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { DatabaseClock } from '../../platform/postgres/database-clock.js'
import type { ReplicaStore } from '../../platform/postgres/replicas.js'
import type { MemoryUse } from '../../platform/telemetry/memory.js'
import type { PoolReader } from '../../platform/telemetry/metrics/pool-metrics.js'
import { VERSION } from '../../platform/version.js'
import { PLATFORM_UP } from './objective.js'
import type { PlatformRun } from './platform-run.js'
import type { SignalRecorder } from './series/recorder.js'

/** This process among those on the same database: says how it is, and writes down what it recorded. */
export interface Replica {
  /** Those that were there a moment ago. */
  live(): Promise<ReplicaSignals[]>
  /** The highest share of its memory that any of them uses, 0..1. */
  memoryShare(): Promise<number | null>
  /** The largest difference between the clock of any of them and that of the database, in seconds. */
  clockSkewSeconds(): Promise<number | null>
  /** Begins to say how this process is. */
  start(): void
  stop(): Promise<void>
}

export interface ReplicaOptions {
  id: string
  host: string
  store: ReplicaStore
  recorder: SignalRecorder
  run: PlatformRun
  isLeader: () => boolean
  clock: Pick<DatabaseClock, 'now' | 'measure' | 'skewMs'>
  pools: PoolReader
  memory: () => MemoryUse
  ingestQueueRows: () => number
  diskFreeBytes: () => number | null
  log: Logger
  /** Milliseconds between signs of life. */
  pauseMs: number
}

const GONE_AFTER_MS = 30_000

export function createReplica(options: ReplicaOptions): Replica {
  const { id, host, store, recorder, run, isLeader, clock, pools, memory, log } = options
  const started_at = new Date(clock.now())
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()

  async function beat(): Promise<void> {
    recorder.mark(PLATFORM_UP)
    await run.extend()
    await clock.measure()
    const { used, limit } = memory()
    const event_loop_delay_p99_ms = Math.round(delay.percentile(99) / 1e4) / 100
    delay.reset()
    await store.beat({
      id,
      host,
      started_at,
      leader: isLeader(),
      gauges: {
        version: VERSION,
        memory_bytes: used,
        memory_limit_bytes: limit,
        event_loop_delay_p99_ms: Number.isFinite(event_loop_delay_p99_ms) ? event_loop_delay_p99_ms : 0,
        ingest_queue: options.ingestQueueRows(),
        pools: poolSignals(pools),
        disk_free_bytes: options.diskFreeBytes(),
        clock_skew_ms: clock.skewMs(),
      },
    })
    await recorder.flush()
  }

  let poller: Poller | null = null
  const live = () => store.live(GONE_AFTER_MS)
  return {
    live,
    async memoryShare() {
      const shares = (await live()).map(
        ({ memory_bytes, memory_limit_bytes }) => memory_bytes / memory_limit_bytes,
      )
      return shares.length === 0 ? null : Math.max(...shares)
    },
    async clockSkewSeconds() {
      const skews = (await live()).flatMap(({ clock_skew_ms }) => clock_skew_ms ?? [])
      return skews.length === 0 ? null : Math.max(...skews.map(Math.abs)) / 1000
    },
    start() {
      poller ??= createPoller({
        work: beat,
        pauseMs: options.pauseMs,
        onError: (error) =>
          log.warning('Signals cannot be written; they are kept and written later', {
            cause: (error as Error).message,
          }),
      })
    },
    async stop() {
      await poller?.stop()
      delay.disable()
      await run.extend().catch(() => {})
      await recorder.flush().catch(() => {})
      await store.leave(id).catch(() => {})
    },
  }
}

function poolSignals(pools: PoolReader): ReplicaSignals['pools'] {
  return Object.fromEntries(
    Object.entries(pools()).map(([name, { size, idle, max, waiting, peak }]) => [
      name,
      { used: size - idle, max, waiting, peak_used: peak },
    ]),
  )
}
