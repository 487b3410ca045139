import type { Event } from '@eviltwin/contract'
import type { KeyBinding } from '../../domain/key-binding.js'
import { timestampOf } from '../../domain/timestamp.js'
import { inTurns } from '../../domain/turns.js'
import { createUnderWay } from '../../platform/under-way.js'
import { readBehaviours } from '../scoring/index.js'
import { type CommitOptions, createCommitter } from './commit.js'
import { NO_REQUEST } from './commit-plan.js'
import { NO_KEY } from './commit-rows.js'
import { createGroupCommit, type WriteSize } from './group-commit.js'
import type { IdentitiesInUse } from './identities.js'
import { type PreparedRecord, preparingRecords, type Submission } from './prepare.js'
import type { RecordOutcome } from './record-outcome.js'
import { createRowBudget } from './row-budget.js'
import type { Write } from './write-group.js'

/** The way of every record into the store. */
export interface Ingest {
  /**
   * Normalizes, queues and commits; resolves once every record is durable, as events or in the quarantine.
   * A large submission is stored in several transactions: when one fails, those before it are kept, and sending all again does no harm.
   * @throws {TooManyRequestsError | QueueFullError} when too much of its key, or of all, is waiting already; nothing was kept.
   * @throws {StoreUnavailableError} when the database stays unreachable; nothing was acknowledged, send again.
   */
  submit(submission: Submission): Promise<RecordOutcome[]>
  /**
   * Stores events that were kept apart as those of an attacker, as {@link submit} would have; those that are stored already do no harm.
   * @throws as `submit` does.
   */
  restore(events: readonly Event[]): Promise<RecordOutcome[]>
  /** Rows that wait for their commit. */
  queueDepth(): number
  /** Resolves when everything accepted so far is settled. */
  drain(): Promise<void>
}

export interface IngestOptions extends CommitOptions {
  maxQueuedRows: number
  /** Binds a key that is bound to no sensor yet. @returns what it is bound to now: another request may have been first. */
  bindKey: (key_id: string, sensor_id: string) => Promise<KeyBinding>
  /** Which versions of identity are in use; see identities.ts. */
  identitiesInUse: () => IdentitiesInUse
}

/** Larger groups gain little more and make everybody in them wait. A larger request is stored in parts of this size. */
const MAX_GROUP = { rows: 2_000, bytes: 512 * 1024 }
/** Measured at 64 connections on two cores: 2 ms give a third more events a second, 4 ms fewer again. */
const GATHER_MS = 2
const GATHER_ROWS = 200

export function createIngest({ maxQueuedRows, identitiesInUse, bindKey, ...commit }: IngestOptions): Ingest {
  const queue = createGroupCommit<Write, RecordOutcome[]>({
    commit: createCommitter(commit).commitGroup,
    sizeOf: ({ records }) => sizeOf(records),
    ownerOf: ({ key_id }) => key_id,
    maxGroup: MAX_GROUP,
    gatherMs: GATHER_MS,
    gatherRows: GATHER_ROWS,
  })
  const budget = createRowBudget(maxQueuedRows)
  const underWay = createUnderWay()

  async function store(submission: Submission): Promise<RecordOutcome[]> {
    const { request_id, traceparent = '', key_id = NO_KEY } = submission
    return commitRecords(await bindAndPrepare(submission, key_id), { request_id, traceparent, key_id })
  }

  async function commitRecords(
    records: PreparedRecord[],
    from: Pick<Write, 'request_id' | 'traceparent' | 'key_id'>,
  ): Promise<RecordOutcome[]> {
    if (records.length === 0) return []
    const { key_id } = from
    const giveBack = budget.hold(key_id, sizeOf(records).rows)
    try {
      const outcomes: RecordOutcome[][] = []
      // One after another: between two parts the writes of others have their turn.
      for (const part of partsOf(records)) {
        const shown = await readBehaviours(
          part.flatMap((record) => ('events' in record ? record.events : [])),
        )
        outcomes.push(await queue.enqueue({ ...from, records: part, shown }))
      }
      return outcomes.flat()
    } finally {
      giveBack()
    }
  }

  function counted(stored: Promise<RecordOutcome[]>): Promise<RecordOutcome[]> {
    underWay.add(stored)
    return stored
  }

  return {
    submit: (submission) => counted(store(submission)),
    restore: (events) =>
      counted(
        commitRecords(
          events.map((event) => ({ events: [event] })),
          { ...NO_REQUEST, key_id: NO_KEY },
        ),
      ),
    queueDepth: budget.held,
    drain: underWay.settled,
  }

  /** A key that may be unbound is bound in the store before anything of it is accepted: what this process has in memory may be old. */
  async function bindAndPrepare(submission: Submission, key_id: string): Promise<PreparedRecord[]> {
    const received_at = timestampOf(commit.now())
    const records = await inTurns(preparingRecords(submission, received_at, identitiesInUse()))
    if (submission.binding?.kind !== 'unbound') return records
    const first = records.find((record) => 'events' in record)?.events[0]
    if (!first) return records
    const binding = await bindKey(key_id, first.sensor_id)
    return inTurns(preparingRecords({ ...submission, binding }, received_at, identitiesInUse()))
  }
}

/** Rows that a write of these records has, and bytes of attackers in them. */
function sizeOf(records: readonly PreparedRecord[]): WriteSize {
  const size = { rows: 0, bytes: 0 }
  for (const record of records) {
    size.rows += 'events' in record ? record.events.length : 1
    size.bytes += bytesOf(record)
  }
  return size
}

function bytesOf(record: PreparedRecord): number {
  if ('row' in record) return record.row.body.length
  // Each event has the record's own text.
  return record.events.reduce((bytes, { raw }) => bytes + (raw?.length ?? 0), 0)
}

/** The records in their order, in parts of which each fits into a group, or has one record. */
function partsOf(records: readonly PreparedRecord[]): PreparedRecord[][] {
  const parts: PreparedRecord[][] = []
  let part: PreparedRecord[] = []
  let rows = 0
  let bytes = 0
  for (const record of records) {
    const size = sizeOf([record])
    rows += size.rows
    bytes += size.bytes
    if (part.length > 0 && (rows > MAX_GROUP.rows || bytes > MAX_GROUP.bytes)) {
      parts.push(part)
      part = []
      ;({ rows, bytes } = size)
    }
    part.push(record)
  }
  return [...parts, part]
}
