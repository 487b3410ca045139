import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Event, RejectionReason, ThreatLevel } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'
import { StoreUnavailableError } from '../errors.js'
import type { Scorer } from '../scoring/scorer.js'
import { Rejection, type SensorContext } from '../sensors/adapter.js'
import { cleanText } from '../sensors/fields.js'
import { normalize } from '../sensors/normalize.js'
import { timestampOf } from '../sensors/timestamp.js'
import type { QuarantineRow, SessionRow } from '../store/ingest-rows.js'
import type { IngestStore } from '../store/ingest-store.js'
import { isConflict, isMissingPartition, isUnacceptableData } from '../store/sqlstate.js'
import { planCommit } from './commit-plan.js'
import { createGroupCommit } from './group-commit.js'
import type { ReadRecord } from './read-records.js'

/** Who sends, and what the sender said about the request as a whole. */
export interface Submission {
  request_id: string
  /** The sensor that the sender's key is bound to. */
  key_sensor_id?: string
  default_sensor_id?: string
  idempotency_key?: string
  records: readonly ReadRecord[]
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
export interface IngestObserver {
  sessionScored(session: SessionRow, request_id: string): void
  commitRetried(error: unknown, attempt: number): void
}

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

export interface IngestOptions {
  store: IngestStore
  /** Makes sure the events of today have a partition. */
  ensurePartitions: () => Promise<void>
  scorer: Scorer
  observer: IngestObserver
  /** Milliseconds since the epoch. */
  now: () => number
  maxQueuedRows: number
}

/** Larger groups gain little more and make everybody in them wait. */
const MAX_BATCH_ROWS = 2_000
const MAX_ATTEMPTS = 6
const QUARANTINE_NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17003'

type PreparedRecord = { events: readonly Event[] } | { row: QuarantineRow }

interface Write {
  request_id: string
  records: readonly PreparedRecord[]
}

export function createIngest({
  store,
  ensurePartitions,
  scorer,
  observer,
  now,
  maxQueuedRows,
}: IngestOptions): Ingest {
  const queue = createGroupCommit<Write, RecordOutcome[]>({
    commit: commitGroup,
    rowsOf: ({ records }) =>
      records.reduce((rows, record) => rows + ('events' in record ? record.events.length : 1), 0),
    maxBatchRows: MAX_BATCH_ROWS,
    maxQueuedRows,
  })

  return {
    async submit(submission) {
      const received_at = timestampOf(now())
      const records = submission.records.map((record, index) =>
        prepare(record, index, submission, received_at),
      )
      return records.length === 0 ? [] : queue.enqueue({ request_id: submission.request_id, records })
    },
    queueDepth: queue.queuedRows,
    drain: queue.drain,
  }

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
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await commitOnce(writes)
      } catch (error) {
        const passing = isConflict(error) || error instanceof StoreUnavailableError
        const repairable = isMissingPartition(error)
        if (!(passing || repairable) || attempt === MAX_ATTEMPTS) throw error
        observer.commitRetried(error, attempt)
        if (repairable) await ensurePartitions()
        // Full jitter: writers that met each other do not meet again. Events are idempotent, so an uncertain commit
        // (the connection broke before its answer) is simply written again.
        else await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }

  async function commitOnce(writes: Write[]): Promise<RecordOutcome[][]> {
    const distinct = new Map<string, { event: Event; request_id: string }>()
    const rejected = new Map<string, QuarantineRow>()
    for (const { records: ofWrite, request_id } of writes) {
      for (const record of ofWrite) {
        if ('row' in record) {
          const times_seen = (rejected.get(record.row.id)?.times_seen ?? 0) + 1
          rejected.set(record.row.id, { ...record.row, times_seen })
        } else {
          for (const event of record.events)
            if (!distinct.has(event.id)) distinct.set(event.id, { event, request_id })
        }
      }
    }
    const sessionIds = new Set<string>()
    for (const { event } of distinct.values()) sessionIds.add(event.session_id)
    const stored = distinct.size > 0 ? await store.read([...distinct.keys()], [...sessionIds]) : undefined
    const fresh = [...distinct.values()].filter(({ event }) => !stored?.knownEventIds.has(event.id))
    const plan = planCommit(
      fresh.map(({ event }) => event),
      stored?.sessions ?? new Map(),
      scorer,
    )
    if (fresh.length > 0)
      await store.write(
        fresh.map(({ event }) => event),
        plan,
      )
    // After the events: this is what must not be counted twice, and nothing after it can fail.
    if (rejected.size > 0) await store.quarantine([...rejected.values()])

    const sessions = new Map([
      ...(stored?.sessions ?? []),
      ...plan.sessions.map((row) => [row.id, row] as const),
    ])
    const requestOf = new Map(fresh.map(({ event, request_id }) => [event.session_id, request_id]))
    for (const session of plan.sessions) observer.sessionScored(session, requestOf.get(session.id) ?? '')

    const unclaimed = new Set(fresh.map(({ event }) => event.id))
    const outcomeOf = (record: PreparedRecord): RecordOutcome => {
      if ('row' in record) {
        const { reason, detail, id } = record.row
        return { status: 'quarantined', reason, detail, quarantine_id: id }
      }
      const new_events = record.events.filter((event) => unclaimed.delete(event.id))
      const event = record.events[0] as Event
      const session = sessions.get(event.session_id)
      return {
        status: new_events.length > 0 ? 'accepted' : 'duplicate',
        event,
        new_events,
        threat_score: session?.threat_score ?? 0,
        threat_level: session?.threat_level ?? 'low',
      }
    }
    return writes.map((write) => write.records.map(outcomeOf))
  }
}

function prepare(
  record: ReadRecord,
  index: number,
  submission: Submission,
  received_at: string,
): PreparedRecord {
  const { key_sensor_id, default_sensor_id, idempotency_key } = submission
  if ('rejection' in record)
    return { row: quarantineRow(record.bytes, record.rejection, received_at, key_sensor_id) }
  const context: SensorContext = {
    received_at,
    ...(key_sensor_id !== undefined && { sensor_id: key_sensor_id }),
    ...(default_sensor_id !== undefined && { default_sensor_id }),
    // One key may cover a batch; its records are told apart by their place in it.
    ...(idempotency_key !== undefined && { idempotency_key: `${idempotency_key}\n${index}` }),
  }
  const events = normalize(record.json, record.raw, context)
  if (!(events instanceof Rejection)) return { events }
  return { row: quarantineRow(Buffer.from(record.raw), events, received_at, key_sensor_id) }
}

function quarantineRow(
  body: Buffer,
  { reason, detail }: Rejection,
  received_at: string,
  key_sensor_id: string | undefined,
): QuarantineRow {
  // The same bytes sent again are the same record, however often a sensor retries.
  const digest = createHash('sha256').update(body).digest('hex')
  return {
    id: uuidV5(`${key_sensor_id ?? ''}\n${digest}`, QUARANTINE_NAMESPACE),
    received_at,
    sensor_id: key_sensor_id ?? null,
    key_sensor_id: key_sensor_id ?? null,
    reason,
    detail: cleanText(detail, 500),
    times_seen: 1,
    body,
  }
}

/** An event that was normalized but that PostgreSQL refuses: a gap in our normalization, so nothing may be lost. */
function quarantineEvents(events: readonly Event[], error: unknown): QuarantineRow {
  const [event] = events as [Event]
  const rejection = new Rejection(
    'normalization_failed',
    `the database refused it: ${(error as Error).message}`,
  )
  return quarantineRow(
    Buffer.from(event.raw ?? JSON.stringify(event)),
    rejection,
    event.received_at,
    event.sensor_id,
  )
}
