import { timestampOf } from '../../domain/timestamp.js'
import { type CommitOptions, createCommitter } from './commit.js'
import { NO_KEY } from './commit-rows.js'
import { createGroupCommit } from './group-commit.js'
import type { IdentitiesInUse } from './identities.js'
import { prepareRecords, type Submission } from './prepare.js'
import type { RecordOutcome } from './record-outcome.js'
import type { Write } from './write-group.js'

/** The way of every record into the store. */
export interface Ingest {
  /**
   * Normalizes, queues and commits; resolves once every record is durable, as events or in the quarantine.
   * @throws {QueueFullError} at once, when too much is waiting already.
   * @throws {StoreUnavailableError} when the database stays unreachable; nothing was acknowledged, send again.
   */
  submit(submission: Submission): Promise<RecordOutcome[]>
  /** Rows that wait for their commit. */
  queueDepth(): number
  /** Resolves when everything accepted so far is settled. */
  drain(): Promise<void>
}

export interface IngestOptions extends CommitOptions {
  maxQueuedRows: number
  /** Which versions of identity are in use; see identities.ts. */
  identitiesInUse: () => IdentitiesInUse
}

/** Larger groups gain little more and make everybody in them wait. */
const MAX_BATCH_ROWS = 2_000
/** Measured at 64 connections on two cores: 2 ms give a third more events a second, 4 ms fewer again. */
const GATHER_MS = 2
const GATHER_ROWS = 200

export function createIngest({ maxQueuedRows, identitiesInUse, ...commit }: IngestOptions): Ingest {
  const queue = createGroupCommit<Write, RecordOutcome[]>({
    commit: createCommitter(commit).commitGroup,
    rowsOf: ({ records }) =>
      records.reduce((rows, record) => rows + ('events' in record ? record.events.length : 1), 0),
    maxBatchRows: MAX_BATCH_ROWS,
    gatherMs: GATHER_MS,
    gatherRows: GATHER_ROWS,
    maxQueuedRows,
  })
  return {
    async submit(submission) {
      const { request_id, traceparent = '', key_id = NO_KEY } = submission
      const records = prepareRecords(submission, timestampOf(commit.now()), identitiesInUse())
      if (records.length === 0) return []
      return queue.enqueue({ request_id, traceparent, key_id, records })
    },
    queueDepth: queue.queuedRows,
    drain: queue.drain,
  }
}
