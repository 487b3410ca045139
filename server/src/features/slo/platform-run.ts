import type { PlatformRunStore } from './platform-run-store.js'

/** The run of this process, without interruption, as the database records it. */
export interface PlatformRun {
  /** Reports that the process is not stalled; called every second, whether or not the database can be reached. */
  heartbeat(): void
  /** Writes down that the process lives. Rejects when the database cannot be reached; a later call covers that time, too. */
  extend(): Promise<void>
}

export interface PlatformRunOptions {
  store: PlatformRunStore
  recorderId: string
  /** Milliseconds since the epoch. */
  now: () => number
  /** How long counts wait for the database; see signal-buckets.ts. */
  keptMs: number
}

/** A process that says nothing for longer was stalled: nobody was served. */
export const STALLED_AFTER_MS = 30_000

/**
 * A run begins with the first heartbeat and ends with the last one before a stall. While the database is away the process still
 * counts, and writes its counts later: that is no gap, as long as they are kept.
 */
export function createPlatformRun({ store, recorderId, now, keptMs }: PlatformRunOptions): PlatformRun {
  let run: { beganAt: number; startedAt: string | null; writtenAt: number } | null = null
  let lastHeartbeatAt = Number.NEGATIVE_INFINITY

  function heartbeat(): void {
    const at = now()
    if (!run || at - lastHeartbeatAt > STALLED_AFTER_MS) run = { beganAt: at, startedAt: null, writtenAt: at }
    lastHeartbeatAt = at
  }

  return {
    heartbeat,
    async extend() {
      heartbeat()
      const at = lastHeartbeatAt
      if (run && at - run.writtenAt > keptMs) run = { beganAt: at - keptMs, startedAt: null, writtenAt: at }
      // A stall while this is under way begins another run.
      const extended = run
      if (!extended) return
      extended.startedAt = await store.extend(
        recorderId,
        extended.startedAt,
        Math.max(0, at - extended.beganAt),
      )
      extended.writtenAt = at
    },
  }
}
