import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '@eviltwin/contract'
import type { RequestIds } from '../../domain/request-ids.js'
import type { SessionRow } from '../../domain/session.js'
import { markersIn } from '../../domain/synthetic-marker.js'
import { StoreUnavailableError } from '../../platform/errors.js'
import { createOneAtATime } from '../../platform/one-at-a-time.js'
import { isConflict, isMissingPartition } from '../../platform/postgres/sqlstate.js'
import type { Scorer } from '../scoring/index.js'
import { createCacheTrust } from './cache-trust.js'
import { NO_REQUEST } from './commit-plan.js'
import { createContextReader } from './context-reader.js'
import { type CommitGroup, halvingUnacceptable } from './halving.js'
import { type PlannedCommit, planGroup } from './planned-commit.js'
import type { QuarantineQuota } from './quarantine-quota.js'
import { outcomesOf, type RecordOutcome } from './record-outcome.js'
import type { IngestStore, StoredContext } from './store.js'
import { NO_SYNTHETIC_RUNS, type SyntheticRuns, textOf } from './synthetic-runs.js'
import { gather, type Write, type WriteGroup } from './write-group.js'

/** What is observed of commits. Nothing here may fail or wait. */
export interface CommitObserver {
  sessionScored(session: SessionRow, ids: RequestIds): void
  /** As many escalations are durable, and wait for the alert manager. */
  escalated(count: number): void
  commitRetried(error: unknown, attempt: number): void
  /** An event of an attacker carries what looks like a marker of an attack of the platform. */
  markerIgnored?(event: Event, marker: string): void
}

/** What groups are planned with, and written to. */
export interface CommitOptions {
  store: IngestStore
  /** Keeps the quarantine within its limits after a group added to it. */
  quota: QuarantineQuota
  /** Makes sure the events of today have a partition. */
  ensurePartitions: () => Promise<void>
  scorer: Scorer
  countryOf: (ip: string) => string | null
  /** Whether commits leave their totals for the leader to add up, so that writers beside this one do not wait for each other. */
  appendTotals?: boolean
  /** The attacks of the platform itself, whose events are kept apart; unset: there are none. */
  syntheticRuns?: SyntheticRuns
  observer: CommitObserver
  /** Milliseconds since the epoch. */
  now: () => number
}

const MAX_ATTEMPTS = 6

/** What was planned while another group was written, and how many attempts had failed by then. */
interface PlannedAhead {
  planned: PlannedCommit
  failedAttempts: number
}

/** A group on its way through its attempts. */
interface Work {
  /** Whether it is planned from the cache. */
  fromCache: boolean
  planned: PlannedCommit | null
  /** What may be durable although its answer was lost. */
  uncertain: PlannedCommit | null
}

/**
 * Makes groups of writes durable, one after another; while one is written the next one may be planned, as if the first had succeeded.
 *
 * Concurrency is optimistic: a group is first planned from the cache, as if its events were new and its sessions were as this process last
 * wrote them; then one round trip does. The store checks keys and versions and refuses the whole group on a conflict; the group is then
 * planned again from what the store has. So the cache only ever saves a read, and several servers may write the same sessions.
 *
 * A group is one transaction. When the connection breaks before its answer, nobody knows whether it was committed: the
 * group's own id is looked up in the store, and what was planned is answered if it is there.
 */
export function createCommitter(options: CommitOptions): { commitGroup: CommitGroup } {
  const context = createContextReader(options.store)
  const { syntheticRuns = NO_SYNTHETIC_RUNS } = options
  const inTurn = createOneAtATime()
  const trust = createCacheTrust()

  return { commitGroup: halvingUnacceptable(commitInTurn) }

  /** Plans at once where the cache suffices, and writes once the group before is settled. */
  function commitInTurn(writes: Write[]): Promise<RecordOutcome[][]> {
    const group = gather(writes, syntheticRuns.concerned)
    const readsFirst = group.suspects.length > 0
    const ahead = trust.mayPlanAhead(readsFirst)
      ? { planned: plan(group, context.readCache(group)), failedAttempts: trust.failedAttempts() }
      : null
    if (readsFirst) trust.readerWaits()
    return inTurn(() => commitWithRetries(writes, group, ahead).finally(() => trust.endTurn(readsFirst)))
  }

  async function commitWithRetries(writes: Write[], group: WriteGroup, ahead: PlannedAhead | null) {
    const work = begin(group, ahead)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce(writes, group, work)
      } catch (error) {
        forget(group)
        if (prepareNextAttempt(work, error).wasConflict) trust.conflicted()
        else await repairOrRethrow(error, attempt, options)
      }
    }
  }

  function begin(group: WriteGroup, ahead: PlannedAhead | null): Work {
    const isStale = ahead !== null && ahead.failedAttempts !== trust.failedAttempts()
    if (isStale) forget(group)
    const fromCache = trust.takeTurn() && !isStale && group.suspects.length === 0
    return { fromCache, planned: isStale ? null : (ahead?.planned ?? null), uncertain: null }
  }

  async function attemptOnce(writes: Write[], group: WriteGroup, work: Work) {
    if (!work.planned) {
      const stored = await (work.fromCache ? context.readCache(group) : context.readStore(group))
      if (work.uncertain && stored.isCommitted) return settle(writes, group, work.uncertain, options.observer)
      work.planned = plan(group, stored)
    }
    await makeDurable(group, work.planned, options)
    return settle(writes, group, work.planned, options.observer)
  }

  /** An attempt of this group failed: its sessions are not as they were planned, nor is what was planned after it. */
  function forget(group: WriteGroup): void {
    context.evict(group)
    trust.attemptFailed()
  }

  function plan(group: WriteGroup, stored: StoredContext): PlannedCommit {
    const planned = planGroup(group, stored, { ...options, syntheticRuns })
    context.cache(planned.plan)
    return planned
  }
}

/** Prepares another attempt after one that failed. @returns whether it failed because the cache was out of date. */
function prepareNextAttempt(work: Work, error: unknown): { wasConflict: boolean } {
  const wasConflict = work.fromCache && isConflict(error)
  if (error instanceof StoreUnavailableError) work.uncertain = work.planned ?? work.uncertain
  work.planned = null
  work.fromCache = false
  return { wasConflict }
}

async function makeDurable(
  group: WriteGroup,
  { fresh, statement, synthetic }: PlannedCommit,
  { store, quota }: Pick<CommitOptions, 'store' | 'quota'>,
): Promise<void> {
  if (synthetic) await store.writeBoth(statement, synthetic, group.groupId)
  else if (fresh.length > 0 || group.rejected.length > 0) await store.write(statement)
  // Before the next group: what is held exceeds the limits by one group at most.
  if (group.rejected.length > 0) await quota.enforce()
}

/** What was planned is durable: reports it to the observer, and answers. */
function settle(
  writes: readonly Write[],
  group: WriteGroup,
  { fresh, stored, plan, synthetic }: PlannedCommit,
  observer: CommitObserver,
): RecordOutcome[][] {
  for (const session of plan.sessions)
    observer.sessionScored(session, group.requestOf.get(session.id) ?? NO_REQUEST)
  const escalations = plan.escalations.length + (synthetic?.escalations.length ?? 0)
  if (escalations > 0) observer.escalated(escalations)
  const { markerIgnored } = observer
  if (markerIgnored)
    for (const event of fresh) for (const marker of markersIn(textOf(event))) markerIgnored(event, marker)
  return outcomesOf(writes, fresh, stored, plan, synthetic)
}

/** Waits or repairs what another attempt may get over. @throws {unknown} what none does. */
async function repairOrRethrow(
  error: unknown,
  attempt: number,
  { observer, ensurePartitions }: Pick<CommitOptions, 'observer' | 'ensurePartitions'>,
): Promise<void> {
  const passing = isConflict(error) || error instanceof StoreUnavailableError
  const repairable = isMissingPartition(error)
  if (!(passing || repairable) || attempt >= MAX_ATTEMPTS) throw error
  observer.commitRetried(error, attempt)
  if (repairable) await ensurePartitions()
  // Full jitter: writers that met each other do not meet again.
  else await sleep(Math.random() * 20 * 2 ** attempt)
}
