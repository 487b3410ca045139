import type { Notification } from '@eviltwin/contract'
import type { Transactional } from '../../platform/postgres/database.js'
import { addOperationalNotices } from '../notifications/index.js'
import {
  createRuleStateReader,
  createRuleStateWriter,
  type RuleStateReader,
  type RuleStateWriter,
} from './rule-state-store.js'
import { createSilenceStore, type SilenceStore } from './silence-store.js'

export interface OperationsStore extends RuleStateReader, RuleStateWriter, SilenceStore {
  /** Gives the review of a week to the channels, once whoever asks. */
  sendReview(week: Date, notice: Notification, now: Date): Promise<void>
}

export function createOperationsStore(database: Transactional): OperationsStore {
  return {
    ...createRuleStateReader(database),
    ...createRuleStateWriter(database),
    ...createSilenceStore(database),
    sendReview: (week, notice, now) =>
      database.transaction(async (client) => {
        const claimed = await client.query({
          text: 'INSERT INTO sent_reviews (week) VALUES ($1) ON CONFLICT DO NOTHING RETURNING week',
          values: [week],
        })
        if (claimed.length > 0) await addOperationalNotices(client, [{ notice, rule_ids: [] }], now)
      }),
  }
}
