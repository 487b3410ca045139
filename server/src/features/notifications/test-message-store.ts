import type { Notification } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import { OUTBOX_CHANNEL } from './outbox-store.js'

/** What became of a test message so far. */
export interface TestDelivery {
  state: 'pending' | 'delivered' | 'dead'
  /** Those that failed, or the one that succeeded too. */
  attempts: number
  last_error: string | null
}

/** Test messages that take the way of every message: the outbox, its dispatcher and the channel. */
export interface TestMessageStore {
  /** @returns null when there is no such channel. */
  channel(id: string): Promise<{ name: string; enabled: boolean } | null>
  /** Writes a message for a channel; again with the same id: nothing. @returns false when the channel is disabled or was removed. */
  add(id: string, channel_id: string, notice: Notification, now: Date): Promise<boolean>
  /** @returns null when it was removed with its channel. */
  delivery(id: string): Promise<TestDelivery | null>
}

export function createTestMessageStore(database: Queryable): TestMessageStore {
  return {
    async channel(id) {
      const [channel] = await database.query<{ name: string; enabled: boolean }>({
        text: 'SELECT name, enabled FROM channels WHERE id = $1',
        values: [id],
      })
      return channel ?? null
    },
    async add(id, channel_id, notice, now) {
      const added = await database.query({
        text: `WITH channel AS (
            SELECT id FROM channels WHERE id = $2 AND enabled
          ), added AS (
            INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
            SELECT $1, id, $3, 'pending', 0, $4, $4 FROM channel ON CONFLICT (id) DO NOTHING
          ) SELECT pg_notify('${OUTBOX_CHANNEL}', '') FROM channel`,
        values: [id, channel_id, JSON.stringify(notice), now],
      })
      return added.length > 0
    },
    async delivery(id) {
      const [delivery] = await database.query<TestDelivery>({
        text: 'SELECT state, attempts, last_error FROM deliveries WHERE id = $1',
        values: [id],
      })
      return delivery ?? null
    },
  }
}
