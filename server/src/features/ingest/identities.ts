import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { IdentityStore } from './identity-store.js'

/**
 * Which versions of event identity are in use on this database (docs/decisions/0016). Release 0.1.0 wrote the former one. While an
 * event of that version is stored, a record is looked for under both ids; while a replica of that version runs, its ids are written,
 * so that it recognizes what others stored.
 */
export type IdentitiesInUse =
  | 'current'
  | 'current, checked against former'
  | 'former, checked against current'

/** Follows which versions of identity are in use. */
export interface IdentityWatch {
  inUse(): IdentitiesInUse
  start(): void
  stop(): Promise<void>
}

export interface IdentityWatchOptions {
  store: IdentityStore
  log: Logger
  now: () => number
  /** Milliseconds between polls. */
  pauseMs: number
}

/** A replica says every few seconds that it runs; after this it is gone. */
const REPLICA_GONE_MS = 30_000

/** Resolves once the state was read, so that the first event already has the right identity. */
export async function watchIdentities(options: IdentityWatchOptions): Promise<IdentityWatch> {
  const { store, log, now } = options
  let inUse: IdentitiesInUse = 'current'
  let poller: Poller | null = null

  async function poll(): Promise<void> {
    const { former_written_at, former_replica } = await store.read(new Date(now() - REPLICA_GONE_MS))
    const next = inUseOf(former_written_at !== null, former_replica)
    if (next === 'former, checked against current') await store.formerWritten(new Date(now()))
    if (next !== inUse) log.info('Event identity changed', { identity: next })
    inUse = next
  }

  await poll()
  return {
    inUse: () => inUse,
    start() {
      poller ??= createPoller({
        work: poll,
        pauseMs: options.pauseMs,
        onError: (error) =>
          log.warning('The state of event identity cannot be read', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await poller?.stop()
    },
  }
}

function inUseOf(formerStored: boolean, formerReplica: boolean): IdentitiesInUse {
  if (formerReplica) return 'former, checked against current'
  return formerStored ? 'current, checked against former' : 'current'
}
