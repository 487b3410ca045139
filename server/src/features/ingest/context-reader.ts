import type { Event } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { SessionRow } from '../../domain/session.js'
import { type AttackerHistory, withHistory } from '../scoring/index.js'
import type { CommitPlan } from './commit-rows.js'
import type { IngestStore, StoredContext } from './store.js'
import type { WriteGroup } from './write-group.js'

/** What a group is planned from: what this process last wrote, and what the store holds. */
export interface ContextReader {
  /** From memory, on the guess that the events are new and the sessions as this process last wrote them. */
  readCache(group: WriteGroup): StoredContext
  readStore(group: WriteGroup): Promise<StoredContext>
  /** Asks the store only for addresses that are not cached; a history a minute old is good enough to judge by. */
  historiesOf(events: readonly Event[]): Promise<Map<string, AttackerHistory>>
  /** Caches what a plan wrote. @param histories what it was planned from. */
  cache(plan: CommitPlan, histories: ReadonlyMap<string, AttackerHistory>): void
  /** The sessions of a group may no longer be as they were last written. */
  evict(group: WriteGroup): void
}

/** Sessions that are cached as they were last written; about a kilobyte each. */
const CACHED_SESSIONS = 20_000
/** Attackers whose history is cached, and for how long: other servers add to it, too. */
const CACHED_ATTACKERS = 50_000
const HISTORY_AGE_MS = 60_000

/**
 * Caches of bounded size. They only ever save a question: the store checks what was planned from them.
 * @param now milliseconds; the caches age by it.
 */
export function createContextReader(
  store: Pick<IngestStore, 'read' | 'attackers'>,
  now: () => number,
): ContextReader {
  const sessionCache = new LRUCache<string, SessionRow>({ max: CACHED_SESSIONS })
  const historyCache = new LRUCache<string, AttackerHistory>({
    max: CACHED_ATTACKERS,
    ttl: HISTORY_AGE_MS,
    ttlResolution: 0,
    perf: { now },
  })

  return {
    readCache({ sessionIds }) {
      const sessions = new Map<string, SessionRow>()
      for (const id of sessionIds) {
        const session = sessionCache.get(id)
        if (session) sessions.set(id, session)
      }
      return { knownEventIds: new Set(), isCommitted: false, sessions }
    },
    readStore: store.read,
    async historiesOf(events) {
      const found = new Map<string, AttackerHistory>()
      const unknown = new Set<string>()
      for (const { source_ip } of events) {
        const history = historyCache.get(source_ip)
        if (history) found.set(source_ip, history)
        else unknown.add(source_ip)
      }
      if (unknown.size === 0) return found
      for (const { source_ip, ...history } of await store.attackers([...unknown]))
        found.set(source_ip, history)
      return found
    },
    cache({ attackers, sessions }, histories) {
      // A write keeps the age of what is cached: else an active attacker's history would never be read again.
      for (const attacker of attackers)
        historyCache.set(attacker.source_ip, withHistory(histories.get(attacker.source_ip), attacker), {
          noUpdateTTL: true,
        })
      for (const session of sessions) sessionCache.set(session.id, session)
    },
    evict({ sessionIds }) {
      for (const id of sessionIds) sessionCache.delete(id)
    },
  }
}
