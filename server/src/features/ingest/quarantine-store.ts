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
import { expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import {
  allOf,
  queriesOf,
  rowsBehind,
  type SortKeys,
  statementOf,
  when,
} from '../../platform/postgres/query-builder.js'
import type { Statement } from '../../platform/postgres/statement.js'
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

interface QuarantineTables {
  quarantine: Pick<
    StoredRecord,
    'id' | 'received_at' | 'sensor_id' | 'key_id' | 'reason' | 'detail' | 'times_seen'
  > & { key_sensor_id: string | null; envelope_time: string | null; body: Buffer }
}

const queries = queriesOf<QuarantineTables>()
const { eb } = expressionBuilder<QuarantineTables, 'quarantine'>()
const NEWEST: SortKeys = [
  ['received_at', 'timestamptz'],
  ['id', 'uuid'],
]

/** @param maxRecordBytes of a record that can become an event. */
export function createQuarantineStore(database: Queryable, maxRecordBytes: number): QuarantineStore {
  const replayable = sql<boolean>`(NOT truncated AND octet_length(body) <= ${sql.lit(maxRecordBytes)})`
  return {
    async list(query) {
      const matching = matchingRecords(query)
      const page = await readPage<StoredRecord>(database, {
        rows: matching
          .select(recordColumns(replayable, LIST_EXCERPT_BYTES))
          .where(rowsBehind(query.cursor, '<', NEWEST))
          .orderBy('received_at', 'desc')
          .orderBy('id', 'desc'),
        limit: query.limit,
        keysOf: (row) => [row.received_at, row.id],
        counted: query.count ? matching.select(sql`1`.as('one')) : null,
      })
      return { ...page, items: page.items.map((row) => recordFrom(row, LIST_EXCERPT_BYTES)) }
    },
    async find(id) {
      const record = queries
        .selectFrom('quarantine')
        .select(recordColumns(replayable, EXCERPT_BYTES))
        .where('id', '=', id)
      const [row] = await database.query<StoredRecord>(statementOf(record))
      return row ? recordFrom(row, EXCERPT_BYTES) : null
    },
    async preview(filter) {
      const sums = matchingRecords(filter).select(({ fn }) => [
        fn.countAll().as('records'),
        sql`coalesce(sum(quarantine_charge(body, detail)), 0)::bigint`.as('bytes'),
        sql`count(*) FILTER (WHERE ${replayable})`.as('replayable'),
        sql`now()`.as('as_of'),
      ])
      const [row] = await database.query<QuarantinePreview>(statementOf(sums))
      return row as QuarantinePreview
    },
    async bodies(which, after) {
      const rows = await database.query<QuarantinedBody & { found: number }>(
        bodiesToReplay(which, after, replayable),
      )
      const items = rows.map(({ found: _, ...row }) => row)
      return { items, more: (rows[0]?.found ?? 0) > rows.length }
    },
    async remove(which) {
      const [row] = await database.query<{ deleted: number; bytes: number }>(removalOf(which))
      return row as { deleted: number; bytes: number }
    },
  }
}

/** The columns of a {@link StoredRecord}. @param excerptBytes of each end of its body. */
function recordColumns(replayable: RawBuilder<boolean>, excerptBytes: number) {
  return [
    'id',
    'received_at',
    'sensor_id',
    'key_id',
    'reason',
    'detail',
    'times_seen',
    sql`coalesce(full_size, octet_length(body))`.as('size_bytes'),
    sql`encode(sha256, 'hex')`.as('sha256'),
    replayable.as('replayable'),
    sql`substring(body FROM 1 FOR ${sql.lit(excerptBytes)})`.as('head'),
    sql`CASE WHEN truncated THEN substring(body FROM octet_length(body) - ${sql.lit(excerptBytes - 1)}) END`.as(
      'last',
    ),
  ] as const
}

function bodiesToReplay(
  which: QuarantineSelection,
  after: string,
  replayable: RawBuilder<boolean>,
): Statement {
  const page = matchingRecords(which)
    .select(['id', 'key_id', 'key_sensor_id', 'sensor_id', 'reason', 'envelope_time', 'body'])
    .select([
      replayable.as('replayable'),
      sql`CASE WHEN ${replayable} THEN octet_length(body) ELSE 0 END`.as('bytes'),
    ])
    .where(sql<SqlBool>`id > ${after}::uuid`)
    .orderBy('id')
    .limit(PAGE_RECORDS + 1)
  return statementOf(sql`
    SELECT id, key_id, key_sensor_id, sensor_id, reason, envelope_time, CASE WHEN replayable THEN body END AS body, found FROM (
      SELECT *, row_number() OVER by_id AS place, count(*) OVER () AS found, sum(bytes) OVER by_id - bytes AS bytes_before
      FROM ${page} page WINDOW by_id AS (ORDER BY id)
    ) sized WHERE bytes_before < ${sql.lit(REPLAY_PAGE_BYTES)} AND place <= ${sql.lit(PAGE_RECORDS)} ORDER BY id`)
}

/** Oldest first, as the eviction does: two that delete the same records do not wait for each other in a circle. */
function removalOf(which: QuarantineSelection): Statement {
  const page = matchingRecords(which)
    .select(['id', 'received_at', sql`quarantine_charge(body, detail)`.as('bytes')])
    .orderBy('received_at')
    .orderBy('id')
    .limit(PAGE_RECORDS)
    .forUpdate()
  return statementOf(sql`
    WITH page AS ${page}, gone AS (
      DELETE FROM quarantine WHERE id IN (
        SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY received_at, id) - bytes AS bytes_before FROM page) sized
        WHERE bytes_before < ${sql.lit(REMOVAL_BYTES)}
      ) RETURNING quarantine_charge(body, detail) AS bytes
    )
    SELECT count(*) AS deleted, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone`)
}

function matchingRecords({ ids, reason, sensor_id, key_id, from, to }: QuarantineSelection) {
  const matches = [
    when(ids, (some) => sql`id = ANY (${some}::uuid[])`),
    when(reason, (value) => eb('reason', '=', value)),
    when(sensor_id, (id) => eb('sensor_id', '=', id)),
    when(key_id, (owner) => sql`key_id = ${storedOwner(owner)}::uuid`),
    when(from, (time) => sql`received_at >= ${time}::timestamptz`),
    when(to, (time) => sql`received_at < ${time}::timestamptz`),
  ]
  return queries.selectFrom('quarantine').where(allOf(matches))
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
