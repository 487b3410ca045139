import { Event, type Page } from '@eviltwin/contract'
import { type Expression, type SqlBool, sql } from 'kysely'
import { EVENT_COLUMNS } from '../../domain/event-columns.js'
import { encodeCursor } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { allOf, rowsBehind, type SortKeys, statementOf } from '../../platform/postgres/query-builder.js'
import type { Statement } from '../../platform/postgres/statement.js'
import { type StoredEvent, TEXT_REFERENCE, withTexts } from '../record-texts/index.js'

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
const LONG_TEXTS = ['username', 'password', 'command', 'url', 'client', 'message'] as const
/** Those of an event in a page, also where its record's text is in its row. */
const PAGE_TEXTS = [...LONG_TEXTS, 'raw'] as const

const IN_ORDER: SortKeys = [
  ['occurred_at', 'timestamptz'],
  // Among equal times, in the order of the body that brought them.
  ['received_at', 'timestamptz'],
  ['id', 'uuid'],
]

/** Reads what happened in a session. */
export function createSessionEventReader(database: Queryable): SessionEventReader {
  return {
    async events(id, limit, cursor) {
      const rows = await database.query<StoredEvent & { has_more: boolean }>(
        firstRows({
          columns: [EVENT_COLUMNS, ...TEXT_REFERENCE].join(', '),
          texts: PAGE_TEXTS,
          where: allOf([isOf(id), rowsBehind(cursor, '>', IN_ORDER)]),
          limit,
          maxBytes: MAX_PAGE_BYTES,
        }),
      )
      const items = await firstWithTexts(database, rows)
      const last = items.at(-1)
      const has_more = items.length < rows.length || rows.at(-1)?.has_more
      return {
        items,
        next_cursor: last && has_more ? encodeCursor([last.occurred_at, last.received_at, last.id]) : null,
      }
    },
    async evidence(id, limit) {
      const rows = await database.query<Event & { has_more: boolean }>({
        name: 'session-evidence',
        ...firstRows({
          columns: EVIDENCE_COLUMNS,
          texts: LONG_TEXTS,
          where: isOf(id),
          limit,
          maxBytes: MAX_EVIDENCE_BYTES,
        }),
      })
      return rows.map(({ has_more: _, ...event }) => event)
    },
    async highlights(id, limit) {
      return database.query<Highlight>({
        name: 'session-highlights',
        ...firstRows({
          columns: HIGHLIGHT_COLUMNS,
          texts: ['username', 'password', 'command', 'url'],
          where: allOf([
            isOf(id),
            sql`event_type IN ('login_attempt', 'command', 'file_download', 'file_upload')`,
          ]),
          limit,
          maxBytes: MAX_HIGHLIGHT_BYTES,
        }),
      })
    },
  }
}

/** As many of the events as have {@link MAX_PAGE_BYTES} of texts together, but one at least. */
async function firstWithTexts(
  database: Queryable,
  rows: ReadonlyArray<StoredEvent & { has_more: boolean }>,
): Promise<Event[]> {
  const items: Event[] = []
  let bytes = 0
  const events = rows.map(({ has_more: _, ...event }) => event)
  for await (const event of withTexts(database, events)) {
    for (const name of PAGE_TEXTS) bytes += Buffer.byteLength(event[name] ?? '')
    if (bytes > MAX_PAGE_BYTES && items.length > 0) break
    items.push(event)
  }
  return items
}

function isOf(session: string): Expression<SqlBool> {
  return sql`session_id = ${session}`
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
  where: Expression<SqlBool>
  limit: number
  maxBytes: number
}): Statement {
  const names = sql.raw(columns.replace('NULL::text AS ', ''))
  const bytes = sql.raw(texts.map((text) => `coalesce(octet_length(${text}), 0)`).join(' + '))
  // Literals, not parameters: two of the statements are prepared, each for one limit.
  const [rows, rowsAndOne, most] = [limit, limit + 1, maxBytes].map((number) => sql.lit(number))
  return statementOf(sql`
    SELECT ${names}, place < matching AS has_more FROM (
      SELECT ${names}, row_number() OVER so_far AS place, sum(bytes) OVER so_far AS bytes_so_far, count(*) OVER () AS matching
      FROM (
        SELECT ${sql.raw(columns)}, events.received_at AS place_in_body, ${bytes} AS bytes FROM events WHERE ${where} ORDER BY occurred_at, events.received_at, id LIMIT ${rowsAndOne}
      ) first_rows
      WINDOW so_far AS (ORDER BY occurred_at, place_in_body, id)
    ) measured
    WHERE place <= ${rows} AND (bytes_so_far <= ${most} OR place = 1)
    ORDER BY place`)
}
