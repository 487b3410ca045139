import type { Notification } from '@eviltwin/contract'
import type { RuleEvaluation } from './rule-evaluator.js'
import type { SentDirectly, SentDirectlyFile } from './sent-directly-file.js'
import type { RuleState } from './state-machine.js'

/** The alerts that this replica decides and sends by itself, because the database was away. */
export interface OwnAlerts {
  /** The rule was evaluated without the database: until it is over, its state here is newer than the stored one. */
  own(rule_id: string): void
  isOwn(rule_id: string): boolean
  /** Whether this replica sent it as firing: it sends its end, too, and in the same way. */
  isSentDirectly(rule_id: string): boolean
  /** The stored state counts again for rules that are over. */
  forgetEnded(evaluations: readonly RuleEvaluation[]): void
  /** Sends without the outbox what evaluations come to, and remembers across restarts what has to be ended. */
  sendDirectly(evaluations: readonly RuleEvaluation[], at: number): Promise<void>
  /** Takes over, once, what a process before this one sent. @returns the states of those rules; empty at every later call. */
  recover(): Promise<SentDirectly>
}

export function createOwnAlerts(
  notifyDirectly: (notifications: readonly Notification[]) => Promise<void>,
  noticesOf: (evaluation: RuleEvaluation, at: number) => Notification[],
  file: SentDirectlyFile,
): OwnAlerts {
  const ownRules = new Set<string>()
  const sentDirectly = new Map<string, RuleState>()
  let recovered = false
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
      const begun = evaluations.filter(({ step }) => step.notification === 'firing')
      for (const { rule, step } of begun) sentDirectly.set(rule.id, step.next)
      // Before it is sent: a process that ends in between sends the end of what may have been sent.
      if (begun.length > 0) await file.write(sentDirectly)
      const notifications = evaluations.flatMap((each) => noticesOf(each, at))
      if (notifications.length > 0) await notifyDirectly(notifications)
      // After it was sent: a process that ends in between sends the end once more.
      if (evaluations.some(({ step }) => step.notification === 'resolved')) await file.write(sentDirectly)
    },
    async recover() {
      if (recovered) return new Map()
      recovered = true
      const states = await file.read()
      for (const [rule_id, state] of states) {
        ownRules.add(rule_id)
        sentDirectly.set(rule_id, state)
      }
      return states
    },
  }
}
