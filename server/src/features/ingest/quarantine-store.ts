import { isUtf8 } from 'node:buffer'
import type {
  Page,
  QuarantinedRecord,
  QuarantineFilter,
  QuarantineOwner,
  QuarantinePreview,
  QuarantineQuery,
  RejectionReason,
} from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { NO_KEY, UNKNOWN_KEY } from './commit-rows.js'

/** A quarantined record, to try it again. */
export interface QuarantinedBody {
  id: string
  key_id: string
  key_sensor_id: string | null
  sensor_id: string | null
  reason: RejectionReason
  /** The time that its envelope states, where that is kept. */
  envelope_time: string | null
  /** Null where it cannot become an event: it is larger than a record may be, or only its two ends are kept. */
  body: Buffer | null
}

/** Records by their ids, or those that match a filter. */
export interface QuarantineSelection extends QuarantineFilter {
  ids?: readonly string[] | undefined
}

export interface QuarantineStore {
  list(query: QuarantineQuery): Promise<Page<QuarantinedRecord>>
  /** One record with longer excerpts; null when it is not there. */
  find(id: string): Promise<QuarantinedRecord | null>
  preview(filter: QuarantineFilter): Promise<QuarantinePreview>
  /**
   * Records to try again, in the order of their ids, after the given one: at most 1,000 and 8 MiB, but at least one.
   * `more`: there are further ones.
   */
  bodies(which: QuarantineSelection, after: string): Promise<{ items: QuarantinedBody[]; more: boolean }>
  /** Deletes the oldest that match: at most 1,000 records and 64 MiB. */
  remove(which: QuarantineSelection): Promise<{ deleted: number; bytes: number }>
}

const LIST_EXCERPT_BYTES = 2_000
const EXCERPT_BYTES = 4 * 1024
const PAGE_RECORDS = 1_000
const REPLAY_PAGE_BYTES = 8 * 1024 * 1024
const REMOVAL_BYTES = 64 * 1024 * 1024

type StoredRecord = Omit<QuarantinedRecord, 'excerpt' | 'encoding' | 'tail' | 'key_id'> & {
  key_id: string
  head: Buffer
  last: Buffer | null
}

/** @param maxRecordBytes of a record that can become an event. */
export function createQuarantineStore(database: Queryable, maxRecordBytes: number): QuarantineStore {
  const replayable = `(NOT truncated AND octet_length(body) <= ${maxRecordBytes})`
  const columns = (excerptBytes: number) => `id, received_at, sensor_id, key_id, reason, detail, times_seen,
    coalesce(full_size, octet_length(body)) AS size_bytes, encode(sha256, 'hex') AS sha256, ${replayable} AS replayable,
    substring(body FROM 1 FOR ${excerptBytes}) AS head,
    CASE WHEN truncated THEN substring(body FROM octet_length(body) - ${excerptBytes - 1}) END AS last`

  return {
    async list(query) {
      const conditions = conditionsOf(query)
      const counted = query.count ? count(conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [receivedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(received_at, id) < (?::timestamptz, ?::uuid)', receivedAt, id)
      }
      const rows = await database.query<StoredRecord>({
        text: `SELECT ${columns(LIST_EXCERPT_BYTES)}
          FROM quarantine${conditions.where()} ORDER BY received_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      const page = pageFrom(rows, query.limit, (row) => [row.received_at, row.id])
      return {
        items: page.items.map((row) => recordFrom(row, LIST_EXCERPT_BYTES)),
        next_cursor: page.next_cursor,
        ...(total !== undefined && { total }),
      }
    },
    async find(id) {
      const [row] = await database.query<StoredRecord>({
        text: `SELECT ${columns(EXCERPT_BYTES)} FROM quarantine WHERE id = $1`,
        values: [id],
      })
      return row ? recordFrom(row, EXCERPT_BYTES) : null
    },
    async preview(filter) {
      const conditions = conditionsOf(filter)
      const [row] = await database.query<QuarantinePreview>({
        text: `SELECT count(*) AS records, coalesce(sum(quarantine_charge(body, detail)), 0)::bigint AS bytes,
            count(*) FILTER (WHERE ${replayable}) AS replayable, now() AS as_of
          FROM quarantine${conditions.where()}`,
        values: conditions.values,
      })
      return row as QuarantinePreview
    },
    async bodies(which, after) {
      const conditions = conditionsOf(which).add('id > ?::uuid', after)
      const rows = await database.query<QuarantinedBody & { found: number }>({
        text: `SELECT id, key_id, key_sensor_id, sensor_id, reason, envelope_time, CASE WHEN replayable THEN body END AS body, found FROM (
            SELECT *, row_number() OVER by_id AS place, count(*) OVER () AS found,
              sum(bytes) OVER by_id - bytes AS bytes_before
            FROM (
              SELECT id, key_id, key_sensor_id, sensor_id, reason, envelope_time, body, ${replayable} AS replayable,
                CASE WHEN ${replayable} THEN octet_length(body) ELSE 0 END AS bytes
              FROM quarantine${conditions.where()} ORDER BY id LIMIT ${PAGE_RECORDS + 1}
            ) page WINDOW by_id AS (ORDER BY id)
          ) sized WHERE bytes_before < ${REPLAY_PAGE_BYTES} AND place <= ${PAGE_RECORDS} ORDER BY id`,
        values: conditions.values,
      })
      const items = rows.map(({ found: _, ...row }) => row)
      return { items, more: (rows[0]?.found ?? 0) > rows.length }
    },
    async remove(which) {
      const conditions = conditionsOf(which)
      const [row] = await database.query<{ deleted: number; bytes: number }>({
        // Oldest first, as the eviction does: two that delete the same records do not wait for each other in a circle.
        text: `WITH page AS (
            SELECT id, received_at, quarantine_charge(body, detail) AS bytes
            FROM quarantine${conditions.where()} ORDER BY received_at, id LIMIT ${PAGE_RECORDS} FOR UPDATE
          ), gone AS (
            DELETE FROM quarantine WHERE id IN (
              SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY received_at, id) - bytes AS bytes_before FROM page) sized
              WHERE bytes_before < ${REMOVAL_BYTES}
            ) RETURNING quarantine_charge(body, detail) AS bytes
          )
          SELECT count(*) AS deleted, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone`,
        values: conditions.values,
      })
      return row as { deleted: number; bytes: number }
    },
  }

  async function count(conditions: Conditions): Promise<number> {
    const [row] = await database.query<{ count: number }>({
      text: `SELECT count(*) FROM quarantine${conditions.where()}`,
      values: conditions.values,
    })
    return row?.count ?? 0
  }
}

function conditionsOf({ ids, reason, sensor_id, key_id, from, to }: QuarantineSelection): Conditions {
  const conditions = new Conditions()
  if (ids !== undefined) conditions.add('id = ANY (?::uuid[])', ids)
  if (reason !== undefined) conditions.add('reason = ?', reason)
  if (sensor_id !== undefined) conditions.add('sensor_id = ?', sensor_id)
  if (key_id !== undefined) conditions.add('key_id = ?::uuid', storedOwner(key_id))
  if (from !== undefined) conditions.add('received_at >= ?::timestamptz', from)
  if (to !== undefined) conditions.add('received_at < ?::timestamptz', to)
  return conditions
}

function recordFrom({ head, last, key_id, ...row }: StoredRecord, excerptBytes: number): QuarantinedRecord {
  return {
    ...row,
    key_id: ownerFrom(key_id),
    excerpt: head.toString('utf8'),
    tail: last === null ? null : last.toString('utf8'),
    encoding: isUtf8(head) || row.size_bytes > excerptBytes ? 'utf-8' : 'binary',
  }
}

/** How the API names the key of a row. */
export function ownerFrom(key_id: string): QuarantineOwner {
  if (key_id === NO_KEY) return 'none'
  return key_id === UNKNOWN_KEY ? 'unknown' : key_id
}

function storedOwner(owner: QuarantineOwner): string {
  if (owner === 'none') return NO_KEY
  return owner === 'unknown' ? UNKNOWN_KEY : owner
}
