import { Event, type Page } from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

const COLUMNS = Object.keys(Event.shape).join(', ')

export interface SessionEventReader {
  /** Events of a session in the order they happened, from a cursor on. */
  events(id: string, limit: number, cursor: string | undefined): Promise<Page<Event>>
  /** Events of a session that matter by themselves (credentials, commands, files), in order, at most `limit`. */
  highlights(id: string, limit: number): Promise<Event[]>
}

/** Reads what happened in a session. */
export function createSessionEventReader(database: Queryable): SessionEventReader {
  return {
    async events(id, limit, cursor) {
      const conditions = new Conditions().add('session_id = ?', id)
      if (cursor !== undefined) {
        const [occurredAt, eventId] = decodeCursor(cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(occurred_at, id) > (?::timestamptz, ?::uuid)', occurredAt, eventId)
      }
      const rows = await database.query<Event>({
        text: `SELECT ${COLUMNS} FROM events${conditions.where()} ORDER BY occurred_at, id LIMIT ${limit + 1}`,
        values: conditions.values,
      })
      return pageFrom(rows, limit, (row) => [row.occurred_at, row.id])
    },
    async highlights(id, limit) {
      return database.query<Event>({
        text: `SELECT ${COLUMNS} FROM events
          WHERE session_id = $1 AND event_type IN ('login_attempt', 'command', 'file_download', 'file_upload')
          ORDER BY occurred_at, id LIMIT $2`,
        values: [id, limit],
      })
    },
  }
}
