import type { DeliveryRetry, Notification } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { createOutboxReader, type OutboxReader } from './outbox-reader-store.js'
import type { StoredChannel } from './store.js'

/** Messages of one channel that this process may send now, oldest first. */
export interface ClaimedMessages {
  channel: StoredChannel
  messages: ClaimedMessage[]
}

export interface ClaimedMessage {
  id: string
  notice: Notification
  /** Those that failed. */
  attempts: number
}

/** What became of one attempt. */
export type Settlement =
  | { outcome: 'delivered' }
  | { outcome: 'failed'; error: string; next_attempt_at: Date }
  | { outcome: 'dead'; error: string }

/** Messages that wait for their channels: written with what they tell of, and here until somebody took them. */
export interface OutboxStore extends OutboxReader {
  /**
   * Leases the oldest due messages of every enabled channel that no replica is sending for. A message that failed and
   * waits for its next attempt holds back what came after it, so that a channel's messages keep their order and a
   * receiver that is down is asked once a pause and not once a message: a circuit breaker that every replica sees and
   * that survives restarts. One that failed `holding` times is the message's own trouble and holds back nothing.
   * A lease that runs out (its holder died) is anybody's again.
   */
  claim(options: {
    limit: number
    holding: number
    now: Date
    leased_until: Date
  }): Promise<ClaimedMessages[]>
  settle(id: string, settlement: Settlement, now: Date): Promise<void>
  /** Gives back what was leased and not attempted. */
  release(ids: readonly string[]): Promise<void>
  /** Makes dead messages wait again. @returns how many. */
  retry(which: DeliveryRetry, now: Date): Promise<number>
}

export const OUTBOX_CHANNEL = 'eviltwin_outbox'

const CLAIM = {
  name: 'outbox-claim',
  text: `
    WITH ready AS (
      SELECT id FROM channels c
      WHERE enabled
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND state = 'pending' AND next_attempt_at <= $1)
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND state = 'pending' AND locked_until > $1)
      FOR UPDATE SKIP LOCKED
    ), due AS (
      SELECT d.id FROM ready, LATERAL (
        SELECT id FROM deliveries WHERE channel_id = ready.id AND state = 'pending' AND next_attempt_at <= $1
          AND NOT EXISTS (
            SELECT 1 FROM deliveries held WHERE held.channel_id = ready.id AND held.state = 'pending'
              AND held.next_attempt_at > $1 AND held.attempts < $4 AND held.place < deliveries.place)
        ORDER BY place LIMIT $2) d
    )
    -- The second look at locked_until is at the newest version of the row: a replica that was a moment faster keeps it.
    UPDATE deliveries SET locked_until = $3 FROM due
    WHERE deliveries.id = due.id AND state = 'pending' AND (locked_until IS NULL OR locked_until <= $1)
    RETURNING deliveries.id, channel_id, notice, attempts, place`,
}

/** Messages to channels, as they are read, sent and tried again. */
export function createOutboxStore(database: Transactional): OutboxStore {
  return {
    ...createOutboxReader(database),
    claim: ({ limit, holding, now, leased_until }) =>
      database.transaction(async (client) => {
        const claimed = await client.query<ClaimedMessage & { channel_id: string; place: number }>({
          ...CLAIM,
          values: [now, limit, leased_until, holding],
        })
        if (claimed.length === 0) return []
        const channels = await client.query<StoredChannel>({
          text: `SELECT id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings, sealed_secret
            FROM channels WHERE id = ANY ($1::uuid[])`,
          values: [claimed.map(({ channel_id }) => channel_id)],
        })
        return channels.map((channel) => ({
          channel,
          messages: claimed
            .filter(({ channel_id }) => channel_id === channel.id)
            .sort((a, b) => a.place - b.place)
            .map(({ id, notice, attempts }) => ({ id, notice, attempts })),
        }))
      }),
    settle: (id, settlement, now) => settle(database, id, settlement, now),
    async release(ids) {
      await database.query({
        text: `UPDATE deliveries SET locked_until = NULL WHERE id = ANY ($1::uuid[]) AND state = 'pending'`,
        values: [ids],
      })
    },
    async retry({ ids, channel_id }, now) {
      const retried = await database.query({
        text: `WITH retried AS (
            UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = $1
            WHERE state = 'dead' AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND ($3::uuid IS NULL OR channel_id = $3)
            RETURNING id
          ), noted AS (
            UPDATE operational_notifications SET outcome = 'pending' WHERE delivery_id IN (SELECT id FROM retried)
          ), told AS (SELECT pg_notify('${OUTBOX_CHANNEL}', ''))
          SELECT retried.id FROM retried, told`,
        values: [now, ids, channel_id],
      })
      return retried.length
    },
  }
}

/** A notice to every channel that carries operational alerts, and the rules that it is about. */
export interface OperationalMessage {
  notice: Notification
  rule_ids: readonly string[]
}

/** Writes operational notifications, in their order, for every channel that carries them, and notes of which rules each channel is notified. */
export async function addOperationalNotices(
  client: Queryable,
  messages: readonly OperationalMessage[],
  now: Date,
): Promise<void> {
  await client.query({
    text: `WITH planned AS MATERIALIZED (
        SELECT gen_random_uuid() AS id, c.id AS channel_id, c.name, m.place, m.value -> 'notice' AS notice, m.value -> 'rule_ids' AS rule_ids
        FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS m (value, place), channels c
        WHERE c.enabled AND c.operational_alerts
      ), added AS (
        INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
        SELECT id, channel_id, notice, 'pending', 0, $1, $1 FROM planned ORDER BY place
      ), noted AS (
        INSERT INTO operational_notifications (rule_id, status, at, channel_id, channel, delivery_id, outcome)
        SELECT r.id, notice ->> 'status', $1, channel_id, name, planned.id, 'pending'
        FROM planned, jsonb_array_elements_text(rule_ids) AS r (id)
      ) SELECT pg_notify('${OUTBOX_CHANNEL}', '')`,
    values: [now, JSON.stringify(messages)],
  })
}

/** Writes what became of an attempt, for the outbox and for the history of the operational alerts. */
async function settle(client: Queryable, id: string, settlement: Settlement, now: Date): Promise<void> {
  switch (settlement.outcome) {
    case 'delivered':
      await client.query({
        text: `WITH settled AS (
            UPDATE deliveries SET state = 'delivered', delivered_at = $2, locked_until = NULL, attempts = attempts + 1 WHERE id = $1
          ) UPDATE operational_notifications SET outcome = 'delivered', settled_at = $2, detail = NULL WHERE delivery_id = $1`,
        values: [id, now],
      })
      return
    case 'failed':
      await client.query({
        text: `WITH settled AS (
            UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = $2, last_error = $3, locked_until = NULL WHERE id = $1
          ) UPDATE operational_notifications SET detail = $3 WHERE delivery_id = $1`,
        values: [id, settlement.next_attempt_at, settlement.error],
      })
      return
    case 'dead':
      await client.query({
        text: `WITH settled AS (
            UPDATE deliveries SET state = 'dead', attempts = attempts + 1, last_error = $2, locked_until = NULL WHERE id = $1
          ) UPDATE operational_notifications SET outcome = 'failed', settled_at = $3, detail = $2 WHERE delivery_id = $1`,
        values: [id, settlement.error, now],
      })
  }
}
