import { LRUCache } from 'lru-cache'
import type { SessionRow } from '../../domain/session.js'
import type { CommitPlan } from './commit-rows.js'
import type { IngestStore, StoredContext } from './store.js'
import { NOTHING_SYNTHETIC } from './synthetic-runs.js'
import type { WriteGroup } from './write-group.js'

/** What a group is planned from: what this process last planned or wrote, and what the store holds. */
export interface ContextReader {
  /** From memory, on the guess that the events are new and the sessions as this process last planned them. */
  readCache(group: WriteGroup): StoredContext
  readStore(group: WriteGroup): Promise<StoredContext>
  /** Caches what a plan is about to write. */
  cache(plan: CommitPlan): void
  /** The sessions of a group may not be as they were planned. */
  evict(group: WriteGroup): void
}

/** Sessions that are cached as they were last written; about a kilobyte each. */
const CACHED_SESSIONS = 20_000
/** A cache of bounded size. It only ever saves a question: the store checks what was planned from it. */
export function createContextReader(store: Pick<IngestStore, 'read'>): ContextReader {
  const sessionCache = new LRUCache<string, SessionRow>({ max: CACHED_SESSIONS })

  return {
    readCache({ sessionIds }) {
      const sessions = new Map<string, SessionRow>()
      for (const id of sessionIds) {
        const session = sessionCache.get(id)
        if (session) sessions.set(id, session)
      }
      return { knownEventIds: new Set(), isCommitted: false, sessions, synthetic: NOTHING_SYNTHETIC }
    },
    readStore: store.read,
    cache({ sessions }) {
      for (const session of sessions) sessionCache.set(session.id, session)
    },
    evict({ sessionIds }) {
      for (const id of sessionIds) sessionCache.delete(id)
    },
  }
}
