import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '@eviltwin/contract'
import type { RequestIds } from '../../domain/request-ids.js'
import type { SessionRow } from '../../domain/session.js'
import { StoreUnavailableError } from '../../platform/errors.js'
import { isConflict, isMissingPartition } from '../../platform/postgres/sqlstate.js'
import type { Scorer } from '../scoring/index.js'
import { NO_REQUEST, planCommit } from './commit-plan.js'
import type { CommitPlan } from './commit-rows.js'
import { createContextReader } from './context-reader.js'
import { type CommitGroup, halvingUnacceptable } from './halving.js'
import type { QuarantineQuota } from './quarantine-quota.js'
import { outcomesOf, type RecordOutcome } from './record-outcome.js'
import type { IngestStore, StoredContext } from './store.js'
import { gather, type Write, type WriteGroup } from './write-group.js'

/** What the pipeline tells whoever listens. Nothing here may fail or wait. */
export interface CommitObserver {
  sessionScored(session: SessionRow, ids: RequestIds): void
  /** What analysts should be told is durable, and waits. */
  escalated(count: number): void
  commitRetried(error: unknown, attempt: number): void
}

export interface CommitOptions {
  store: IngestStore
  /** Keeps the quarantine within its limits after a group added to it. */
  quota: QuarantineQuota
  /** Makes sure the events of today have a partition. */
  ensurePartitions: () => Promise<void>
  scorer: Scorer
  countryOf: (ip: string) => string | null
  observer: CommitObserver
  /** Milliseconds since the epoch. */
  now: () => number
}

const MAX_ATTEMPTS = 6
/** After a wrong guess, as many groups ask the store first: duplicates come in runs. */
const CAUTIOUS_GROUPS = 20

/** What a group comes to, before it is durable. */
interface PlannedCommit {
  fresh: Event[]
  stored: StoredContext
  plan: CommitPlan
}

/**
 * Makes groups of writes durable, one after another.
 *
 * A group is first planned from memory, on the guess that its events are new and its sessions are as this process last
 * wrote them: then one round trip does. The store checks the guess (keys and versions) and refuses the whole group when
 * it is wrong; the group is then planned again from what the store says. So memory only ever saves a question, and
 * several servers may write the same sessions.
 *
 * A group is one transaction. When the connection breaks before its answer, nobody knows whether it was committed: the store
 * is asked for the group's own id, and what was planned is answered if it is there.
 */
export function createCommitter(options: CommitOptions): { commitGroup: CommitGroup } {
  const { store, quota, scorer, countryOf, observer } = options
  const context = createContextReader(store)
  let cautiousGroups = 0

  return { commitGroup: halvingUnacceptable(commitWithRetries) }

  async function commitWithRetries(writes: Write[]): Promise<RecordOutcome[][]> {
    const group = gather(writes)
    let guess = cautiousGroups === 0
    cautiousGroups = Math.max(0, cautiousGroups - 1)
    let uncertain: PlannedCommit | null = null
    for (let attempt = 1; ; attempt += 1) {
      let planned: PlannedCommit | null = null
      try {
        const stored = await (guess ? context.readCache(group) : context.readStore(group))
        if (uncertain && stored.isCommitted) return settle(writes, group, uncertain)
        planned = planFrom(group, stored)
        await makeDurable(group, planned)
        return settle(writes, group, planned)
      } catch (error) {
        context.evict(group)
        const isWrongGuess = guess && isConflict(error)
        guess = false
        if (isWrongGuess) cautiousGroups = CAUTIOUS_GROUPS
        else await repairOrRethrow(error, attempt, options)
        uncertain = inDoubtAfter(error, planned) ?? uncertain
      }
    }
  }

  async function makeDurable(group: WriteGroup, { fresh, plan }: PlannedCommit): Promise<void> {
    if (fresh.length > 0 || group.rejected.length > 0) await store.write(group, fresh, plan)
    // Before the next group: what is held exceeds the limits by one group at most.
    if (group.rejected.length > 0) await quota.enforce()
  }

  function planFrom(group: WriteGroup, stored: StoredContext): PlannedCommit {
    const fresh = group.events.filter(({ id }) => !stored.knownEventIds.has(id))
    const plan = planCommit(fresh, stored.sessions, scorer, group.requestOf, group.shown)
    for (const session of plan.sessions) session.country ??= countryOf(session.source_ip)
    return { fresh, stored, plan }
  }

  /** What was planned is durable: remembers it, states it, and answers. */
  function settle(
    writes: readonly Write[],
    group: WriteGroup,
    { fresh, stored, plan }: PlannedCommit,
  ): RecordOutcome[][] {
    context.cache(plan)
    for (const session of plan.sessions)
      observer.sessionScored(session, group.requestOf.get(session.id) ?? NO_REQUEST)
    if (plan.escalations.length > 0) observer.escalated(plan.escalations.length)
    return outcomesOf(writes, fresh, stored, plan)
  }
}

/** What may be durable although its answer was lost. */
function inDoubtAfter(error: unknown, planned: PlannedCommit | null): PlannedCommit | null {
  return error instanceof StoreUnavailableError ? planned : null
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
