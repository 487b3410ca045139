import type { Notice, OpsTransition } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import type { Leadership } from '../../platform/postgres/leadership.js'
import { noticeOf } from './alert-notification.js'
import { createOwnAlerts } from './own-alerts.js'
import { createRuleEvaluator, type RuleEvaluation } from './rule-evaluator.js'
import type { OpsRule } from './rules.js'
import type { SignalReader } from './signals.js'
import type { OperationsStore } from './store.js'
import { isSilenced } from './suppression.js'

/** Evaluates the rules: all of them on the replica that leads, those about the database on each replica that loses it. */
export interface OpsEvaluator {
  /** One evaluation; never two at the same time. @throws {Error} when it could not be recorded: it is then as if it had not been. */
  evaluate(): Promise<void>
  /** Rules that fire, as this process last knew. */
  firing(): ReadonlyArray<OpsRule>
}

export interface OpsEvaluatorOptions {
  /** Inhibiting rules are evaluated before those that they inhibit. */
  rules: readonly OpsRule[]
  read: SignalReader
  store: Pick<OperationsStore, 'states' | 'silences' | 'record'>
  leadership: Pick<Leadership, 'epoch'>
  isDatabaseReachable: () => Promise<boolean>
  /** Tells people without the database. */
  tellDirectly: (notices: readonly Notice[]) => Promise<void>
  /** Called after each evaluation that worked: the evaluator lives. */
  onEvaluated: () => void
  runbookUrl: (rule: OpsRule) => string
  log: Logger
  now: () => number
}

export function createOpsEvaluator(options: OpsEvaluatorOptions): OpsEvaluator {
  const { read, store, leadership, isDatabaseReachable, tellDirectly, runbookUrl, log, now } = options
  const rules = [...options.rules].sort((a, b) => a.inhibited_by.length - b.inhibited_by.length)
  const offlineRules = rules.filter(({ signal }) => signal.kind === 'database_unreachable')
  const evaluator = createRuleEvaluator({ read, log })
  const alerts = createOwnAlerts(tellDirectly, (evaluation, at) => noticesOf(evaluation, at, runbookUrl))
  /** What happened while it could not be written. */
  let unwritten: OpsTransition[] = []

  async function evaluate(): Promise<void> {
    if (!(await isDatabaseReachable())) return evaluateWithoutDatabase()
    // Taken first: what is read under an epoch that ends meanwhile cannot be written.
    const epoch = leadership.epoch()
    const at = now()
    const stored = await store.states()
    for (const state of stored) if (!alerts.isOwn(state.rule_id)) evaluator.adopt(state)
    if (epoch === null) return evaluateOwnRules(at)
    const silences = await store.silences(new Date(at))
    const evaluations = await evaluator.evaluate(rules, at, (rule) => isSilenced(rule, silences, at))
    const readAt = new Map(stored.map(({ rule_id, evaluatedAt }) => [rule_id, evaluatedAt]))
    await store.record({
      epoch,
      states: evaluations.map(({ rule, step, value }) => ({
        ...step.next,
        rule_id: rule.id,
        value,
        evaluatedAt: at,
        readAt: readAt.get(rule.id) ?? null,
      })),
      transitions: [...unwritten, ...evaluations.flatMap((each) => transitionsOf(each, at))],
      notices: evaluations
        .filter(({ rule }) => !alerts.isSentDirectly(rule.id))
        .flatMap((each) => noticesOf(each, at, runbookUrl)),
      now: new Date(at),
    })
    unwritten = []
    evaluator.accept(evaluations)
    const direct = evaluations.filter(({ rule }) => alerts.isSentDirectly(rule.id))
    alerts.forgetEnded(evaluations)
    await alerts.sendDirectly(direct, at)
    options.onEvaluated()
  }

  /**
   * The one alert that cannot wait for the database. Every replica tells it, since none can ask the others; receivers that
   * keep a state see one, by its key.
   */
  async function evaluateWithoutDatabase(): Promise<void> {
    const at = now()
    const evaluations = await evaluator.evaluate(offlineRules, at, () => false)
    evaluator.accept(evaluations)
    for (const { id } of offlineRules) alerts.own(id)
    unwritten.push(...evaluations.flatMap((each) => transitionsOf(each, at)))
    alerts.forgetEnded(evaluations)
    await alerts.sendDirectly(evaluations, at)
  }

  /** A replica that does not lead has the database back: what it sent as firing ends here, whatever the leader saw. */
  async function evaluateOwnRules(at: number): Promise<void> {
    unwritten = []
    const own = rules.filter(({ id }) => alerts.isOwn(id))
    const evaluations = await evaluator.evaluate(own, at, () => false)
    evaluator.accept(evaluations)
    alerts.forgetEnded(evaluations)
    await alerts.sendDirectly(evaluations, at)
  }

  return { evaluate, firing: () => rules.filter(({ id }) => evaluator.isFiring(id)) }
}

function transitionsOf({ rule, step, value, quiet }: RuleEvaluation, at: number): OpsTransition[] {
  return step.entered.map((event) => ({
    at: timestampOf(at),
    rule_id: rule.id,
    event,
    value,
    actor: null,
    told: event === 'firing' || event === 'resolved' ? !quiet : false,
  }))
}

function noticesOf(
  { rule, step, value }: RuleEvaluation,
  at: number,
  runbookUrl: OpsEvaluatorOptions['runbookUrl'],
): Notice[] {
  if (step.tell === null) return []
  return [noticeOf(rule, step.tell, step.next, value, at, runbookUrl(rule))]
}
