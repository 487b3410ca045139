import type { OperationalSeverity, OpsState } from '@eviltwin/contract'
import type { StoredRuleState } from './rule-state-store.js'
import { worstOf } from './severity.js'

/** Where a rule stands, as far as the next step depends on it. */
export type RuleState = Omit<
  StoredRuleState,
  'rule_id' | 'value' | 'evaluatedAt' | 'acknowledgedBy' | 'inhibited'
>

export const INITIAL: RuleState = {
  state: 'inactive',
  since: 0,
  firedAt: null,
  lastActiveAt: null,
  told: false,
  severity: null,
  toldSeverity: null,
}

export interface Step {
  next: RuleState
  /** The states passed through, in order; empty when nothing changed. */
  entered: OpsState[]
  /** What people are to be told. */
  tell: 'firing' | 'resolved' | null
}

export interface StepOptions {
  forMs: number
  keepFiringMs: number
  severity?: OperationalSeverity | null
}

/**
 * One evaluation of a rule. Pure.
 *
 * inactive or resolved -> pending while the condition holds -> firing once it held for `forMs` -> resolved once it has been gone for
 * `keepFiringMs`. Somebody is notified of a firing when nothing keeps it quiet, also later, when a silence ends while the condition holds; its end
 * is notified to whoever was notified of its beginning, and so is a severity that rises while it fires.
 * @param active whether the condition holds now; null: it cannot be judged, and nothing changes.
 * @param quiet a silence, a more severe alert or the wait of its group keeps it from being told.
 * @param severity how severe the condition is now; the worst since it began is that of the alert.
 */
export function advance(
  before: RuleState,
  active: boolean | null,
  quiet: boolean,
  now: number,
  { forMs, keepFiringMs, severity = null }: StepOptions,
): Step {
  if (active === null) return { next: before, entered: [], tell: null }
  const entered: OpsState[] = []
  let next: RuleState = active ? { ...before, lastActiveAt: now } : before
  const enter = (state: OpsState, more: Partial<RuleState> = {}) => {
    next = { ...next, state, since: now, ...more }
    entered.push(state)
  }
  if (active && (next.state === 'inactive' || next.state === 'resolved')) {
    enter('pending', { told: false, severity: null, toldSeverity: null })
  }
  if (active) next = { ...next, severity: worstOf(next.severity, severity) }
  if (next.state === 'pending' && !active) enter('inactive')
  if (next.state === 'pending' && now - next.since >= forMs) enter('firing', { firedAt: now })
  if (next.state === 'firing' && !active && now - (next.lastActiveAt ?? 0) >= keepFiringMs) enter('resolved')

  if (active && isUntold(next) && !quiet) return { next: toldOf(next), entered, tell: 'firing' }
  if (entered.includes('resolved') && next.told) {
    return { next: { ...next, told: false }, entered, tell: 'resolved' }
  }
  return { next, entered, tell: null }
}

/** Whether it fires, and nobody was told that it does or how severe it has become. */
export function isUntold({ state, told, severity, toldSeverity }: RuleState): boolean {
  if (state !== 'firing') return false
  return !told || (toldSeverity !== null && worstOf(toldSeverity, severity) !== toldSeverity)
}

/** The same state, once somebody was notified. */
export function toldOf(state: RuleState): RuleState {
  return { ...state, told: true, toldSeverity: state.severity }
}
