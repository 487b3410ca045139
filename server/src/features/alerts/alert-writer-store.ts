import type {
  Alert,
  AlertDetail,
  AlertHistoryEntry,
  BulkAcknowledged,
  Notification,
} from '@eviltwin/contract'
import { ConflictError } from '../../platform/errors.js'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { sqlState } from '../../platform/postgres/sqlstate.js'
import { ALERT_COLUMNS, alertDetail } from './alert-reader-store.js'

/** What a person's change makes of an alert. */
export interface AlertChange {
  state: Alert['state']
  assignee: string | null
  history: AlertHistoryEntry[]
}

/** How people change alerts. */
export interface AlertWriter {
  /**
   * Applies `decide` to the alert while nobody else may change it.
   * @returns null when there is no such alert.
   * @throws {ConflictError} when reopening it would give its session a second open alert of the level.
   */
  change(id: string, decide: (alert: Alert) => AlertChange): Promise<AlertDetail | null>
  /** Acknowledges those that are open. */
  acknowledge(ids: readonly string[], entry: AlertHistoryEntry): Promise<BulkAcknowledged>
}

/** The PostgreSQL channel on which the ids of changed alerts are announced. */
export const UPDATES_CHANNEL = 'eviltwin_alert_updates'

/** PostgreSQL limits a notification's payload to 8,000 bytes. */
const IDS_A_NOTIFICATION = 200
/** Systems that keep a state of their own get a notice of every change of ours. */
const STATEFUL_CHANNELS = ['pagerduty', 'alertmanager', 'webhook']

/** Changes alerts: each change with its history and its notifications in one transaction, and announced to every replica. */
export function createAlertWriter(database: Transactional): AlertWriter {
  return {
    change: (id, decide) =>
      database
        .transaction(async (client) => {
          const [alert] = await client.query<Alert>({
            text: `SELECT ${ALERT_COLUMNS} FROM alerts WHERE id = $1 FOR UPDATE`,
            values: [id],
          })
          if (!alert) return null
          const { state, assignee, history } = decide(alert)
          if (history.length === 0) return alertDetail(client, id)
          await client.query({
            text: 'UPDATE alerts SET state = $2, assignee = $3 WHERE id = $1',
            values: [id, state, assignee],
          })
          await addHistory(client, [id], history)
          const after = await alertDetail(client, id)
          if (after && state !== alert.state)
            await notifyChannels(client, [after], history[0]?.at ?? after.raised_at)
          await announce(client, [id])
          return after
        })
        .catch((error: unknown) => {
          if (sqlState(error) !== '23505') throw error
          throw new ConflictError(
            'the session already has an unresolved alert of this level; resolve that alert first',
          )
        }),
    acknowledge: (ids, entry) =>
      database.transaction(async (client) => {
        const changed = await client.query<Alert>({
          text: `UPDATE alerts SET state = 'acknowledged' WHERE id = ANY ($1::uuid[]) AND state = 'open' RETURNING ${ALERT_COLUMNS}`,
          values: [ids],
        })
        const existing = await client.query<{ id: string }>({
          text: 'SELECT id FROM alerts WHERE id = ANY ($1::uuid[])',
          values: [ids],
        })
        const changedIds = changed.map(({ id }) => id)
        await addHistory(client, changedIds, [entry])
        await notifyChannels(client, changed, entry.at)
        await announce(client, changedIds)
        const known = new Set(existing.map(({ id }) => id))
        return {
          acknowledged: changed.length,
          unchanged: known.size - changed.length,
          unknown: ids.filter((id) => !known.has(id)),
        }
      }),
  }
}

/** Adds to the history of each alert, after whatever happened in the same instant. */
async function addHistory(
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

async function notifyChannels(client: Queryable, alerts: readonly Alert[], now: string): Promise<void> {
  const notifications = alerts.flatMap((alert): Notification[] => {
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
    values: [now, JSON.stringify(notifications), STATEFUL_CHANNELS],
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
