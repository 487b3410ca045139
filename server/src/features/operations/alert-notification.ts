import type { Notice } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { OpsRule } from './rules.js'
import type { RuleState } from './state-machine.js'

/** What channels carry of an operational alert. */
export function noticeOf(
  rule: Pick<OpsRule, 'name' | 'severity' | 'description'>,
  status: 'firing' | 'acknowledged' | 'resolved',
  { since, firedAt }: Pick<RuleState, 'since' | 'firedAt'>,
  value: number | null,
  at: number,
  runbook_url: string,
): Notice {
  const measured = value === null ? '' : ` Now: ${Number(value.toFixed(3))}.`
  return {
    kind: 'operational_alert',
    status,
    rule: rule.name,
    severity: rule.severity,
    summary: `${rule.description}${measured}`,
    started_at: timestampOf(firedAt ?? since),
    ended_at: status === 'resolved' ? timestampOf(at) : null,
    runbook_url,
  }
}
