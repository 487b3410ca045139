import type { Channel, ChannelSettings } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** A channel as it is kept: the secret is sealed, and opened only to send. */
export interface StoredChannel
  extends Pick<
    Channel,
    'id' | 'name' | 'enabled' | 'threat_alerts' | 'operational_alerts' | 'minimum_level' | 'digest'
  > {
  settings: { type: ChannelSettings['type']; [setting: string]: unknown }
  sealed_secret: Buffer | null
}

export interface ChannelStore {
  list(): Promise<Channel[]>
  find(id: string): Promise<StoredChannel | null>
  /** Those that carry operational alerts. */
  operational(): Promise<StoredChannel[]>
  add(channel: StoredChannel, now: Date): Promise<void>
  /** @returns false when there is no such channel. */
  replace(channel: StoredChannel): Promise<boolean>
  /** Removes it with its messages. @returns false when there is no such channel. */
  remove(id: string): Promise<boolean>
  /** Writes what each channel with an hourly digest has to be told up to `hour`, once whichever replica asks. */
  digest(hour: Date): Promise<void>
}

export function createChannelStore(database: Queryable): ChannelStore {
  return {
    list: () =>
      database.query<Channel>({
        text: `SELECT id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings,
            sealed_secret IS NOT NULL AS has_secret, created_at, d.*
          FROM channels c, LATERAL (
            SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
              count(*) FILTER (WHERE state = 'dead') AS dead,
              max(delivered_at) AS last_delivered_at,
              (SELECT last_error FROM deliveries WHERE channel_id = c.id AND state <> 'delivered' AND last_error IS NOT NULL
                ORDER BY created_at DESC LIMIT 1) AS last_error
            FROM deliveries WHERE channel_id = c.id
          ) d ORDER BY name, id`,
      }),
    async find(id) {
      const [channel] = await database.query<StoredChannel>({
        text: `SELECT id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings, sealed_secret
          FROM channels WHERE id = $1`,
        values: [id],
      })
      return channel ?? null
    },
    operational: () =>
      database.query<StoredChannel>({
        text: `SELECT id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings, sealed_secret
          FROM channels WHERE enabled AND operational_alerts`,
      }),
    async add(channel, now) {
      await database.query({
        text: `INSERT INTO channels (id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings,
            sealed_secret, created_at, digested_until)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, date_trunc('hour', $10::timestamptz))`,
        values: [...valuesOf(channel), now],
      })
    },
    async replace(channel) {
      const replaced = await database.query({
        text: `UPDATE channels SET name = $2, enabled = $3, threat_alerts = $4, operational_alerts = $5, minimum_level = $6,
            digest = $7, settings = $8, sealed_secret = $9 WHERE id = $1 RETURNING id`,
        values: valuesOf(channel),
      })
      return replaced.length > 0
    },
    async remove(id) {
      const removed = await database.query({
        text: 'DELETE FROM channels WHERE id = $1 RETURNING id',
        values: [id],
      })
      return removed.length > 0
    },
    async digest(hour) {
      await database.query({
        text: `WITH due AS (
            SELECT id, digested_until, minimum_level, digest = 'hourly' AND enabled AND threat_alerts AS wanted
            FROM channels WHERE digested_until < $1 FOR UPDATE
          ), done AS (
            UPDATE channels SET digested_until = $1 FROM due WHERE channels.id = due.id
          ), told AS (
            SELECT due.id, due.digested_until, a.*
            FROM due, LATERAL (
              SELECT
                count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'high') AS high,
                count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'critical') AS critical,
                count(*) FILTER (WHERE suppressed_by = 'mute') AS mute,
                count(*) FILTER (WHERE suppressed_by = 'minimum_level') AS minimum_level,
                count(*) FILTER (WHERE suppressed_by = 'known_scanner') AS known_scanner,
                count(*) FILTER (WHERE suppressed_by = 'campaign') AS campaign
              FROM alerts WHERE raised_at >= due.digested_until AND raised_at < $1
                AND (due.minimum_level = 'high' OR threat_level = 'critical')
            ) a WHERE due.wanted
          )
          INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
          SELECT gen_random_uuid(), t.id, jsonb_build_object(
              'kind', 'digest',
              'from', to_char(t.digested_until, '${TIMESTAMP}'),
              'to', to_char($1::timestamptz, '${TIMESTAMP}'),
              'raised', jsonb_build_object('high', t.high, 'critical', t.critical),
              'suppressed', jsonb_build_object('mute', t.mute, 'minimum_level', t.minimum_level,
                'known_scanner', t.known_scanner, 'campaign', t.campaign),
              'newest', (
                SELECT coalesce(jsonb_agg(to_jsonb(n) - 'feed_position' - 'behaviour' - 'traceparent'), '[]') FROM (
                  SELECT * FROM alerts WHERE raised_at >= t.digested_until AND raised_at < $1 AND suppressed_by IS NULL
                    AND (t.high > 0 OR threat_level = 'critical')
                  ORDER BY threat_level, raised_at DESC LIMIT ${NEWEST}) n)),
            'pending', 0, $1, $1
          FROM told t WHERE t.high + t.critical + t.mute + t.minimum_level + t.known_scanner + t.campaign > 0`,
        values: [hour],
      })
    },
  }
}

/** RFC 3339 as the contract spells it; the session's zone is always UTC. */
const TIMESTAMP = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
const NEWEST = 20

function valuesOf(channel: StoredChannel): unknown[] {
  return [
    channel.id,
    channel.name,
    channel.enabled,
    channel.threat_alerts,
    channel.operational_alerts,
    channel.minimum_level,
    channel.digest,
    JSON.stringify(channel.settings),
    channel.sealed_secret,
  ]
}
