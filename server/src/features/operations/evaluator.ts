import type { Notice, OpsTransition } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { Leadership } from '../../platform/postgres/leadership.js'
import { noticeOf } from './alert-notification.js'
import { createRuleEvaluator, type RuleEvaluation } from './rule-evaluator.js'
import type { StoredRuleState } from './rule-state-store.js'
import type { OpsRule } from './rules.js'
import type { SignalReader } from './signals.js'
import type { OperationsStore } from './store.js'
import { isSilenced } from './suppression.js'

/** Evaluates the rules again and again, on the replica that leads. */
export interface OpsEvaluator {
  /** One evaluation now; tests and the start of a replica need not wait for the next. */
  evaluate(): Promise<void>
  /** Rules that fire, as this process last knew. */
  firing(): ReadonlyArray<OpsRule>
  stop(): Promise<void>
}

export interface OpsEvaluatorOptions {
  /** Inhibiting rules are evaluated before those that they inhibit. */
  rules: readonly OpsRule[]
  read: SignalReader
  store: OperationsStore
  leadership: Pick<Leadership, 'isLeader'>
  isDatabaseReachable: () => Promise<boolean>
  /** Tells people without the database. */
  tellDirectly: (notices: readonly Notice[]) => Promise<void>
  /** Called after each evaluation that worked: the evaluator lives. */
  onEvaluated: () => void
  runbookUrl: (rule: OpsRule) => string
  log: Logger
  now: () => number
  /** Milliseconds between evaluations. */
  pauseMs: number
}

export function startOpsEvaluator(options: OpsEvaluatorOptions): OpsEvaluator {
  const { read, store, leadership, isDatabaseReachable, tellDirectly, runbookUrl, log, now } = options
  const rules = [...options.rules].sort((a, b) => a.inhibited_by.length - b.inhibited_by.length)
  const offlineRules = rules.filter(({ signal }) => signal.kind === 'database_unreachable')
  const evaluator = createRuleEvaluator({ read, log })
  /** What happened while it could not be written. */
  let unwritten: OpsTransition[] = []

  async function evaluate(): Promise<void> {
    if (!(await isDatabaseReachable())) return evaluateWithoutDatabase()
    if (!leadership.isLeader()) {
      evaluator.adopt(await store.states())
      unwritten = []
      return
    }
    const at = now()
    evaluator.adopt(await store.states())
    const silences = await store.silences(new Date(at))
    const evaluations: RuleEvaluation[] = []
    for (const rule of rules) {
      evaluations.push(await evaluator.evaluate(rule, at, isSilenced(rule, silences, at)))
    }
    await store.record(
      evaluations.map((each) => storedOf(each, at)),
      [...unwritten, ...evaluations.flatMap((each) => transitionsOf(each, at))],
      evaluations.flatMap((each) => noticesOf(each, at, runbookUrl)),
      new Date(at),
    )
    unwritten = []
    options.onEvaluated()
  }

  /**
   * The one alert that cannot wait for the database. Every replica tells it, since none can ask the others; receivers that
   * keep a state see one, by its key.
   */
  async function evaluateWithoutDatabase(): Promise<void> {
    const at = now()
    const evaluations: RuleEvaluation[] = []
    for (const rule of offlineRules) evaluations.push(await evaluator.evaluate(rule, at, false))
    unwritten.push(...evaluations.flatMap((each) => transitionsOf(each, at)))
    const notices = evaluations.flatMap((each) => noticesOf(each, at, runbookUrl))
    if (notices.length > 0) await tellDirectly(notices)
  }

  const poller = createPoller({
    work: evaluate,
    pauseMs: options.pauseMs,
    onError: (error) =>
      log.error('Operational alerts cannot be evaluated; trying again', { cause: (error as Error).message }),
  })
  return {
    evaluate,
    firing: () => rules.filter(({ id }) => evaluator.isFiring(id)),
    stop: poller.stop,
  }
}

function storedOf({ rule, step, value }: RuleEvaluation, at: number): StoredRuleState {
  return { rule_id: rule.id, ...step.next, value, evaluatedAt: at }
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
