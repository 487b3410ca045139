import type { Page, ScoreReason, Session, SessionQuery } from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import type { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { createFacetReader, type FacetReader } from './facet-store.js'
import { createSessionEventReader, type SessionEventReader } from './session-event-store.js'
import { conditionsOf } from './session-filter-store.js'

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

const COLUMNS = `id, sensor_id, sensor_kind, source_ip, country, protocols, started_at, last_seen_at, ended_at, event_count,
  login_attempt_count, login_success_count, command_count, file_count, clients, threat_score, threat_level`

/** @param now milliseconds since the epoch; what is active is judged by it. */
export function createSessionReader(database: Queryable, now: () => number): SessionReader {
  return {
    async list(query) {
      const conditions = conditionsOf(query, new Date(now()))
      const counted = query.count ? count(conditions.clone()) : undefined
      const offset = ((query.page ?? 1) - 1) * query.limit
      if (query.cursor !== undefined) {
        const [startedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(started_at, id) < (?::timestamptz, ?::uuid)', startedAt, id)
      }
      const rows = await database.query<Session>({
        text: `SELECT ${COLUMNS} FROM sessions${conditions.where()} ORDER BY started_at DESC, id DESC LIMIT ${query.limit + 1} OFFSET ${offset}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row.started_at, row.id]),
        ...(total !== undefined && { total }),
      }
    },
    async find(id) {
      const [session] = await database.query<ScoredSession>({
        name: 'session-find',
        text: `SELECT ${COLUMNS}, scorer, score_reasons, json_build_object('signals', signals, 'techniques', techniques,
            'unread_characters', unread_characters,
            'proxy_request_count', proxy_request_count, 'credential_sketch', credential_sketch) AS facts FROM sessions WHERE id = $1`,
        values: [id],
      })
      return session ?? null
    },
    ...createFacetReader(database, now),
    ...createSessionEventReader(database),
  }

  async function count(conditions: Conditions): Promise<number> {
    const [row] = await database.query<{ count: number }>({
      text: `SELECT count(*) FROM sessions${conditions.where()}`,
      values: conditions.values,
    })
    return row?.count ?? 0
  }
}
