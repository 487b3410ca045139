import {
  type Event,
  levelsFrom,
  type Page,
  type ScoreReason,
  type Session,
  type SessionFacets,
  type SessionFilter,
  type SessionQuery,
} from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { isActive } from './active-sessions.js'

/** A session with how it was scored. */
export interface ScoredSession extends Session {
  scorer: string
  score_reasons: Pick<ScoreReason, 'name' | 'contribution'>[]
  /** What was scored, beside what the session tells itself. */
  facts: Pick<SessionRow, 'signals' | 'proxy_request_count' | 'credential_sketch'>
}

export interface SessionReader {
  list(query: SessionQuery): Promise<Page<Session>>
  facets(filter: SessionFilter): Promise<SessionFacets>
  find(id: string): Promise<ScoredSession | null>
  /** Events of a session in the order they happened, from a cursor on. */
  events(id: string, limit: number, cursor: string | undefined): Promise<Page<Event>>
  /** Events of a session that matter by themselves (credentials, commands, files), in order, at most `limit`. */
  highlights(id: string, limit: number): Promise<Event[]>
}

const COLUMNS = `id, sensor_id, sensor_kind, source_ip, country, protocols, started_at, last_seen_at, ended_at, event_count,
  login_attempt_count, login_success_count, command_count, file_count, clients, threat_score, threat_level`

/** Facets count at most so many sessions, and tell so many values each. */
const MAX_COUNTED = 50_000
const FACET_VALUES = 20

/** @param now milliseconds since the epoch; what is active is judged by it. */
export function createSessionReader(database: Queryable, now: () => number): SessionReader {
  return {
    async list(query) {
      const conditions = conditionsOf(query, new Date(now()))
      const counted = query.count ? count(conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [startedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(started_at, id) < (?::timestamptz, ?::uuid)', startedAt, id)
      }
      const rows = await database.query<Session>({
        text: `SELECT ${COLUMNS} FROM sessions${conditions.where()} ORDER BY started_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row.started_at, row.id]),
        ...(total !== undefined && { total }),
      }
    },
    async facets(filter) {
      const conditions = conditionsOf(filter, new Date(now()))
      const rows = await database.query<{ facet: string; value: string; sessions: number }>({
        text: `
          WITH matching AS MATERIALIZED (
            SELECT threat_level, sensor_id, protocols, country, signals FROM sessions${conditions.where()}
            ORDER BY started_at DESC LIMIT ${MAX_COUNTED}
          ), counted AS (
            SELECT 'threat_level' AS facet, threat_level AS value, count(*) AS sessions FROM matching GROUP BY 2
            UNION ALL SELECT 'sensor_id', sensor_id, count(*) FROM matching GROUP BY 2
            UNION ALL SELECT 'protocol', protocol, count(*) FROM matching, unnest(protocols) protocol GROUP BY 2
            UNION ALL SELECT 'country', country, count(*) FROM matching WHERE country IS NOT NULL GROUP BY 2
            UNION ALL SELECT 'signal', signal, count(*) FROM matching, unnest(signals) signal GROUP BY 2
            UNION ALL SELECT 'sessions', '', count(*) FROM matching
          ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY facet ORDER BY sessions DESC, value) AS rank FROM counted
          )
          SELECT facet, value, sessions FROM ranked WHERE rank <= ${FACET_VALUES} ORDER BY facet, rank`,
        values: conditions.values,
      })
      const of = (facet: string) =>
        rows.flatMap(({ facet: own, value, sessions }) => (own === facet ? [{ value, sessions }] : []))
      return {
        sessions: of('sessions')[0]?.sessions ?? 0,
        threat_level: of('threat_level'),
        sensor_id: of('sensor_id'),
        protocol: of('protocol'),
        country: of('country'),
        signal: of('signal'),
      }
    },
    async find(id) {
      const [session] = await database.query<ScoredSession>({
        name: 'session-find',
        text: `SELECT ${COLUMNS}, scorer, score_reasons, json_build_object('signals', signals,
            'proxy_request_count', proxy_request_count, 'credential_sketch', credential_sketch) AS facts FROM sessions WHERE id = $1`,
        values: [id],
      })
      return session ?? null
    },
    async events(id, limit, cursor) {
      const conditions = new Conditions().add('session_id = ?', id)
      if (cursor !== undefined) {
        const [occurredAt, eventId] = decodeCursor(cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(occurred_at, id) > (?::timestamptz, ?::uuid)', occurredAt, eventId)
      }
      const rows = await database.query<Event>({
        text: `SELECT * FROM events${conditions.where()} ORDER BY occurred_at, id LIMIT ${limit + 1}`,
        values: conditions.values,
      })
      return pageFrom(rows, limit, (row) => [row.occurred_at, row.id])
    },
    async highlights(id, limit) {
      return database.query<Event>({
        text: `SELECT * FROM events
          WHERE session_id = $1 AND event_type IN ('login_attempt', 'command', 'file_download', 'file_upload')
          ORDER BY occurred_at, id LIMIT $2`,
        values: [id, limit],
      })
    },
  }

  async function count(conditions: Conditions): Promise<number> {
    const [row] = await database.query<{ count: number }>({
      text: `SELECT count(*) FROM sessions${conditions.where()}`,
      values: conditions.values,
    })
    return row?.count ?? 0
  }
}

function conditionsOf(query: SessionFilter, now: Date): Conditions {
  const conditions = new Conditions()
  const level = query.threat_level
  // Spelled as the partial index is, so that the planner can use it.
  if (level === 'high') conditions.add(`threat_level IN ('high', 'critical')`)
  else if (level === 'critical')
    conditions.add(`threat_level IN ('high', 'critical') AND threat_level = 'critical'`)
  else if (level === 'medium') conditions.add('threat_level = ANY (?)', levelsFrom('medium'))
  if (query.src_ip !== undefined) conditions.add('source_ip <<= ?::inet', query.src_ip)
  if (query.sensor_id !== undefined) conditions.add('sensor_id = ?', query.sensor_id)
  if (query.protocol !== undefined) conditions.add('? = ANY (protocols)', query.protocol)
  if (query.country !== undefined) conditions.add('country = ?', query.country.toUpperCase())
  if (query.active) conditions.add(isActive('?::timestamptz'), now, now)
  if (query.signal !== undefined) conditions.add('? = ANY (signals)', query.signal)
  if (query.from !== undefined) conditions.add('started_at >= ?::timestamptz', query.from)
  if (query.to !== undefined) conditions.add('started_at < ?::timestamptz', query.to)
  if (query.event_type !== undefined) {
    conditions.add(
      'EXISTS (SELECT FROM events e WHERE e.session_id = sessions.id AND e.event_type = ?)',
      query.event_type,
    )
  }
  if (query.q !== undefined) {
    const pattern = `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%`
    conditions.add('id IN (SELECT session_id FROM events WHERE command ILIKE ?)', pattern)
  }
  return conditions
}
