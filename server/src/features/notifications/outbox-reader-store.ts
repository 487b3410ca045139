import type { ChannelType, Delivery, DeliveryQuery, Page } from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

/** What can be seen of the messages to channels. */
export interface OutboxReader {
  /** Newest first. */
  list(query: DeliveryQuery): Promise<Page<Delivery>>
  /** Messages that wait, by the type of their channel. */
  pending(): Promise<Map<ChannelType, number>>
  /** Notifications written in that time that failed permanently. */
  givenUp(from: Date, to: Date): Promise<number>
}

/** Reads messages to channels; changes nothing. */
export function createOutboxReader(database: Queryable): OutboxReader {
  return {
    async list(query) {
      const conditions = new Conditions()
      if (query.channel_id !== undefined) conditions.add('channel_id = ?', query.channel_id)
      if (query.state !== undefined) conditions.add('state = ?', query.state)
      const counted = query.count ? count(database, conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [createdAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(created_at, id) < (?::timestamptz, ?::uuid)', createdAt, id)
      }
      const rows = await database.query<Delivery>({
        text: `SELECT id, channel_id, notice, state, attempts, created_at, next_attempt_at, delivered_at, last_error
          FROM deliveries${conditions.where()} ORDER BY created_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row.created_at, row.id]),
        ...(total !== undefined && { total }),
      }
    },
    async givenUp(from, to) {
      const [row] = await database.query<{ count: number }>({
        text: `SELECT count(*) FROM deliveries WHERE state = 'dead' AND created_at >= $1 AND created_at < $2`,
        values: [from, to],
      })
      return row?.count ?? 0
    },
    async pending() {
      const rows = await database.query<{ type: ChannelType; count: number }>({
        name: 'outbox-pending',
        text: `SELECT c.settings ->> 'type' AS type, count(*) FROM deliveries d JOIN channels c ON c.id = d.channel_id
          WHERE d.state = 'pending' GROUP BY 1`,
      })
      return new Map(rows.map(({ type, count }) => [type, count]))
    },
  }
}

async function count(database: Queryable, conditions: Conditions): Promise<number> {
  const [row] = await database.query<{ count: number }>({
    text: `SELECT count(*) FROM deliveries${conditions.where()}`,
    values: conditions.values,
  })
  return row?.count ?? 0
}
