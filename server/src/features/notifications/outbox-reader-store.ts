import type { ChannelType, Delivery, DeliveryQuery, Page } from '@eviltwin/contract'
import { expressionBuilder, sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, type SortKeys, when } from '../../platform/postgres/query-builder.js'

/** What can be seen of the messages to channels. */
export interface OutboxReader {
  /** Newest first. */
  list(query: DeliveryQuery): Promise<Page<Delivery>>
  /** Messages that wait, by the type of their channel. */
  pending(): Promise<Map<ChannelType, number>>
  /** Notifications written in that time that failed permanently. */
  givenUp(from: Date, to: Date): Promise<number>
}

interface DeliveryTables {
  deliveries: Delivery
}

const queries = queriesOf<DeliveryTables>()
const { eb } = expressionBuilder<DeliveryTables, 'deliveries'>()
const COLUMNS = [
  'id',
  'channel_id',
  'notice',
  'state',
  'attempts',
  'created_at',
  'next_attempt_at',
  'delivered_at',
  'last_error',
] as const satisfies ReadonlyArray<keyof Delivery>
const NEWEST: SortKeys = [
  ['created_at', 'timestamptz'],
  ['id', 'uuid'],
]

/** Reads messages to channels; changes nothing. */
export function createOutboxReader(database: Queryable): OutboxReader {
  return {
    async list(query) {
      const matching = queries
        .selectFrom('deliveries')
        .where(
          allOf([
            when(query.channel_id, (id) => eb('channel_id', '=', id)),
            when(query.state, (state) => eb('state', '=', state)),
          ]),
        )
      return readPage<Delivery>(database, {
        rows: matching
          .select(COLUMNS)
          .where(rowsBehind(query.cursor, '<', NEWEST))
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc'),
        limit: query.limit,
        keysOf: (delivery) => [delivery.created_at, delivery.id],
        counted: query.count ? matching.select(sql`1`.as('one')) : null,
      })
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
