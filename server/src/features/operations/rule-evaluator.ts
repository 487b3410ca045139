import type { Logger } from '../../platform/logger.js'
import type { StoredRuleState } from './rule-state-store.js'
import type { OpsRule } from './rules.js'
import type { SignalReader } from './signals.js'
import { advance, INITIAL, type RuleState, type Step } from './state-machine.js'
import { isInhibited } from './suppression.js'

/** One evaluation of a rule. */
export interface RuleEvaluation {
  rule: OpsRule
  value: number | null
  step: Step
  /** A silence or a more severe alert keeps it from being told. */
  quiet: boolean
}

/** Evaluates rules, and keeps the state of each between evaluations. */
export interface RuleEvaluator {
  /** Takes over a stored state. */
  adopt(stored: StoredRuleState): void
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
  log: Logger
}

export function createRuleEvaluator({ read, log }: RuleEvaluatorOptions): RuleEvaluator {
  const known = new Map<string, RuleState>()

  return {
    adopt({ rule_id, state, since, firedAt, lastActiveAt, told }) {
      known.set(rule_id, { state, since, firedAt, lastActiveAt, told })
    },
    async evaluate(rules, at, silenced) {
      const next = new Map(known)
      const evaluations: RuleEvaluation[] = []
      for (const rule of rules) {
        const value = await read(rule.signal, at).catch((error: unknown) => {
          log.warning('An operational alert cannot be judged', {
            rule: rule.id,
            cause: (error as Error).message,
          })
          return null
        })
        const quiet = silenced(rule) || isInhibited(rule, (id) => next.get(id)?.state === 'firing')
        const before = next.get(rule.id) ?? INITIAL
        const step = advance(before, value === null ? null : value > rule.above, quiet, at, {
          forMs: rule.for * 1000,
          keepFiringMs: rule.keep_firing_for * 1000,
        })
        next.set(rule.id, step.next)
        evaluations.push({ rule, value, step, quiet })
      }
      return evaluations
    },
    accept(evaluations) {
      for (const { rule, step, value } of evaluations) {
        known.set(rule.id, step.next)
        logStep(log, rule, step, value)
      }
    },
    isFiring: (rule_id) => known.get(rule_id)?.state === 'firing',
  }
}

function logStep(log: Logger, rule: OpsRule, { entered }: Step, value: number | null): void {
  for (const state of entered) {
    const facts = { rule: rule.id, state, severity: rule.severity, value, threshold: rule.above }
    if (state === 'firing') log.error('Operational alert firing', facts)
    else log.info('Operational alert changed', facts)
  }
}
