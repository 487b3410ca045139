import type { OpsState } from '@eviltwin/contract'
import type { StoredRuleState } from './rule-state-store.js'

/** Where a rule stands, as far as the next step depends on it. */
export type RuleState = Omit<StoredRuleState, 'rule_id' | 'value' | 'evaluatedAt' | 'acknowledgedBy'>

export const INITIAL: RuleState = {
  state: 'inactive',
  since: 0,
  firedAt: null,
  lastActiveAt: null,
  told: false,
}

export interface Step {
  next: RuleState
  /** The states passed through, in order; empty when nothing changed. */
  entered: OpsState[]
  /** What people are to be told. */
  tell: 'firing' | 'resolved' | null
}

/**
 * One evaluation of a rule. Pure.
 *
 * inactive or resolved -> pending while the condition holds -> firing once it held for `forMs` -> resolved once it has been gone for
 * `keepFiringMs`. Firing is told when nothing keeps it quiet, also later, when a silence ends before the alert does; its end
 * is told to whoever was told of its beginning.
 * @param active whether the condition holds now; null: it cannot be judged, and nothing changes.
 * @param quiet a silence or a graver alert keeps it from being told.
 */
export function advance(
  before: RuleState,
  active: boolean | null,
  quiet: boolean,
  now: number,
  { forMs, keepFiringMs }: { forMs: number; keepFiringMs: number },
): Step {
  if (active === null) return { next: before, entered: [], tell: null }
  const entered: OpsState[] = []
  let next: RuleState = active ? { ...before, lastActiveAt: now } : before
  const enter = (state: OpsState, more: Partial<RuleState> = {}) => {
    next = { ...next, state, since: now, ...more }
    entered.push(state)
  }
  if (active && (next.state === 'inactive' || next.state === 'resolved')) {
    enter('pending', { told: false })
  }
  if (next.state === 'pending' && !active) enter('inactive')
  if (next.state === 'pending' && now - next.since >= forMs) enter('firing', { firedAt: now })
  if (next.state === 'firing' && !active && now - (next.lastActiveAt ?? 0) >= keepFiringMs) enter('resolved')

  if (next.state === 'firing' && !next.told && !quiet) {
    return { next: { ...next, told: true }, entered, tell: 'firing' }
  }
  if (entered.includes('resolved') && next.told) {
    return { next: { ...next, told: false }, entered, tell: 'resolved' }
  }
  return { next, entered, tell: null }
}
