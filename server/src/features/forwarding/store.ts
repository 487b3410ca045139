import type { Event } from '@eviltwin/contract'
import type { Transactional } from '../../platform/postgres/database.js'

/** Events on their way to another system, and how far they have got. */
export interface ForwardStore {
  /** Events behind the cursor that were received before `until`, oldest first. A new cursor starts at the present. */
  after(cursor: string, until: Date, limit: number): Promise<Event[]>
  /** Moves the cursor behind an event that has arrived. */
  advance(cursor: string, last: Pick<Event, 'id' | 'received_at'>): Promise<void>
}

const NIL = '00000000-0000-0000-0000-000000000000'

export function createForwardStore(database: Transactional): ForwardStore {
  return {
    after: (cursor, until, limit) =>
      database.transaction(async (client) => {
        await client.query({
          text: 'INSERT INTO forward_cursors (name, received_at, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          values: [cursor, until, NIL],
        })
        // Two conditions on received_at: the plain ones choose partitions, the pair says where the cursor is.
        return client.query<Event>({
          text: `SELECT e.* FROM forward_cursors c, events e
            WHERE c.name = $1 AND e.received_at >= c.received_at AND e.received_at < $2
              AND (e.received_at, e.id) > (c.received_at, c.id)
            ORDER BY e.received_at, e.id LIMIT $3`,
          values: [cursor, until, limit],
        })
      }),
    async advance(cursor, { received_at, id }) {
      await database.query({
        text: 'UPDATE forward_cursors SET received_at = $2, id = $3 WHERE name = $1',
        values: [cursor, received_at, id],
      })
    },
  }
}
