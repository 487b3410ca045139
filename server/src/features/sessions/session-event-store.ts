import { Event, type Page } from '@eviltwin/contract'
import { EVENT_COLUMNS } from '../../domain/event-columns.js'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, encodeCursor, KEY } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

/** A credential, command or file of a session. */
export type Highlight = Pick<
  Event,
  | 'id'
  | 'occurred_at'
  | 'event_type'
  | 'outcome'
  | 'username'
  | 'password'
  | 'command'
  | 'url'
  | 'file_sha256'
>

export interface SessionEventReader {
  /** Events of a session in the order they happened, from a cursor on: at most `limit`, and 1 MiB of text or a single event. */
  events(id: string, limit: number, cursor: string | undefined): Promise<Page<Event>>
  /** The first events of a session without what the sensor sent (`raw` is null): at most `limit`, and 4 MiB of text. */
  evidence(id: string, limit: number): Promise<Event[]>
  /** Events of a session that matter by themselves (credentials, commands, files), in order: at most `limit`, and 512 KiB of text. */
  highlights(id: string, limit: number): Promise<Highlight[]>
}

const MAX_PAGE_BYTES = 1024 * 1024
const MAX_EVIDENCE_BYTES = 4 * 1024 * 1024
const MAX_HIGHLIGHT_BYTES = 512 * 1024
const HIGHLIGHT_COLUMNS =
  'id, occurred_at, event_type, outcome, username, password, command, url, file_sha256'
const EVIDENCE_COLUMNS = Object.keys(Event.shape)
  .map((column) => (column === 'raw' ? 'NULL::text AS raw' : column))
  .join(', ')
/** Texts whose length an attacker chooses. */
const LONG_TEXTS = ['username', 'password', 'command', 'url', 'client', 'message']

/** Reads what happened in a session. */
export function createSessionEventReader(database: Queryable): SessionEventReader {
  return {
    async events(id, limit, cursor) {
      const conditions = new Conditions().add('session_id = ?', id)
      if (cursor !== undefined) {
        const [occurredAt, eventId] = decodeCursor(cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(occurred_at, id) > (?::timestamptz, ?::uuid)', occurredAt, eventId)
      }
      const rows = await database.query<Event & { has_more: boolean }>({
        text: firstRows({
          columns: EVENT_COLUMNS,
          texts: [...LONG_TEXTS, 'raw'],
          where: conditions.where(),
          limit,
          maxBytes: MAX_PAGE_BYTES,
        }),
        values: conditions.values,
      })
      const last = rows.at(-1)
      const next_cursor = last?.has_more ? encodeCursor([last.occurred_at, last.id]) : null
      return { items: rows.map(({ has_more: _, ...event }) => event), next_cursor }
    },
    async evidence(id, limit) {
      const rows = await database.query<Event & { has_more: boolean }>({
        name: 'session-evidence',
        text: firstRows({
          columns: EVIDENCE_COLUMNS,
          texts: LONG_TEXTS,
          where: ' WHERE session_id = $1',
          limit,
          maxBytes: MAX_EVIDENCE_BYTES,
        }),
        values: [id],
      })
      return rows.map(({ has_more: _, ...event }) => event)
    },
    async highlights(id, limit) {
      return database.query<Highlight>({
        name: 'session-highlights',
        text: firstRows({
          columns: HIGHLIGHT_COLUMNS,
          texts: ['username', 'password', 'command', 'url'],
          where: ` WHERE session_id = $1 AND event_type IN ('login_attempt', 'command', 'file_download', 'file_upload')`,
          limit,
          maxBytes: MAX_HIGHLIGHT_BYTES,
        }),
        values: [id],
      })
    },
  }
}

/**
 * The first events that match, in order: at most `limit`, and as many as have `maxBytes` of texts together, but one at least. Each row
 * also says whether more match than were read up to it.
 */
function firstRows({
  columns,
  texts,
  where,
  limit,
  maxBytes,
}: {
  columns: string
  texts: readonly string[]
  where: string
  limit: number
  maxBytes: number
}): string {
  const bytes = texts.map((text) => `coalesce(octet_length(${text}), 0)`).join(' + ')
  const names = columns.replace('NULL::text AS ', '')
  return `
    SELECT ${names}, place < matching AS has_more FROM (
      SELECT ${names}, row_number() OVER so_far AS place, sum(bytes) OVER so_far AS bytes_so_far, count(*) OVER () AS matching
      FROM (SELECT ${columns}, ${bytes} AS bytes FROM events${where} ORDER BY occurred_at, id LIMIT ${limit + 1}) first_rows
      WINDOW so_far AS (ORDER BY occurred_at, id)
    ) measured
    WHERE place <= ${limit} AND (bytes_so_far <= ${maxBytes} OR place = 1)
    ORDER BY place`
}
