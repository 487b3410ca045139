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

/** Evaluates rules one at a time, and keeps the state of each between evaluations. */
export interface RuleEvaluator {
  /** Takes over the stored states, except where the own state is newer. */
  adopt(stored: readonly StoredRuleState[]): void
  /** Never rejects: a signal that cannot be read is logged and changes nothing. */
  evaluate(rule: OpsRule, at: number, silenced: boolean): Promise<RuleEvaluation>
  isFiring(rule_id: string): boolean
}

export interface RuleEvaluatorOptions {
  read: SignalReader
  log: Logger
}

interface Known extends RuleState {
  value: number | null
}

export function createRuleEvaluator({ read, log }: RuleEvaluatorOptions): RuleEvaluator {
  let known = new Map<string, Known>()
  const isFiring = (rule_id: string) => known.get(rule_id)?.state === 'firing'

  return {
    adopt(stored) {
      known = withStored(known, stored)
    },
    async evaluate(rule, at, silenced) {
      const value = await read(rule.signal, at).catch((error: unknown) => {
        log.warning('An operational alert cannot be judged', {
          rule: rule.id,
          cause: (error as Error).message,
        })
        return null
      })
      const quiet = silenced || isInhibited(rule, isFiring)
      const before = known.get(rule.id) ?? INITIAL
      const step = advance(before, value === null ? null : value > rule.above, quiet, at, {
        forMs: rule.for * 1000,
        keepFiringMs: rule.keep_firing_for * 1000,
      })
      known.set(rule.id, { ...step.next, value })
      logStep(log, rule, step, value)
      return { rule, value, step, quiet }
    },
    isFiring,
  }
}

function logStep(log: Logger, rule: OpsRule, { entered }: Step, value: number | null): void {
  for (const state of entered) {
    const facts = { rule: rule.id, state, severity: rule.severity, value, threshold: rule.above }
    if (state === 'firing') log.error('Operational alert firing', facts)
    else log.info('Operational alert changed', facts)
  }
}

/** What was decided while the database was away is newer than what it remembers. */
function withStored(
  known: ReadonlyMap<string, Known>,
  stored: readonly StoredRuleState[],
): Map<string, Known> {
  const merged = new Map(known)
  for (const { rule_id, evaluatedAt: _, ...state } of stored) {
    const present = merged.get(rule_id)
    if (!present || present.since <= state.since) merged.set(rule_id, state)
  }
  return merged
}
