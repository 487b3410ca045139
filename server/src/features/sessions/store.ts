import type { Page, ScoreReason, Session, SessionQuery } from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { rowsBehind, type SortKeys } from '../../platform/postgres/query-builder.js'
import { createFacetReader, type FacetReader } from './facet-store.js'
import { createSessionEventReader, type SessionEventReader } from './session-event-store.js'
import { matchingSessions } from './session-filter-store.js'

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
  list(query: SessionQuery): Promise<Page<Session>>
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

const NEWEST: SortKeys = [
  ['started_at', 'timestamptz'],
  ['id', 'uuid'],
]

/** @param now milliseconds since the epoch; what is active is judged by it. */
export function createSessionReader(database: Queryable, now: () => number): SessionReader {
  return {
    async list(query) {
      const matching = matchingSessions(query, new Date(now()))
      const rows = matching
        .select(COLUMNS)
        .where(rowsBehind(query.cursor, '<', NEWEST))
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .offset(((query.page ?? 1) - 1) * query.limit)
      return readPage<Session>(database, {
        rows,
        limit: query.limit,
        keysOf: (session) => [session.started_at, session.id],
        counted: query.count ? matching.select(({ fn }) => fn.countAll().as('count')) : null,
      })
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
    ...createFacetReader(database, now),
    ...createSessionEventReader(database),
  }
}
