import type { Logger } from '../../platform/logger.js'
import type { StoredRuleState } from './rule-state-store.js'
import { isRanked, type OpsRule } from './rules.js'
import { cappedSeverity } from './severity.js'
import type { SignalReader } from './signals.js'
import {
  advance,
  INITIAL,
  needsNotification,
  notifiedOf,
  type RuleState,
  type Step,
} from './state-machine.js'
import { isInhibited } from './suppression.js'

/** One evaluation of a rule. */
export interface RuleEvaluation {
  rule: OpsRule
  value: number | null
  /** Whether the condition holds now; null: it cannot be evaluated. */
  active: boolean | null
  step: Step
  /** A silence or a more severe alert suppresses its notification. */
  suppressed: boolean
  /** A more severe alert explains it. */
  inhibited: boolean
}

/** Evaluates rules, and keeps the state of each between evaluations. */
export interface RuleEvaluator {
  /** Takes over a stored state. */
  adopt(stored: RuleState & Pick<StoredRuleState, 'rule_id'> & { value?: number | null }): void
  /** The states after one evaluation, not yet accepted. Never rejects: a signal that cannot be read is logged and changes nothing. */
  evaluate(
    rules: readonly OpsRule[],
    at: number,
    silenced: (rule: OpsRule) => boolean,
  ): Promise<RuleEvaluation[]>
  /** Takes over what an evaluation came to, once it is recorded. */
  accept(evaluations: readonly RuleEvaluation[]): void
  isFiring(rule_id: string): boolean
}

export interface RuleEvaluatorOptions {
  read: SignalReader
  /** Whether what inhibits a rule explains its condition, although it is over. */
  isExplained: (rule: OpsRule, at: number) => Promise<boolean>
  log: Logger
}

export function createRuleEvaluator({ read, isExplained, log }: RuleEvaluatorOptions): RuleEvaluator {
  const known = new Map<string, RuleState>()
  const values = new Map<string, number | null>()

  async function readValue(rule: OpsRule, at: number): Promise<number | null> {
    if (rule.signal.kind === 'retired') return 0
    return read(rule.signal, at).catch((error: unknown) => {
      log.warning('An operational alert cannot be judged', {
        rule: rule.id,
        cause: (error as Error).message,
      })
      return null
    })
  }

  return {
    adopt({ rule_id, value, state, since, firedAt, lastActiveAt, notified, severity, notifiedSeverity }) {
      if (value !== undefined) values.set(rule_id, value)
      known.set(rule_id, { state, since, firedAt, lastActiveAt, notified, severity, notifiedSeverity })
    },
    async evaluate(rules, at, silenced) {
      const next = new Map(known)
      const evaluations: RuleEvaluation[] = []
      for (const rule of rules) {
        const value = await readValue(rule, at)
        const active = value === null ? null : value > rule.above
        const inhibited =
          isInhibited(rule, (id) => next.get(id)?.state === 'firing') ||
          (active === true && (await isExplained(rule, at)))
        const suppressed = silenced(rule) || inhibited
        const before = next.get(rule.id) ?? INITIAL
        const step = advance(before, active, suppressed || rule.group !== undefined, at, {
          forMs: rule.for * 1000,
          keepFiringMs: rule.keep_firing_for * 1000,
          severity: currentSeverity(rule, value),
          risen: rule.notify_on_rise === true && (value ?? 0) > (values.get(rule.id) ?? value ?? 0),
        })
        next.set(rule.id, step.next)
        evaluations.push({ rule, value, active, step, suppressed, inhibited })
      }
      return releaseGroups(evaluations, at)
    },
    accept(evaluations) {
      for (const { rule, step, value } of evaluations) {
        known.set(rule.id, step.next)
        values.set(rule.id, value)
        logStep(log, rule, step, value)
      }
    },
    isFiring: (rule_id) => known.get(rule_id)?.state === 'firing',
  }
}

/** How severe a value is. */
function currentSeverity(rule: OpsRule, value: number | null): OpsRule['severity'] | null {
  return isRanked(rule.signal) ? cappedSeverity(rule, value ?? 0) : rule.severity
}

/**
 * Notifies of a group once its first alert has fired for `group_wait`: then with every alert of the group that fires. Until then what
 * inhibits them may begin to fire, and nobody is notified in vain.
 */
function releaseGroups(evaluations: readonly RuleEvaluation[], at: number): RuleEvaluation[] {
  const due = new Set<string>()
  const isWaiting = ({ active, step, suppressed }: RuleEvaluation) =>
    active && !suppressed && needsNotification(step.next)
  for (const evaluation of evaluations) {
    const { rule, step } = evaluation
    if (rule.group === undefined || !isWaiting(evaluation)) continue
    if (at - (step.next.firedAt ?? at) >= rule.group_wait * 1000) due.add(rule.group)
  }
  return evaluations.map((evaluation) => {
    const { rule, step } = evaluation
    if (rule.group === undefined || !due.has(rule.group) || !isWaiting(evaluation)) return evaluation
    return { ...evaluation, step: { ...step, next: notifiedOf(step.next), notification: 'firing' } }
  })
}

function logStep(log: Logger, rule: OpsRule, { entered, next }: Step, value: number | null): void {
  for (const state of entered) {
    const facts = {
      rule: rule.id,
      state,
      severity: next.severity ?? rule.severity,
      value,
      threshold: rule.above,
    }
    if (state === 'firing') log.error('Operational alert firing', facts)
    else log.info('Operational alert changed', facts)
  }
}
