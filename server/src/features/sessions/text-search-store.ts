import type { SessionFilter } from '@eviltwin/contract'
import { type Expression, type SqlBool, sql } from 'kysely'
import { encodeCursor } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { rowsBehind, type SortKeys, statementOf } from '../../platform/postgres/query-builder.js'
import { matchingSessions } from './session-filter-store.js'

/** What one request looks through at most. */
export interface SearchLimits {
  /** Commands with the text that the index of commands may give; of a text with more, sessions are looked through instead. */
  indexed: number
  /** Partitions in which sessions are looked for, of all sessions together, and their events; but one session at least. */
  partitions: number
  events: number
  /** Commands of one session that are looked through. */
  commands: number
}

/** Which sessions have a command with a text. */
export interface TextMatch {
  condition: Expression<SqlBool>
  /** Where the search ends although more sessions are left; null where it goes through all of them. */
  end: SearchEnd | null
}

/** A session that was looked at last. */
export interface SearchEnd {
  started_at: string
  /** Of the sessions after it. */
  cursor: string
}

export const SEARCH_LIMITS: SearchLimits = {
  indexed: 2_000,
  partitions: 10_000,
  events: 30_000,
  commands: 20_000,
}

const DAY_MS = 86_400_000

/** The order in which sessions are listed and searched. */
export const NEWEST: SortKeys = [
  ['started_at', 'timestamptz'],
  ['id', 'uuid'],
]

/**
 * Finds out how to search for a text. Where it is rare, the index of commands names the sessions. Where it occurs often, the index would name
 * more than a page needs, so that sessions are looked through, the newest first, as far as the limits go.
 * @param cursor where the search begins. @param now decides which sessions are active.
 */
export async function matchText(
  database: Queryable,
  { q: text, ...filter }: SessionFilter & { q: string },
  { cursor, now, limits }: { cursor: string | undefined; now: Date; limits: SearchLimits },
): Promise<TextMatch> {
  const named = await database.query<{ session_id: string }>(
    // A WITH query is planned for all of its rows, which is by the index unless they are most of the table, and read as far as needed.
    statementOf(sql`
      WITH matching AS MATERIALIZED (SELECT session_id FROM events WHERE ${hasText(text)})
      SELECT session_id FROM matching LIMIT ${limits.indexed + 1}`),
  )
  if (named.length <= limits.indexed) {
    const ids = [...new Set(named.map(({ session_id }) => session_id))]
    return { condition: sql`id = ANY (${ids}::uuid[])`, end: null }
  }
  const reach = await reachOf(database, filter, { cursor, now, limits })
  if (reach === null) return { condition: sql`false`, end: null }
  const has = hasCommandWith(text, reach, limits)
  if (reach.is_last) return { condition: has, end: null }
  const { started_at, id } = reach
  return {
    condition: sql`(started_at, id) >= (${started_at}::timestamptz, ${id}::uuid) AND ${has}`,
    end: { started_at, cursor: encodeCursor([started_at, id]) },
  }
}

/** How far one request looks. */
interface Reach {
  /** The session that is looked at last. */
  id: string
  started_at: string
  /** Whether none is behind it. */
  is_last: boolean
  /** Of all sessions that are looked at. */
  last_received_at: string
}

/** @returns null where there is no session to look at. */
async function reachOf(
  database: Queryable,
  filter: SessionFilter,
  { cursor, now, limits }: { cursor: string | undefined; now: Date; limits: SearchLimits },
): Promise<Reach | null> {
  // Each is looked for in the partitions of its own day and of the day before, at least.
  const mostSessions = limits.partitions / 2
  const next = matchingSessions(filter, now)
    .select(['started_at', 'id', 'event_count', 'last_received_at'])
    .where(rowsBehind(cursor, '<', NEWEST))
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(mostSessions + 1)
  const [reach] = await database.query<Reach>(
    statementOf(sql`
      SELECT started_at, id, last_received_at, place = sessions AS is_last FROM (
        SELECT started_at, id, row_number() OVER so_far AS place, count(*) OVER () AS sessions, sum(event_count) OVER so_far AS events,
          max(last_received_at) OVER so_far AS last_received_at
        FROM ${next} AS next WINDOW so_far AS (ORDER BY started_at DESC, id DESC)
      ) AS placed
      WHERE place = 1 OR (events <= ${limits.events}
        AND place * (2 + extract(epoch FROM last_received_at - started_at) / 86400) <= ${limits.partitions})
      ORDER BY place DESC LIMIT 1`),
  )
  return reach ?? null
}

function hasText(text: string): Expression<SqlBool> {
  return sql`command ILIKE ${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`}`
}

/**
 * Looks through the commands of a session alone. No event happened more than a day after it was received, so partitions of days before are left
 * out; the days are whole ones, because parts of days would make PostgreSQL read its summaries of times for each session.
 */
function hasCommandWith(
  text: string,
  { started_at, last_received_at }: Reach,
  { commands }: SearchLimits,
): Expression<SqlBool> {
  return sql`EXISTS (SELECT FROM (
    SELECT command FROM events e WHERE e.session_id = sessions.id AND e.command IS NOT NULL
      AND e.received_at >= ${dayOf(started_at, -1)}::timestamptz AND e.received_at < ${dayOf(last_received_at, 1)}::timestamptz
    LIMIT ${sql.lit(commands)}
  ) AS own WHERE ${hasText(text)})`
}

/** The start of the UTC day that is so many days after that of a time. */
function dayOf(timestamp: string, days: number): Date {
  return new Date((Math.floor(Date.parse(timestamp) / DAY_MS) + days) * DAY_MS)
}
