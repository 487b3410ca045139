import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { evictedWithin, type QuarantineQuota, quarantineProblems, shareUsed } from './quarantine-quota.js'
import type { QuarantineLimits, QuarantineState, QuarantineUsageStore } from './quarantine-usage-store.js'

/** How full the quarantine is, for health, metrics and the operational alert. */
export interface QuarantineWatch {
  /** What was wrong with it when it was last read; see {@link quarantineProblems}. */
  problems(): string[]
  /** The part of its share that the fullest part uses; above 1 where records were evicted within so many milliseconds. */
  shareUsed(evictedWithinMs: number): Promise<number>
  /** Who holds most of it, one item a key. */
  describe(): Promise<string[]>
  registerGauges(gauges: GaugeRegistry): void
  start(): void
  stop(): Promise<void>
}

export interface QuarantineWatchOptions {
  usage: Pick<QuarantineUsageStore, 'state' | 'keys'>
  limits: QuarantineLimits
  quota: QuarantineQuota
  pauseMs: number
  log: Logger
}

/** What an eviction counts as: above every share that is kept. */
const EVICTING = 1.01

export function createQuarantineWatch(options: QuarantineWatchOptions): QuarantineWatch {
  const { usage, limits, quota, pauseMs, log } = options
  let state: QuarantineState | null = null
  let poller: Poller | null = null

  async function poll(): Promise<void> {
    // Limits that were lowered, and what an eviction left behind that failed.
    await quota.enforce()
    state = await usage.state()
  }

  return {
    problems: () => (state === null ? [] : quarantineProblems(state, limits)),
    async shareUsed(evictedWithinMs) {
      const now = await usage.state()
      const share = shareUsed(now, limits)
      return evictedWithin(now, evictedWithinMs) ? Math.max(share, EVICTING) : share
    },
    async describe() {
      const keys = await usage.keys()
      return keys.map(
        ({ key_id, key_prefix, bytes, records, evicted_records }) =>
          `${holderOf(key_id, key_prefix)}: ${records} records, ${bytes} bytes, ${evicted_records} evicted`,
      )
    },
    registerGauges({ gauge }) {
      const held = (
        name: string,
        unit: string,
        description: string,
        read: (now: QuarantineState) => number,
      ) => gauge({ name: `eviltwin.quarantine.${name}`, unit, description }, () => state && read(state))
      held('used', 'By', 'What quarantined records count for', ({ bytes }) => bytes)
      held('limit', 'By', 'QUARANTINE_MAX_BYTES', () => limits.maxBytes)
      held('records', '', 'Quarantined records', ({ records }) => records)
      held('share_used', '1', 'Part of its share that the fullest key, or the whole, uses', (now) =>
        shareUsed(now, limits),
      )
    },
    start() {
      poller = createPoller({
        work: poll,
        pauseMs,
        onError: (error) =>
          log.warning('Quarantine cannot be measured; trying again', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await poller?.stop()
    },
  }
}

function holderOf(key_id: string, key_prefix: string | null): string {
  if (key_id === 'none') return 'without a key'
  return key_id === 'unknown' ? 'stored by release 0.1.0' : `key ${key_prefix ?? key_id}…`
}
