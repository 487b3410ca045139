import type { Notice } from '@eviltwin/contract'
import type { RuleEvaluation } from './rule-evaluator.js'

/** The alerts that this replica decides and sends by itself, because the database was away. */
export interface OwnAlerts {
  /** The rule was evaluated without the database: until it is over, its state here is newer than the stored one. */
  own(rule_id: string): void
  isOwn(rule_id: string): boolean
  /** Whether this replica sent it as firing: it sends its end, too, and in the same way. */
  isSentDirectly(rule_id: string): boolean
  /** The stored state counts again for rules that are over. */
  forgetEnded(evaluations: readonly RuleEvaluation[]): void
  /** Sends without the outbox what evaluations come to. */
  sendDirectly(evaluations: readonly RuleEvaluation[], at: number): Promise<void>
}

export function createOwnAlerts(
  tellDirectly: (notices: readonly Notice[]) => Promise<void>,
  noticesOf: (evaluation: RuleEvaluation, at: number) => Notice[],
): OwnAlerts {
  const ownRules = new Set<string>()
  const sentDirectly = new Set<string>()
  return {
    own: (rule_id) => void ownRules.add(rule_id),
    isOwn: (rule_id) => ownRules.has(rule_id),
    isSentDirectly: (rule_id) => sentDirectly.has(rule_id),
    forgetEnded(evaluations) {
      for (const { rule, step } of evaluations) {
        if (step.next.state === 'firing' || step.next.state === 'pending') continue
        ownRules.delete(rule.id)
        sentDirectly.delete(rule.id)
      }
    },
    async sendDirectly(evaluations, at) {
      for (const { rule, step } of evaluations) if (step.tell === 'firing') sentDirectly.add(rule.id)
      const notices = evaluations.flatMap((each) => noticesOf(each, at))
      if (notices.length > 0) await tellDirectly(notices)
    },
  }
}
