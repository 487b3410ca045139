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
  notified: false,
  severity: null,
  notifiedSeverity: null,
}

export interface Step {
  next: RuleState
  /** The states passed through, in order; empty when nothing changed. */
  entered: OpsState[]
  /** The notification that is due. */
  notification: 'firing' | 'resolved' | null
}

export interface StepOptions {
  forMs: number
  keepFiringMs: number
  severity?: OperationalSeverity | null
  /** There is more of it than at the last evaluation, and each is worth a notification. */
  risen?: boolean
}

/**
 * One evaluation of a rule. Pure.
 *
 * inactive or resolved -> pending while the condition holds -> firing once it held for `forMs` -> resolved once it has been gone for
 * `keepFiringMs`. Somebody is notified of a firing when nothing suppresses it, also later, when a silence ends while the condition holds; its end
 * is notified to whoever was notified of its beginning, and so is a severity, or a count where each counts, that rises while it fires.
 * @param active whether the condition holds now; null: it cannot be evaluated, and nothing changes.
 * @param suppressed a silence, a more severe alert or the wait of its group suppresses its notification.
 * @param severity how severe the condition is now; the worst since it began is that of the alert.
 */
export function advance(
  before: RuleState,
  active: boolean | null,
  suppressed: boolean,
  now: number,
  { forMs, keepFiringMs, severity = null, risen = false }: StepOptions,
): Step {
  if (active === null) return { next: before, entered: [], notification: null }
  const entered: OpsState[] = []
  let next: RuleState = active ? { ...before, lastActiveAt: now } : before
  const enter = (state: OpsState, more: Partial<RuleState> = {}) => {
    next = { ...next, state, since: now, ...more }
    entered.push(state)
  }
  if (active && (next.state === 'inactive' || next.state === 'resolved')) {
    enter('pending', { notified: false, severity: null, notifiedSeverity: null })
  }
  if (active) next = { ...next, severity: worstOf(next.severity, severity) }
  if (next.state === 'pending' && !active) enter('inactive')
  if (next.state === 'pending' && now - next.since >= forMs) enter('firing', { firedAt: now })
  if (next.state === 'firing' && !active && now - (next.lastActiveAt ?? 0) >= keepFiringMs) enter('resolved')

  if (active && (needsNotification(next) || (risen && next.state === 'firing')) && !suppressed)
    return { next: notifiedOf(next), entered, notification: 'firing' }
  if (entered.includes('resolved') && next.notified) {
    return { next: { ...next, notified: false }, entered, notification: 'resolved' }
  }
  return { next, entered, notification: null }
}

/** Whether it fires, and nobody was notified of that or of its present severity. */
export function needsNotification({ state, notified, severity, notifiedSeverity }: RuleState): boolean {
  if (state !== 'firing') return false
  return !notified || (notifiedSeverity !== null && worstOf(notifiedSeverity, severity) !== notifiedSeverity)
}

/** The same state, once somebody was notified. */
export function notifiedOf(state: RuleState): RuleState {
  return { ...state, notified: true, notifiedSeverity: state.severity }
}
