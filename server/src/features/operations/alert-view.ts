import type { OpsAlert, OpsSilence } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { StoredRuleState } from './rule-state-store.js'
import type { OpsRule } from './rules.js'
import { isInhibited, isSilenced } from './suppression.js'

/** What the view of an alert shows beside its rule. */
export interface AlertContext {
  /** By the id of the rule; a rule that was never evaluated has none. */
  states: ReadonlyMap<string, StoredRuleState>
  /** Those that are not over. */
  silences: readonly OpsSilence[]
  /** What rules that fire are about now, by their ids. */
  details: ReadonlyMap<string, string>
  runbookUrl: (rule: OpsRule) => string
  /** Milliseconds since the epoch. */
  at: number
}

/** A rule and its state as operators see them. Pure. */
export function toAlertView(
  rule: OpsRule,
  { states, silences, details, runbookUrl, at }: AlertContext,
): OpsAlert {
  const state = states.get(rule.id)
  return {
    id: rule.id,
    name: rule.name,
    kind: kindOf(rule),
    severity: (state?.state === 'firing' ? state.severity : null) ?? rule.severity,
    description: rule.description,
    detail: details.get(rule.id) ?? null,
    threshold: rule.above,
    for_seconds: rule.for,
    keep_firing_seconds: rule.keep_firing_for,
    inhibited_by: rule.inhibited_by,
    runbook_url: runbookUrl(rule),
    state: state?.state ?? 'inactive',
    value: state?.value ?? null,
    since: state && state.since > 0 ? timestampOf(state.since) : null,
    evaluated_at: state ? timestampOf(state.evaluatedAt) : null,
    acknowledged_by: state?.acknowledgedBy ?? null,
    silenced: isSilenced(rule, silences, at),
    inhibited: (state?.inhibited ?? false) || isInhibited(rule, (id) => states.get(id)?.state === 'firing'),
  }
}

/** Whether the rule watches the error budget of an objective. */
export function kindOf({ signal }: OpsRule): OpsAlert['kind'] {
  return signal.kind === 'burn_rate' ? 'slo' : 'operational'
}
