import type { Alert } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import type { FeedItem } from './alert-reader-store.js'
import type { SyntheticAlert } from './alert-rows.js'

/** Alerts of attacks of the platform itself, which only its own client of the live feed is sent. */
export interface SyntheticAlertReader {
  /** Those after a place, in order. */
  after(position: number, limit: number): Promise<FeedItem[]>
  newestPosition(): Promise<number>
}

export function createSyntheticAlertReader(database: Queryable): SyntheticAlertReader {
  return {
    async after(position, limit) {
      const rows = await database.query<{
        position: number
        content: Alert
        request_id: string
        traceparent: string
      }>({
        name: 'synthetic-alerts-after-1',
        text: `SELECT position, content, request_id, traceparent FROM synthetic_alerts
          WHERE position > $1 ORDER BY position LIMIT $2`,
        values: [position, limit],
      })
      return rows.map(({ content, ...row }) => ({ ...row, alert: content }))
    },
    async newestPosition() {
      const [row] = await database.query<{ position: number }>({
        text: 'SELECT coalesce(max(position), 0) AS position FROM synthetic_alerts',
      })
      return row?.position ?? 0
    },
  }
}

const RAISE = {
  name: 'synthetic-alerts-raise-1',
  text: `
    WITH raised AS (
      INSERT INTO synthetic_alerts (id, run_id, content, request_id, traceparent)
      SELECT id, run_id, content, request_id, traceparent
      FROM json_to_recordset($1) AS a (id uuid, run_id uuid, content jsonb, request_id text, traceparent text)
      -- Removed runs have no alerts.
      WHERE EXISTS (SELECT FROM synthetic_runs WHERE synthetic_runs.id = a.run_id)
      ON CONFLICT (run_id) DO NOTHING
      RETURNING id, run_id
    ), noted AS (
      UPDATE synthetic_runs SET alerted_at = $2, alert_id = raised.id FROM raised WHERE synthetic_runs.id = raised.run_id
    )
    SELECT pg_notify($3, '')`,
}

/**
 * Stores the first alert of each attack, and when it was raised. @param client in the transaction that takes the escalations.
 * @param channel on which all replicas are told.
 */
export async function raiseSynthetic(
  client: Queryable,
  alerts: readonly SyntheticAlert[],
  now: Date,
  channel: string,
): Promise<void> {
  const rows = alerts.map(({ run_id, alert, request_id, traceparent }) => ({
    id: alert.id,
    run_id,
    content: alert,
    request_id,
    traceparent,
  }))
  await client.query({ ...RAISE, values: [JSON.stringify(rows), now, channel] })
}
