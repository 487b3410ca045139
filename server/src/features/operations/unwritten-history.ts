import { OpsTransition } from '@eviltwin/contract'
import { z } from 'zod'
import type { Logger } from '../../platform/logger.js'
import type { DirectAttempt } from './fallback-notifier.js'
import type { NewTransition, SentNotification } from './history-store.js'
import type { OpsRule } from './rules.js'
import { createStateFile, type StateFile } from './state-file.js'
import type { OperationsStore } from './store.js'

/** What this replica did while the database was away, until it can be written; a process that comes after it writes it, too. */
export interface UnwrittenHistory {
  /** Takes over, once, what a process before this one could not write. */
  recover(): Promise<void>
  addTransitions(more: readonly NewTransition[]): Promise<void>
  /** @param at when the notifications were decided, milliseconds since the epoch. */
  addAttempts(attempts: readonly DirectAttempt[], at: number): Promise<void>
  /** @throws {Error} when it cannot be written; it is kept. */
  write(): Promise<void>
}

/** At most so many of each: beyond that the oldest are left out. */
const MAX_UNWRITTEN = 1_000

const Content = z.object({
  transitions: z.array(OpsTransition.omit({ delivered: true, told: true, notified: true })),
  notifications: z.array(
    z.object({
      rule_id: z.string(),
      status: z.enum(['firing', 'acknowledged', 'resolved']),
      at: z.number(),
      channel_id: z.string(),
      channel: z.string(),
      outcome: z.enum(['delivered', 'failed']),
      settled_at: z.number(),
      detail: z.string().nullable(),
    }),
  ),
})

export type UnwrittenHistoryFile = StateFile<z.infer<typeof Content>>

/** @param path in DATA_DIR, with the name of the worker: each replica has its own. */
export function createUnwrittenHistoryFile(path: string, log: Logger): UnwrittenHistoryFile {
  return createStateFile(path, Content, log)
}

export function createUnwrittenHistory(
  store: Pick<OperationsStore, 'recordOffline'>,
  rules: readonly OpsRule[],
  file: UnwrittenHistoryFile,
): UnwrittenHistory {
  let transitions: NewTransition[] = []
  let notifications: SentNotification[] = []
  let recovered = false
  const remember = () => file.write({ transitions, notifications })
  return {
    async recover() {
      if (recovered) return
      recovered = true
      const known = await file.read()
      if (known === null) return
      transitions = [...known.transitions, ...transitions]
      notifications = [...known.notifications, ...notifications]
    },
    async addTransitions(more) {
      if (more.length === 0) return
      transitions = [...transitions, ...more].slice(-MAX_UNWRITTEN)
      await remember()
    },
    async addAttempts(attempts, at) {
      const sent = attempts.flatMap((attempt) => sentNotificationsOf(attempt, rules, at))
      if (sent.length === 0) return
      notifications = [...notifications, ...sent].slice(-MAX_UNWRITTEN)
      await remember()
    },
    async write() {
      if (transitions.length + notifications.length === 0) return
      await store.recordOffline(transitions, notifications)
      transitions = []
      notifications = []
      // After it was written: a process that ends in between writes it once more, which changes nothing.
      await remember()
    },
  }
}

function sentNotificationsOf(
  { notification, channel, outcome, settledAt, detail }: DirectAttempt,
  rules: readonly OpsRule[],
  at: number,
): SentNotification[] {
  if (notification.kind !== 'operational_alert') return []
  const rule = rules.find(({ name }) => name === notification.rule)
  if (!rule) return []
  return [
    {
      rule_id: rule.id,
      status: notification.status,
      at,
      channel_id: channel.id,
      channel: channel.name,
      outcome,
      settled_at: settledAt,
      detail,
    },
  ]
}
