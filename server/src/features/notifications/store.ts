import type { Channel, ChannelSettings } from '@eviltwin/contract'
import type { Transactional } from '../../platform/postgres/database.js'
import { addDigests } from './digest-store.js'

/** A channel as it is kept: the secret is sealed, and opened only to send. */
export interface StoredChannel
  extends Pick<
    Channel,
    'id' | 'name' | 'enabled' | 'threat_alerts' | 'operational_alerts' | 'minimum_level' | 'digest'
  > {
  settings: { type: ChannelSettings['type']; [setting: string]: unknown }
  sealed_secret: Buffer | null
}

/** An enabled channel that does not deliver. */
export interface FailingChannel {
  name: string
  type: ChannelSettings['type']
  /** Why the last attempt failed. */
  error: string
}

/** One failed attempt is no failing channel. */
export const FAILED_ATTEMPTS = 3

export interface ChannelStore {
  list(): Promise<Channel[]>
  find(id: string): Promise<StoredChannel | null>
  /** Those that carry operational alerts. */
  operational(): Promise<StoredChannel[]>
  /** Enabled channels whose newest settled message was given up, or whose next one failed several times already. */
  failing(): Promise<FailingChannel[]>
  add(channel: StoredChannel, now: Date): Promise<void>
  /** @returns false when there is no such channel. */
  replace(channel: StoredChannel): Promise<boolean>
  /** Removes it with its messages. @returns false when there is no such channel. */
  remove(id: string): Promise<boolean>
  /** Writes what each channel with an hourly digest has to be told up to `hour`, once whichever replica asks. */
  digest(hour: Date): Promise<void>
}

/** Channels, and the hourly digests of those that have one. */
export function createChannelStore(database: Transactional): ChannelStore {
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
    failing: () =>
      database.query<FailingChannel>({
        name: 'channels-failing',
        text: `SELECT c.name, c.settings ->> 'type' AS type, f.last_error AS error
          FROM channels c, LATERAL (
            SELECT last_error FROM deliveries d
            WHERE d.channel_id = c.id AND (d.state = 'dead' OR (d.state = 'pending' AND d.attempts >= ${FAILED_ATTEMPTS}))
              AND d.place > coalesce((SELECT max(place) FROM deliveries WHERE channel_id = c.id AND state = 'delivered'), 0)
            ORDER BY place DESC LIMIT 1
          ) f WHERE c.enabled ORDER BY c.name`,
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
    digest: (hour) => addDigests(database, hour),
  }
}

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
