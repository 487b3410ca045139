import { setTimeout as sleep } from 'node:timers/promises'
import type { Event, RejectionReason, ThreatLevel } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { RequestIds } from '../../domain/request-ids.js'
import type { SessionRow } from '../../domain/session.js'
import { StoreUnavailableError } from '../../platform/errors.js'
import { isConflict, isMissingPartition, isUnacceptableData } from '../../platform/postgres/sqlstate.js'
import type { Scorer } from '../scoring/index.js'
import { type AttackerHistory, withHistory } from '../scoring/index.js'
import { NO_REQUEST, planCommit } from './commit-plan.js'
import type { CommitPlan, QuarantineRow } from './commit-rows.js'
import { type PreparedRecord, quarantineEvents } from './prepare.js'
import type { IngestStore, StoredContext } from './store.js'

/** The records of one request. */
export interface Write extends RequestIds {
  records: readonly PreparedRecord[]
}

/** What became of one record, once that is durable. */
export type RecordOutcome =
  | {
      status: 'accepted' | 'duplicate'
      event: Event
      threat_score: number
      threat_level: ThreatLevel
      new_events: readonly Event[]
    }
  | { status: 'quarantined'; reason: RejectionReason; detail: string; quarantine_id: string }

/** What the pipeline tells whoever listens. Nothing here may fail or wait. */
export interface CommitObserver {
  sessionScored(session: SessionRow, ids: RequestIds): void
  /** What analysts should be told is durable, and waits. */
  escalated(count: number): void
  commitRetried(error: unknown, attempt: number): void
}

export interface CommitOptions {
  store: IngestStore
  /** Makes sure the events of today have a partition. */
  ensurePartitions: () => Promise<void>
  scorer: Scorer
  countryOf: (ip: string) => string | null
  observer: CommitObserver
}

const MAX_ATTEMPTS = 6
/** Sessions that are remembered as they were last written; about a kilobyte each. */
const REMEMBERED_SESSIONS = 20_000
/** Attackers whose history is remembered, and for how long: other servers add to it, too. */
const REMEMBERED_ATTACKERS = 50_000
const HISTORY_AGE_MS = 60_000
/** After a wrong guess, as many groups ask the store first: duplicates come in runs. */
const CAUTIOUS_GROUPS = 20

/**
 * Makes groups of writes durable, one after another.
 *
 * A group is first planned from memory, on the guess that its events are new and its sessions are as this process last
 * wrote them: then one round trip does. The store checks the guess (keys and versions) and refuses the whole group when
 * it is wrong; the group is then planned again from what the store says. So memory only ever saves a question, and
 * several servers may write the same sessions.
 */
export function createCommitter({ store, ensurePartitions, scorer, countryOf, observer }: CommitOptions) {
  const remembered = new LRUCache<string, SessionRow>({ max: REMEMBERED_SESSIONS })
  const histories = new LRUCache<string, AttackerHistory>({ max: REMEMBERED_ATTACKERS, ttl: HISTORY_AGE_MS })
  let cautiousGroups = 0

  return { commitGroup }

  /** Commits a group; data that the database will never accept is found by halving, and goes to the quarantine. */
  async function commitGroup(writes: Write[]): Promise<RecordOutcome[][]> {
    try {
      return await commitWithRetries(writes)
    } catch (error) {
      if (!isUnacceptableData(error)) throw error
      const [first] = writes
      if (writes.length > 1 || !first) {
        const middle = writes.length >> 1
        return [...(await commitGroup(writes.slice(0, middle))), ...(await commitGroup(writes.slice(middle)))]
      }
      if (first.records.length > 1) {
        const middle = first.records.length >> 1
        const halves = [first.records.slice(0, middle), first.records.slice(middle)]
        const outcomes: RecordOutcome[] = []
        for (const records of halves) outcomes.push(...(await commitGroup([{ ...first, records }])).flat())
        return [outcomes]
      }
      const [record] = first.records
      if (!record || 'row' in record) throw error
      return commitWithRetries([{ ...first, records: [{ row: quarantineEvents(record.events, error) }] }])
    }
  }

  async function commitWithRetries(writes: Write[]): Promise<RecordOutcome[][]> {
    const group = gather(writes)
    let guess = cautiousGroups === 0
    if (!guess) cautiousGroups -= 1
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await commitOnce(writes, group, guess)
      } catch (error) {
        for (const id of group.sessionIds) remembered.delete(id)
        const wrongGuess = guess && isConflict(error)
        guess = false
        if (wrongGuess) {
          cautiousGroups = CAUTIOUS_GROUPS
          continue
        }
        const passing = isConflict(error) || error instanceof StoreUnavailableError
        const repairable = isMissingPartition(error)
        if (!(passing || repairable) || attempt >= MAX_ATTEMPTS) throw error
        observer.commitRetried(error, attempt)
        if (repairable) await ensurePartitions()
        // Full jitter: writers that met each other do not meet again. Events are idempotent, so an uncertain commit
        // (the connection broke before its answer) is simply written again.
        else await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }

  async function commitOnce(writes: Write[], group: Group, guess: boolean): Promise<RecordOutcome[][]> {
    const stored = guess ? recall(group) : await ask(group)
    const fresh = group.events.filter(({ id }) => !stored.knownEventIds.has(id))
    const known = fresh.length > 0 ? await historiesOf(fresh) : new Map<string, AttackerHistory>()
    const plan = planCommit(fresh, stored.sessions, scorer, known, group.requestOf)
    for (const session of plan.sessions) session.country ??= countryOf(session.source_ip)
    if (fresh.length > 0) await store.write(fresh, plan)
    for (const attacker of plan.attackers)
      histories.set(attacker.source_ip, withHistory(known.get(attacker.source_ip), attacker))
    for (const session of plan.sessions) remembered.set(session.id, session)
    // After the events, because this is what must not be counted twice.
    if (group.rejected.length > 0) await store.quarantine(group.rejected)
    for (const session of plan.sessions)
      observer.sessionScored(session, group.requestOf.get(session.id) ?? NO_REQUEST)
    if (plan.escalations.length > 0) observer.escalated(plan.escalations.length)
    return outcomesOf(writes, fresh, stored, plan)
  }

  /** Asks the store only for addresses that are not remembered; a history a minute old is good enough to judge by. */
  async function historiesOf(events: readonly Event[]): Promise<Map<string, AttackerHistory>> {
    const found = new Map<string, AttackerHistory>()
    const unknown = new Set<string>()
    for (const { source_ip } of events) {
      const history = histories.get(source_ip)
      if (history) found.set(source_ip, history)
      else unknown.add(source_ip)
    }
    if (unknown.size === 0) return found
    for (const { source_ip, ...history } of await store.attackers([...unknown])) found.set(source_ip, history)
    return found
  }

  function recall({ sessionIds }: Group): StoredContext {
    const sessions = new Map<string, SessionRow>()
    for (const id of sessionIds) {
      const session = remembered.get(id)
      if (session) sessions.set(id, session)
    }
    return { knownEventIds: new Set(), sessions }
  }

  async function ask({ events, sessionIds }: Group): Promise<StoredContext> {
    if (events.length === 0) return { knownEventIds: new Set(), sessions: new Map() }
    return store.read(
      events.map(({ id }) => id),
      [...sessionIds],
    )
  }
}

/** What a group holds, each thing once. */
interface Group {
  events: Event[]
  sessionIds: Set<string>
  /** A request that sent an event of the session, by session. */
  requestOf: Map<string, RequestIds>
  rejected: QuarantineRow[]
}

function gather(writes: readonly Write[]): Group {
  const events = new Map<string, Event>()
  const requestOf = new Map<string, RequestIds>()
  const rejected = new Map<string, QuarantineRow>()
  for (const { records, request_id, traceparent } of writes) {
    const ids = { request_id, traceparent }
    for (const record of records) {
      if ('row' in record) {
        const times_seen = (rejected.get(record.row.id)?.times_seen ?? 0) + 1
        rejected.set(record.row.id, { ...record.row, times_seen })
        continue
      }
      for (const event of record.events) {
        if (!events.has(event.id)) events.set(event.id, event)
        requestOf.set(event.session_id, ids)
      }
    }
  }
  return {
    events: [...events.values()],
    sessionIds: new Set(requestOf.keys()),
    requestOf,
    rejected: [...rejected.values()],
  }
}

/** An event counts for the first record that brought it; the same event again is a duplicate. */
function outcomesOf(
  writes: readonly Write[],
  fresh: readonly Event[],
  stored: StoredContext,
  plan: CommitPlan,
): RecordOutcome[][] {
  const unclaimed = new Set(fresh.map(({ id }) => id))
  const written = new Map(plan.sessions.map((session) => [session.id, session]))
  return writes.map(({ records }) =>
    records.map((record): RecordOutcome => {
      if ('row' in record) {
        const { reason, detail, id } = record.row
        return { status: 'quarantined', reason, detail, quarantine_id: id }
      }
      const new_events = record.events.filter(({ id }) => unclaimed.delete(id))
      const event = record.events[0] as Event
      const session = written.get(event.session_id) ?? stored.sessions.get(event.session_id)
      return {
        status: new_events.length > 0 ? 'accepted' : 'duplicate',
        event,
        new_events,
        threat_score: session?.threat_score ?? 0,
        threat_level: session?.threat_level ?? 'low',
      }
    }),
  )
}
