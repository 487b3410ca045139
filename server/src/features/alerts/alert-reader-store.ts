import type { Alert, AlertDetail, AlertHistoryEntry, AlertQuery, Page } from '@eviltwin/contract'
import { expressionBuilder, type SqlBool, sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, type SortKeys, when } from '../../platform/postgres/query-builder.js'

/** An alert with its place in the live feed. */
export interface FeedItem {
  position: number
  alert: Alert
  /** The request that brought the event; null of alerts that release 0.1.0 stored. */
  request_id: string | null
  /** W3C Trace Context of that request. */
  traceparent: string
}

/** What is read of alerts, for people and for the live feed. */
export interface AlertReader {
  list(query: AlertQuery): Promise<Page<Alert>>
  find(id: string): Promise<AlertDetail | null>
  /** Announced alerts after a place in the feed, in feed order. */
  after(position: number, limit: number): Promise<FeedItem[]>
  byIds(ids: readonly string[]): Promise<Alert[]>
  /** @returns null when the alert is not stored or was not announced. */
  positionOf(id: string): Promise<number | null>
  newestPosition(): Promise<number>
}

interface AlertTables {
  alerts: Alert
}

const queries = queriesOf<AlertTables>()
const { eb } = expressionBuilder<AlertTables, 'alerts'>()

const STORED_COLUMNS = [
  'id',
  'kind',
  'threat_level',
  'threat_score',
  'session_id',
  'source_ip',
  'sensor_id',
  'sensor_kind',
  'reasons',
  'detail',
  'first_of_attacker',
  'occurred_at',
  'event_received_at',
  'raised_at',
  'last_occurrence_at',
  'occurrence_count',
  'state',
  'assignee',
  'suppressed_by',
  'suppressed_because',
  'campaign_alert_id',
] as const satisfies ReadonlyArray<keyof Alert>
const SOURCE_COUNT = 'coalesce(source_count, 1)'

/** The columns of `alerts` that make an `Alert`. */
export const ALERT_COLUMNS = `${STORED_COLUMNS.join(', ')}, ${SOURCE_COUNT} AS source_count`

const NEWEST: SortKeys = [
  ['raised_at', 'timestamptz'],
  ['id', 'uuid'],
]

/** Reads alerts; changes nothing. */
export function createAlertReader(database: Queryable): AlertReader {
  return {
    async list(query) {
      const matching = matchingAlerts(query)
      return readPage<Alert>(database, {
        rows: matching
          .select(STORED_COLUMNS)
          .select(sql`${sql.raw(SOURCE_COUNT)}`.as('source_count'))
          .where(rowsBehind(query.cursor, '<', NEWEST))
          .orderBy('raised_at', 'desc')
          .orderBy('id', 'desc'),
        limit: query.limit,
        keysOf: (alert) => [alert.raised_at, alert.id],
        counted: query.count ? matching.select(sql`1`.as('one')) : null,
      })
    },
    find: (id) => alertDetail(database, id),
    async after(position, limit) {
      const rows = await database.query<
        Alert & Pick<FeedItem, 'request_id' | 'traceparent'> & { feed_position: number }
      >({
        name: 'alert-feed-after',
        text: `SELECT ${ALERT_COLUMNS}, feed_position, request_id, traceparent FROM alerts WHERE feed_position > $1 ORDER BY feed_position LIMIT $2`,
        values: [position, limit],
      })
      return rows.map(({ feed_position, request_id, traceparent, ...alert }) => ({
        position: feed_position,
        alert,
        request_id,
        traceparent,
      }))
    },
    byIds: (ids) =>
      database.query<Alert>({
        text: `SELECT ${ALERT_COLUMNS} FROM alerts WHERE id = ANY ($1::uuid[]) AND suppressed_by IS NULL`,
        values: [ids],
      }),
    async positionOf(id) {
      const [row] = await database.query<{ feed_position: number | null }>({
        text: 'SELECT feed_position FROM alerts WHERE id = $1',
        values: [id],
      })
      return row?.feed_position ?? null
    },
    async newestPosition() {
      const [row] = await database.query<{ position: number }>({ text: 'SELECT position FROM alert_feed' })
      return row?.position ?? 0
    },
  }
}

/** Addresses of an alert that are shown. */
const MAX_SOURCES = 20

/** An alert with its history; null when there is no such alert. */
export async function alertDetail(client: Queryable, id: string): Promise<AlertDetail | null> {
  const [alert] = await client.query<Alert>({
    text: `SELECT ${ALERT_COLUMNS} FROM alerts WHERE id = $1`,
    values: [id],
  })
  if (!alert) return null
  const history = await client.query<AlertHistoryEntry>({
    text: 'SELECT at, actor, action, detail FROM alert_history WHERE alert_id = $1 ORDER BY at, step',
    values: [id],
  })
  const further = await client.query<{ source_ip: string }>({
    text: `SELECT host(source_ip) AS source_ip FROM alert_sources WHERE alert_id = $1
      ORDER BY first_seen_at, source_ip LIMIT ${MAX_SOURCES - 1}`,
    values: [id],
  })
  return { ...alert, history, sources: [alert.source_ip, ...further.map(({ source_ip }) => source_ip)] }
}

function matchingAlerts(query: AlertQuery) {
  const matches = [
    query.suppressed || query.suppressed_by
      ? sql<SqlBool>`suppressed_by IS NOT NULL`
      : sql<SqlBool>`suppressed_by IS NULL`,
    when(query.suppressed_by, (reason) => eb('suppressed_by', '=', reason)),
    when(query.state, (state) => eb('state', '=', state)),
    when(query.threat_level === 'critical' || undefined, () => sql`threat_level = 'critical'`),
    when(query.level, (levels) => sql`threat_level = ANY (${levels})`),
    when(query.kind, (kind) => eb('kind', '=', kind)),
    when(
      query.src_ip,
      (network) =>
        sql`(source_ip <<= ${network}::inet OR id IN (SELECT alert_id FROM alert_sources f WHERE f.source_ip <<= ${network}::inet))`,
    ),
    when(query.sensor_id, (id) => eb('sensor_id', '=', id)),
    when(query.session_id, (id) => eb('session_id', '=', id)),
    when(query.assignee, (name) => eb('assignee', '=', name.toLowerCase())),
    when(query.from, (time) => sql`raised_at >= ${time}::timestamptz`),
    when(query.to, (time) => sql`raised_at < ${time}::timestamptz`),
  ]
  return queries.selectFrom('alerts').where(allOf(matches))
}
