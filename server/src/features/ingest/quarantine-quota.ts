import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import type { QuarantineLimits, QuarantineState, QuarantineUsageStore } from './quarantine-usage-store.js'

/** Keeps every key within its share of the quarantine, so that one that is over it takes nothing from the others. */
export interface QuarantineQuota {
  /** Evicts what is over a share. Never rejects: what could not be evicted now is evicted the next time. */
  enforce(): Promise<void>
}

export interface QuarantineQuotaOptions {
  store: Pick<QuarantineUsageStore, 'evict'>
  limits: QuarantineLimits
  publish: Publish
  log: Logger
}

/** More than any request brings records; what is left is evicted the next time. */
const MAX_STEPS = 50

export function createQuarantineQuota({
  store,
  limits,
  publish,
  log,
}: QuarantineQuotaOptions): QuarantineQuota {
  return {
    async enforce() {
      try {
        for (let step = 0; step < MAX_STEPS; step += 1) {
          const eviction = await store.evict(limits)
          if (eviction === null) return
          const { key_prefix, records, bytes } = eviction
          publish({ kind: 'quarantine_evicted', key_prefix, records, bytes })
        }
      } catch (error) {
        log.warning('Quarantine cannot be evicted; trying again', { cause: (error as Error).message })
      }
    },
  }
}

/** From this part of a share on, somebody should look. */
const NEARLY_USED = 0.8
/** How long an eviction counts as going on. */
const EVICTION_RECENT_MS = 600_000

/** The part of its share that the fullest of all has: the whole quarantine, or a key. 1 is reached just before records are evicted. */
export function shareUsed(
  { bytes, largest_key_bytes }: Pick<QuarantineState, 'bytes' | 'largest_key_bytes'>,
  { maxBytes, maxBytesPerKey }: QuarantineLimits,
): number {
  return Math.max(bytes / maxBytes, largest_key_bytes / maxBytesPerKey)
}

/** Whether records were evicted within the last so many milliseconds. */
export function evictedWithin(
  { seconds_since_eviction }: Pick<QuarantineState, 'seconds_since_eviction'>,
  ms: number,
): boolean {
  return seconds_since_eviction !== null && seconds_since_eviction * 1000 <= ms
}

/** What is wrong with the quarantine, in words that anybody may read: no key is named. */
export function quarantineProblems(state: QuarantineState, limits: QuarantineLimits): string[] {
  const problems: string[] = []
  const percent = (share: number) => `${Math.floor(share * 100)} %`
  const ofAll = state.bytes / limits.maxBytes
  const ofKey = state.largest_key_bytes / limits.maxBytesPerKey
  if (ofAll >= NEARLY_USED)
    problems.push(`the quarantine uses ${percent(ofAll)} of QUARANTINE_MAX_BYTES; replay or delete records`)
  if (ofKey >= NEARLY_USED)
    problems.push(
      `a key uses ${percent(ofKey)} of its share of the quarantine (QUARANTINE_MAX_BYTES_PER_KEY); replay or delete its records`,
    )
  if (evictedWithin(state, EVICTION_RECENT_MS))
    problems.push('quarantined records of a key over its share were evicted within the last 10 minutes')
  return problems
}
