import type { Notification } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { OperationalMessage } from '../notifications/index.js'
import { isRanked, type OpsRule } from './rules.js'
import { rankOf } from './severity.js'
import type { RuleState } from './state-machine.js'

type OperationalNotification = Extract<Notification, { kind: 'operational_alert' }>

/** What a notification says of the alert beside its rule. */
export interface NoticeFacts {
  status: 'firing' | 'acknowledged' | 'resolved'
  state: Pick<RuleState, 'since' | 'firedAt' | 'severity'>
  value: number | null
  /** What it is about now, in words. */
  detail: string | null
  /** Milliseconds since the epoch. */
  at: number
  runbook_url: string
}

/** What channels carry of an operational alert. */
export function noticeOf(
  rule: Pick<OpsRule, 'name' | 'severity' | 'description' | 'signal'>,
  { status, state, value, detail, at, runbook_url }: NoticeFacts,
): OperationalNotification {
  // The rank of a severity is in the notification in words.
  const measured = value === null || isRanked(rule.signal) ? '' : ` Now: ${Number(value.toFixed(3))}.`
  return {
    kind: 'operational_alert',
    status,
    rule: rule.name,
    severity: state.severity ?? rule.severity,
    summary: `${rule.description}${measured}${detail === null ? '' : ` ${detail}`}`,
    started_at: timestampOf(state.firedAt ?? state.since),
    ended_at: status === 'resolved' ? timestampOf(at) : null,
    runbook_url,
  }
}

/** A notification about one rule. */
export interface RuleNotification {
  rule: Pick<OpsRule, 'id' | 'group'>
  notice: OperationalNotification
}

/** Makes those of one group and status one message, which says what it covers; the order is that of the first of each. Pure. */
export function groupedMessages(notifications: readonly RuleNotification[]): OperationalMessage[] {
  const groups = new Map<string, RuleNotification[]>()
  for (const each of notifications) {
    const key = `${each.notice.status} ${each.rule.group ?? each.rule.id}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].map((members) => {
    const rule_ids = members.map(({ rule }) => rule.id)
    const sorted = members.map(({ notice }) => notice).sort((a, b) => rankOf(b.severity) - rankOf(a.severity))
    const [worst] = sorted as [OperationalNotification]
    if (sorted.length === 1) return { notice: worst, rule_ids }
    const covers = sorted.map(({ rule, severity, summary, started_at, runbook_url }) => ({
      rule,
      severity,
      summary,
      started_at,
      runbook_url,
    }))
    return { notice: { ...worst, covers }, rule_ids }
  })
}
