import type { Page, ScoreReason, Session, SessionPage, SessionQuery } from '@eviltwin/contract'
import { sql } from 'kysely'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { rowsBehind } from '../../platform/postgres/query-builder.js'
import { createFacetReader, type FacetReader } from './facet-store.js'
import { createSessionEventReader, type SessionEventReader } from './session-event-store.js'
import { matchingSessions } from './session-filter-store.js'
import { matchText, NEWEST, SEARCH_LIMITS, type SearchEnd, type TextMatch } from './text-search-store.js'

/** A session with how it was scored. */
export interface ScoredSession extends Session {
  scorer: string
  score_reasons: Pick<ScoreReason, 'name' | 'contribution'>[]
  /** What was scored, beside what the session tells itself. */
  facts: Pick<
    SessionRow,
    'signals' | 'techniques' | 'unread_characters' | 'proxy_request_count' | 'credential_sketch'
  >
}

export interface SessionReader extends FacetReader, SessionEventReader {
  list(query: SessionQuery): Promise<SessionPage>
  find(id: string): Promise<ScoredSession | null>
}

const COLUMNS = [
  'id',
  'sensor_id',
  'sensor_kind',
  'source_ip',
  'country',
  'protocols',
  'started_at',
  'last_seen_at',
  'ended_at',
  'event_count',
  'login_attempt_count',
  'login_success_count',
  'command_count',
  'file_count',
  'clients',
  'threat_score',
  'threat_level',
] as const satisfies ReadonlyArray<keyof Session>

/** @param now milliseconds since the epoch; what is active is judged by it. */
export function createSessionReader(
  database: Queryable,
  now: () => number,
  limits = SEARCH_LIMITS,
): SessionReader {
  return {
    async list(query) {
      const { q, cursor } = query
      const at = new Date(now())
      if (q === undefined) return listPage(database, query, at, null)
      const match = await matchText(database, { ...query, q }, { cursor, now: at, limits })
      const page = await listPage(database, query, at, match)
      return match.end === null ? { ...page, searched_back_to: null } : endingAt(match.end, page)
    },
    async find(id) {
      const [session] = await database.query<ScoredSession>({
        name: 'session-find',
        text: `SELECT ${COLUMNS.join(', ')}, scorer, score_reasons, json_build_object('signals', signals, 'techniques', techniques,
            'unread_characters', unread_characters,
            'proxy_request_count', proxy_request_count, 'credential_sketch', credential_sketch) AS facts FROM sessions WHERE id = $1`,
        values: [id],
      })
      return session ?? null
    },
    ...createFacetReader(database, now, limits),
    ...createSessionEventReader(database),
  }
}

async function listPage(
  database: Queryable,
  query: SessionQuery,
  now: Date,
  match: TextMatch | null,
): Promise<Page<Session>> {
  const all = matchingSessions(query, now)
  const matching = match ? all.where(match.condition) : all
  return readPage<Session>(database, {
    rows: matching
      .select(COLUMNS)
      .where(rowsBehind(query.cursor, '<', NEWEST))
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .offset(((query.page ?? 1) - 1) * query.limit),
    limit: query.limit,
    keysOf: (session) => [session.started_at, session.id],
    counted: query.count ? matching.select(sql`1`.as('one')) : null,
  })
}

/** A page of a search that went no further than `end`: a full one ends at its last session, any other goes on behind `end`. */
function endingAt(end: SearchEnd, page: Page<Session>): SessionPage {
  const last = page.items.at(-1)
  const isFull = page.next_cursor !== null && last !== undefined
  return {
    ...page,
    next_cursor: page.next_cursor ?? end.cursor,
    ...(page.total !== undefined && { total_is_exact: false }),
    searched_back_to: isFull ? last.started_at : end.started_at,
  }
}
