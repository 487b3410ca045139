import type { Alert, AlertDetail, AlertHistoryEntry, AlertQuery, Page } from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

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

/** The columns of `alerts` that make an `Alert`. */
export const ALERT_COLUMNS = `id, kind, threat_level, threat_score, session_id, source_ip, sensor_id, sensor_kind, reasons, detail,
  first_of_attacker, occurred_at, event_received_at, raised_at, last_occurrence_at, occurrence_count, coalesce(source_count, 1) AS source_count, state, assignee,
  suppressed_by, suppressed_because, campaign_alert_id`

/** Reads alerts; changes nothing. */
export function createAlertReader(database: Queryable): AlertReader {
  return {
    async list(query) {
      const conditions = conditionsOf(query)
      const counted = query.count ? count(database, conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [raisedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(raised_at, id) < (?::timestamptz, ?::uuid)', raisedAt, id)
      }
      const rows = await database.query<Alert>({
        text: `SELECT ${ALERT_COLUMNS} FROM alerts${conditions.where()} ORDER BY raised_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row.raised_at, row.id]),
        ...(total !== undefined && { total }),
      }
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

async function count(database: Queryable, conditions: Conditions): Promise<number> {
  const [row] = await database.query<{ count: number }>({
    text: `SELECT count(*) FROM alerts${conditions.where()}`,
    values: conditions.values,
  })
  return row?.count ?? 0
}

function conditionsOf(query: AlertQuery): Conditions {
  const conditions = new Conditions()
  conditions.add(query.suppressed ? 'suppressed_by IS NOT NULL' : 'suppressed_by IS NULL')
  if (query.state !== undefined) conditions.add('state = ?', query.state)
  if (query.threat_level === 'critical') conditions.add(`threat_level = 'critical'`)
  if (query.kind !== undefined) conditions.add('kind = ?', query.kind)
  if (query.src_ip !== undefined)
    conditions.add(
      '(source_ip <<= ?::inet OR id IN (SELECT alert_id FROM alert_sources f WHERE f.source_ip <<= ?::inet))',
      query.src_ip,
      query.src_ip,
    )
  if (query.sensor_id !== undefined) conditions.add('sensor_id = ?', query.sensor_id)
  if (query.session_id !== undefined) conditions.add('session_id = ?', query.session_id)
  if (query.assignee !== undefined) conditions.add('assignee = ?', query.assignee.toLowerCase())
  if (query.from !== undefined) conditions.add('raised_at >= ?::timestamptz', query.from)
  if (query.to !== undefined) conditions.add('raised_at < ?::timestamptz', query.to)
  return conditions
}
