import type { AlertMute, AlertPolicy, AlertPolicyState, Suppression } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

export interface AlertPolicyStore {
  read(now: Date): Promise<AlertPolicyState>
  write(policy: AlertPolicy): Promise<void>
  /** @returns null when as many mutes are in force as there may be. */
  addMute(
    mute: Omit<AlertMute, 'created_at' | 'expires_at'> & { created_at: Date; expires_at: Date },
  ): Promise<AlertMute | null>
  /** @returns false when there is no such mute. */
  removeMute(id: string): Promise<boolean>
}

const DAY_MS = 86_400_000
/** Every escalation is compared with each, and people must be able to read them. */
export const MAX_MUTES = 500

export function createAlertPolicyStore(database: Queryable): AlertPolicyStore {
  return {
    async read(now) {
      const [[policy], mutes, counts] = await Promise.all([
        database.query<AlertPolicy>({
          text: 'SELECT minimum_level, mute_known_scanners, campaign_grouping, campaign_window_minutes, backfill_after_minutes FROM alert_policy',
        }),
        database.query<AlertMute>({
          text: `SELECT * FROM alert_mutes WHERE expires_at > $1 ORDER BY created_at DESC, id LIMIT 1000`,
          values: [now],
        }),
        database.query<{ suppressed_by: Suppression; count: number }>({
          text: `SELECT suppressed_by, count(*) FROM alerts
            WHERE suppressed_by IS NOT NULL AND raised_at > $1 GROUP BY suppressed_by`,
          values: [new Date(now.getTime() - DAY_MS)],
        }),
      ])
      if (!policy) throw new Error('the alert policy is one row')
      const suppressed_24h = { mute: 0, backfill: 0, minimum_level: 0, known_scanner: 0, campaign: 0 }
      for (const { suppressed_by, count } of counts) suppressed_24h[suppressed_by] = count
      return { policy, mutes, suppressed_24h }
    },
    async write(policy) {
      await database.query({
        text: `UPDATE alert_policy SET minimum_level = $1, mute_known_scanners = $2, campaign_grouping = $3,
          campaign_window_minutes = $4, backfill_after_minutes = $5`,
        values: [
          policy.minimum_level,
          policy.mute_known_scanners,
          policy.campaign_grouping,
          policy.campaign_window_minutes,
          policy.backfill_after_minutes,
        ],
      })
    },
    async addMute({ id, source, sensor_id, reason, created_by, created_at, expires_at }) {
      const [mute] = await database.query<AlertMute>({
        text: `INSERT INTO alert_mutes (id, source, sensor_id, reason, created_by, created_at, expires_at)
          SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM alert_mutes WHERE expires_at > $6) < $8 RETURNING *`,
        values: [id, source, sensor_id, reason, created_by, created_at, expires_at, MAX_MUTES],
      })
      return mute ?? null
    },
    async removeMute(id) {
      const removed = await database.query({
        text: 'DELETE FROM alert_mutes WHERE id = $1 RETURNING id',
        values: [id],
      })
      return removed.length > 0
    },
  }
}
