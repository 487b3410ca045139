import type { KeyBinding } from '../../domain/key-binding.js'
import { timestampOf } from '../../domain/timestamp.js'
import { type CommitOptions, createCommitter } from './commit.js'
import { NO_KEY } from './commit-rows.js'
import { createGroupCommit } from './group-commit.js'
import type { IdentitiesInUse } from './identities.js'
import { type PreparedRecord, prepareRecords, type Submission } from './prepare.js'
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
  /** Binds a key that is bound to no sensor yet. @returns what it is bound to now: another request may have been first. */
  bindKey: (key_id: string, sensor_id: string) => Promise<KeyBinding>
  /** Which versions of identity are in use; see identities.ts. */
  identitiesInUse: () => IdentitiesInUse
}

/** Larger groups gain little more and make everybody in them wait. */
const MAX_BATCH_ROWS = 2_000
/** Measured at 64 connections on two cores: 2 ms give a third more events a second, 4 ms fewer again. */
const GATHER_MS = 2
const GATHER_ROWS = 200

export function createIngest({ maxQueuedRows, identitiesInUse, bindKey, ...commit }: IngestOptions): Ingest {
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
      const records = await bindAndPrepare(submission, key_id)
      if (records.length === 0) return []
      return queue.enqueue({ request_id, traceparent, key_id, records })
    },
    queueDepth: queue.queuedRows,
    drain: queue.drain,
  }

  /** A key that may be unbound is bound in the store before anything of it is accepted: what this process has in memory may be old. */
  async function bindAndPrepare(submission: Submission, key_id: string): Promise<PreparedRecord[]> {
    const received_at = timestampOf(commit.now())
    const records = prepareRecords(submission, received_at, identitiesInUse())
    if (submission.binding?.kind !== 'unbound') return records
    const first = records.find((record) => 'events' in record)?.events[0]
    if (!first) return records
    const binding = await bindKey(key_id, first.sensor_id)
    return prepareRecords({ ...submission, binding }, received_at, identitiesInUse())
  }
}
