import { isUtf8 } from 'node:buffer'
import type { Page, QuarantinedRecord, QuarantineQuery, RejectionReason } from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

/** A quarantined record with its bytes, to try it again. */
export interface QuarantinedBody {
  id: string
  key_sensor_id: string | null
  body: Buffer
}

export interface QuarantineStore {
  list(query: QuarantineQuery): Promise<Page<QuarantinedRecord>>
  /** Records to try again, oldest first, after the given id in that order; by ids, by reason, or all. */
  bodies(
    which: { ids?: string[]; reason?: RejectionReason },
    limit: number,
    after: string,
  ): Promise<QuarantinedBody[]>
  remove(ids: readonly string[]): Promise<void>
  /** Bytes that the quarantine takes on disk. */
  size(): Promise<number>
}

const EXCERPT_BYTES = 2_000

export function createQuarantineStore(database: Queryable): QuarantineStore {
  return {
    async list(query) {
      const conditions = new Conditions()
      if (query.reason !== undefined) conditions.add('reason = ?', query.reason)
      const counted = query.count ? count(conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [receivedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(received_at, id) < (?::timestamptz, ?::uuid)', receivedAt, id)
      }
      const rows = await database.query<Omit<QuarantinedRecord, 'excerpt' | 'encoding'> & { head: Buffer }>({
        text: `SELECT id, received_at, sensor_id, reason, detail, times_seen, octet_length(body) AS size_bytes,
            substring(body FROM 1 FOR ${EXCERPT_BYTES}) AS head
          FROM quarantine${conditions.where()} ORDER BY received_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      const page = pageFrom(rows, query.limit, (row) => [row.received_at, row.id])
      return {
        items: page.items.map(({ head, ...row }) => ({
          ...row,
          excerpt: head.toString('utf8'),
          encoding: isUtf8(head) || row.size_bytes > EXCERPT_BYTES ? ('utf-8' as const) : ('binary' as const),
        })),
        next_cursor: page.next_cursor,
        ...(total !== undefined && { total }),
      }
    },
    bodies({ ids, reason }, limit, after) {
      const conditions = new Conditions().add('id > ?::uuid', after)
      if (ids !== undefined) conditions.add('id = ANY (?::uuid[])', ids)
      if (reason !== undefined) conditions.add('reason = ?', reason)
      return database.query<QuarantinedBody>({
        text: `SELECT id, key_sensor_id, body FROM quarantine${conditions.where()} ORDER BY id LIMIT ${limit}`,
        values: conditions.values,
      })
    },
    async remove(ids) {
      await database.query({ text: 'DELETE FROM quarantine WHERE id = ANY ($1::uuid[])', values: [ids] })
    },
    async size() {
      const [row] = await database.query<{ size: number }>({
        name: 'quarantine-size',
        text: `SELECT pg_total_relation_size('quarantine') AS size`,
      })
      return row?.size ?? 0
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
