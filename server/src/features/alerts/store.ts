import type {
  Alert,
  AlertDetail,
  AlertHistoryEntry,
  AlertQuery,
  BulkAcknowledged,
  Notice,
  Page,
} from '@eviltwin/contract'
import { ConflictError } from '../../platform/errors.js'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { sqlState } from '../../platform/postgres/sqlstate.js'

/** An alert with its place in the live feed. */
export interface FeedItem {
  position: number
  alert: Alert
  /** W3C Trace Context of the request that brought the event. */
  traceparent: string
}

/** What a person's change makes of an alert. */
export interface AlertChange {
  state: Alert['state']
  assignee: string | null
  history: AlertHistoryEntry[]
}

export interface AlertStore {
  list(query: AlertQuery): Promise<Page<Alert>>
  find(id: string): Promise<AlertDetail | null>
  /**
   * Applies `decide` to the alert while nobody else may change it.
   * @returns null when there is no such alert.
   * @throws {ConflictError} when reopening it would give its session a second open alert of the level.
   */
  change(id: string, decide: (alert: Alert) => AlertChange): Promise<AlertDetail | null>
  /** Acknowledges those that are open. */
  acknowledge(ids: readonly string[], entry: AlertHistoryEntry): Promise<BulkAcknowledged>
  /** Announced alerts after a place in the feed, in feed order. */
  after(position: number, limit: number): Promise<FeedItem[]>
  byIds(ids: readonly string[]): Promise<Alert[]>
  /** @returns null when the alert is not stored or was not announced. */
  positionOf(id: string): Promise<number | null>
  newestPosition(): Promise<number>
}

export const UPDATES_CHANNEL = 'eviltwin_alert_updates'

const COLUMNS = `id, kind, threat_level, threat_score, session_id, source_ip, sensor_id, sensor_kind, reasons, detail,
  first_of_attacker, occurred_at, event_received_at, raised_at, last_occurrence_at, occurrence_count, state, assignee,
  suppressed_by, suppressed_because, campaign_alert_id`

/** PostgreSQL limits a notification's payload to 8,000 bytes. */
const IDS_A_NOTIFICATION = 200
/** Systems that keep a state of their own are told of every change of ours. */
const STATEFUL_CHANNELS = ['pagerduty', 'alertmanager', 'webhook']

export function createAlertStore(database: Transactional): AlertStore {
  return {
    async list(query) {
      const conditions = conditionsOf(query)
      const counted = query.count ? count(conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [raisedAt, id] = decodeCursor(query.cursor, [KEY.timestamp, KEY.uuid])
        conditions.add('(raised_at, id) < (?::timestamptz, ?::uuid)', raisedAt, id)
      }
      const rows = await database.query<Alert>({
        text: `SELECT ${COLUMNS} FROM alerts${conditions.where()} ORDER BY raised_at DESC, id DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row.raised_at, row.id]),
        ...(total !== undefined && { total }),
      }
    },
    find: (id) => detail(database, id),
    change: (id, decide) =>
      database
        .transaction(async (client) => {
          const [alert] = await client.query<Alert>({
            text: `SELECT ${COLUMNS} FROM alerts WHERE id = $1 FOR UPDATE`,
            values: [id],
          })
          if (!alert) return null
          const { state, assignee, history } = decide(alert)
          if (history.length === 0) return detail(client, id)
          await client.query({
            text: 'UPDATE alerts SET state = $2, assignee = $3 WHERE id = $1',
            values: [id, state, assignee],
          })
          await remember(client, [id], history)
          const after = await detail(client, id)
          if (after && state !== alert.state)
            await tellChannels(client, [after], history[0]?.at ?? after.raised_at)
          await announce(client, [id])
          return after
        })
        .catch((error: unknown) => {
          if (sqlState(error) !== '23505') throw error
          throw new ConflictError('its session has another alert of this level that is not resolved')
        }),
    acknowledge: (ids, entry) =>
      database.transaction(async (client) => {
        const changed = await client.query<Alert>({
          text: `UPDATE alerts SET state = 'acknowledged' WHERE id = ANY ($1::uuid[]) AND state = 'open' RETURNING ${COLUMNS}`,
          values: [ids],
        })
        const existing = await client.query<{ id: string }>({
          text: 'SELECT id FROM alerts WHERE id = ANY ($1::uuid[])',
          values: [ids],
        })
        const changedIds = changed.map(({ id }) => id)
        await remember(client, changedIds, [entry])
        await tellChannels(client, changed, entry.at)
        await announce(client, changedIds)
        const known = new Set(existing.map(({ id }) => id))
        return {
          acknowledged: changed.length,
          unchanged: known.size - changed.length,
          unknown: ids.filter((id) => !known.has(id)),
        }
      }),
    async after(position, limit) {
      const rows = await database.query<Alert & { feed_position: number; traceparent: string }>({
        name: 'alert-feed-after',
        text: `SELECT ${COLUMNS}, feed_position, traceparent FROM alerts WHERE feed_position > $1 ORDER BY feed_position LIMIT $2`,
        values: [position, limit],
      })
      return rows.map(({ feed_position, traceparent, ...alert }) => ({
        position: feed_position,
        alert,
        traceparent,
      }))
    },
    byIds: (ids) =>
      database.query<Alert>({
        text: `SELECT ${COLUMNS} FROM alerts WHERE id = ANY ($1::uuid[]) AND suppressed_by IS NULL`,
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

  async function count(conditions: Conditions): Promise<number> {
    const [row] = await database.query<{ count: number }>({
      text: `SELECT count(*) FROM alerts${conditions.where()}`,
      values: conditions.values,
    })
    return row?.count ?? 0
  }
}

async function detail(client: Queryable, id: string): Promise<AlertDetail | null> {
  const [alert] = await client.query<Alert>({
    text: `SELECT ${COLUMNS} FROM alerts WHERE id = $1`,
    values: [id],
  })
  if (!alert) return null
  const history = await client.query<AlertHistoryEntry>({
    text: 'SELECT at, actor, action, detail FROM alert_history WHERE alert_id = $1 ORDER BY at, step',
    values: [id],
  })
  return { ...alert, history }
}

/** Adds to the history of each alert, after whatever happened in the same instant. */
async function remember(
  client: Queryable,
  ids: readonly string[],
  history: readonly AlertHistoryEntry[],
): Promise<void> {
  await client.query({
    text: `INSERT INTO alert_history (alert_id, at, step, actor, action, detail)
      SELECT a.id, e.at, e.n + coalesce((SELECT max(step) + 1 FROM alert_history h WHERE h.alert_id = a.id AND h.at = e.at), 0),
        e.actor, e.action, e.detail
      FROM unnest($1::uuid[]) AS a (id),
        json_to_recordset($2) AS e (n integer, at timestamptz, actor text, action text, detail text)`,
    values: [ids, JSON.stringify(history.map((entry, n) => ({ ...entry, n })))],
  })
}

async function tellChannels(client: Queryable, alerts: readonly Alert[], now: string): Promise<void> {
  const notices = alerts.flatMap((alert): Notice[] => {
    const { state, suppressed_by } = alert
    if (suppressed_by !== null) return []
    return [{ kind: 'threat_alert', status: state === 'open' ? 'firing' : state, alert }]
  })
  await client.query({
    text: `INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
      SELECT gen_random_uuid(), c.id, n.value, 'pending', 0, $1, $1
      FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS n (value, place), channels c
      WHERE c.enabled AND c.threat_alerts AND c.digest = 'off' AND c.settings ->> 'type' = ANY ($3)
        AND (c.minimum_level = 'high' OR n.value -> 'alert' ->> 'threat_level' = 'critical')
      ORDER BY n.place`,
    values: [now, JSON.stringify(notices), STATEFUL_CHANNELS],
  })
}

async function announce(client: Queryable, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_A_NOTIFICATION) {
    await client.query({
      text: 'SELECT pg_notify($1, $2)',
      values: [UPDATES_CHANNEL, ids.slice(start, start + IDS_A_NOTIFICATION).join(',')],
    })
  }
}

function conditionsOf(query: AlertQuery): Conditions {
  const conditions = new Conditions()
  conditions.add(query.suppressed ? 'suppressed_by IS NOT NULL' : 'suppressed_by IS NULL')
  if (query.state !== undefined) conditions.add('state = ?', query.state)
  if (query.threat_level === 'critical') conditions.add(`threat_level = 'critical'`)
  if (query.kind !== undefined) conditions.add('kind = ?', query.kind)
  if (query.src_ip !== undefined) conditions.add('source_ip <<= ?::inet', query.src_ip)
  if (query.sensor_id !== undefined) conditions.add('sensor_id = ?', query.sensor_id)
  if (query.session_id !== undefined) conditions.add('session_id = ?', query.session_id)
  if (query.assignee !== undefined) conditions.add('assignee = ?', query.assignee.toLowerCase())
  if (query.from !== undefined) conditions.add('raised_at >= ?::timestamptz', query.from)
  if (query.to !== undefined) conditions.add('raised_at < ?::timestamptz', query.to)
  return conditions
}
