import type { Notification } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import type { Leadership } from '../../platform/postgres/leadership.js'
import { groupedMessages, noticeOf, type RuleNotification } from './alert-notification.js'
import { createFailedFirings, type FailedFirings } from './failed-firings.js'
import type { DirectAttempt } from './fallback-notifier.js'
import type { NewTransition } from './history-store.js'
import type { KnownSilences } from './known-silences.js'
import { createOwnAlerts, type OwnAlerts } from './own-alerts.js'
import { createRuleEvaluator, type RuleEvaluation } from './rule-evaluator.js'
import type { EvaluationRecord, StoredRuleState } from './rule-state-store.js'
import type { OpsRule } from './rules.js'
import type { SentDirectlyFile } from './sent-directly-file.js'
import type { SignalReader } from './signals.js'
import type { OperationsStore } from './store.js'
import {
  createUnwrittenHistory,
  type UnwrittenHistory,
  type UnwrittenHistoryFile,
} from './unwritten-history.js'

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
  store: Pick<OperationsStore, 'states' | 'record' | 'recordOffline'>
  silences: KnownSilences
  /** What a rule is about now, in words; null when there is nothing to add. */
  describe: (rule: OpsRule, at: number) => Promise<string | null>
  /** Whether what inhibits a rule explains its condition, although it is over. */
  isExplained: (rule: OpsRule, at: number) => Promise<boolean>
  /** The rule behind a stored state of a rule that does not exist any more. */
  retiredRule: (id: string) => OpsRule
  leadership: Pick<Leadership, 'epoch'>
  isDatabaseReachable: () => Promise<boolean>
  /** Whether this process is the one of its server that sends without the database. */
  isSpokesman: boolean
  /** Sends without the database. @returns what became of each notice and channel. */
  notifyDirectly: (notifications: readonly Notification[]) => Promise<readonly DirectAttempt[]>
  /** Sends what failed once more. @returns what became of each. */
  retryDirectly: (failed: readonly DirectAttempt[]) => Promise<readonly DirectAttempt[]>
  /** What this replica sent without the database, across restarts. */
  sentDirectly: SentDirectlyFile
  /** What this replica did without the database and could not write, across restarts. */
  unwritten: UnwrittenHistoryFile
  /** Called after each evaluation that worked: the evaluator lives. */
  onEvaluated: () => void
  runbookUrl: (rule: OpsRule) => string
  log: Logger
  now: () => number
}

export function createOpsEvaluator(options: OpsEvaluatorOptions): OpsEvaluator {
  const { read, store, silences, leadership, isDatabaseReachable, isExplained, log, now } = options
  const rules = [...options.rules].sort((a, b) => a.inhibited_by.length - b.inhibited_by.length)
  const ids = new Set(rules.map(({ id }) => id))
  const offlineRules = rules.filter(({ signal }) => signal.kind === 'database_unreachable')
  const evaluator = createRuleEvaluator({ read, isExplained, log })
  const unwritten = createUnwrittenHistory(store, rules, options.unwritten)
  const failedFirings = createFailedFirings(options.retryDirectly, now)
  const alerts = ownAlertsOf(options, failedFirings, unwritten)
  const silencedAt = (at: number) => (rule: OpsRule) => silences.isSilenced(rule, at)

  async function evaluate(): Promise<void> {
    for (const [rule_id, state] of await alerts.recover())
      if (ids.has(rule_id)) evaluator.adopt({ rule_id, ...state })
    await unwritten.recover()
    if (!(await isDatabaseReachable())) return options.isSpokesman ? evaluateWithoutDatabase() : undefined
    // Taken first: what is read under an epoch that ends meanwhile cannot be written.
    const epoch = leadership.epoch()
    const at = now()
    const stored = await store.states()
    await silences.refresh()
    await unwritten.write()
    for (const state of stored) if (!alerts.isOwn(state.rule_id)) evaluator.adopt(state)
    // What this replica sent as firing ends here, whatever the leader saw.
    if (epoch === null) return evaluateOwn(({ id }) => alerts.isOwn(id), at)
    const retired = stored
      .filter(({ rule_id, state }) => !ids.has(rule_id) && (state === 'firing' || state === 'pending'))
      .map(({ rule_id }) => options.retiredRule(rule_id))
    const evaluations = await evaluator.evaluate([...rules, ...retired], at, silencedAt(at))
    const due = evaluations.filter(
      ({ rule, step }) => step.notification !== null && !alerts.isSentDirectly(rule.id),
    )
    const notifications = await describedNotifications(due, at, options)
    await store.record({
      epoch,
      ...recordOf(evaluations, stored, at),
      messages: groupedMessages(notifications),
    })
    evaluator.accept(evaluations)
    const direct = evaluations.filter(({ rule }) => alerts.isSentDirectly(rule.id))
    alerts.forgetEnded(evaluations)
    await alerts.sendDirectly(direct, at)
    options.onEvaluated()
  }

  /**
   * The one alert that cannot wait for the database. Every server sends it, by one of its processes, since none can ask the others;
   * receivers that keep a state see one, by its key.
   */
  async function evaluateWithoutDatabase(): Promise<void> {
    const at = now()
    for (const { id } of offlineRules) alerts.own(id)
    await evaluateOwn((rule) => offlineRules.includes(rule), at)
  }

  /** Evaluates what this replica decides by itself; what changes is written once the database is there. */
  async function evaluateOwn(isOwn: (rule: OpsRule) => boolean, at: number): Promise<void> {
    const evaluations = await evaluator.evaluate(rules.filter(isOwn), at, silencedAt(at))
    evaluator.accept(evaluations)
    await unwritten.addTransitions(evaluations.flatMap((each) => transitionsOf(each, at)))
    alerts.forgetEnded(evaluations)
    await alerts.sendDirectly(evaluations, at)
    await unwritten.addAttempts(await failedFirings.retry(), at)
  }

  return { evaluate, firing: () => rules.filter(({ id }) => evaluator.isFiring(id)) }
}

/** What this replica sends by itself, and what became of it. */
function ownAlertsOf(
  { notifyDirectly, now, runbookUrl, sentDirectly }: OpsEvaluatorOptions,
  failedFirings: FailedFirings,
  unwritten: UnwrittenHistory,
): OwnAlerts {
  return createOwnAlerts(
    async (notifications) => {
      const decidedAt = now()
      const attempts = await notifyDirectly(notifications)
      failedFirings.note(attempts)
      await unwritten.addAttempts(attempts, decidedAt)
    },
    (evaluation, at) => noticesOf(evaluation, at, null, runbookUrl),
    sentDirectly,
  )
}

/** The notifications of evaluations, a firing with what it is about. */
async function describedNotifications(
  evaluations: readonly RuleEvaluation[],
  at: number,
  { describe, runbookUrl }: Pick<OpsEvaluatorOptions, 'describe' | 'runbookUrl'>,
): Promise<RuleNotification[]> {
  const notifications: RuleNotification[] = []
  for (const evaluation of evaluations) {
    const { rule, step } = evaluation
    const detail = step.notification === 'firing' ? await describe(rule, at).catch(() => null) : null
    for (const notice of noticesOf(evaluation, at, detail, runbookUrl)) notifications.push({ rule, notice })
  }
  return notifications
}

/** What evaluations change in the store. @param stored the states that they were made from. */
function recordOf(
  evaluations: readonly RuleEvaluation[],
  stored: readonly StoredRuleState[],
  at: number,
): Pick<EvaluationRecord, 'states' | 'transitions' | 'now'> {
  const readAt = new Map(stored.map(({ rule_id, evaluatedAt }) => [rule_id, evaluatedAt]))
  return {
    states: evaluations.map(({ rule, step, value, inhibited }) => ({
      ...step.next,
      rule_id: rule.id,
      value,
      inhibited,
      evaluatedAt: at,
      readAt: readAt.get(rule.id) ?? null,
    })),
    transitions: evaluations.flatMap((each) => transitionsOf(each, at)),
    now: new Date(at),
  }
}

function transitionsOf({ rule, step, value }: RuleEvaluation, at: number): NewTransition[] {
  return step.entered.map((event) => ({ at: timestampOf(at), rule_id: rule.id, event, value, actor: null }))
}

function noticesOf(
  { rule, step, value }: RuleEvaluation,
  at: number,
  detail: string | null,
  runbookUrl: OpsEvaluatorOptions['runbookUrl'],
): Array<ReturnType<typeof noticeOf>> {
  if (step.notification === null) return []
  const facts = {
    status: step.notification,
    state: step.next,
    value,
    detail,
    at,
    runbook_url: runbookUrl(rule),
  }
  return [noticeOf(rule, facts)]
}
