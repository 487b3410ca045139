import type { Notice, OpsTransition } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import type { Leadership } from '../../platform/postgres/leadership.js'
import type { OpsRule } from './rules.js'
import type { SignalReader } from './signals.js'
import { advance, INITIAL, type RuleState, type Step } from './state-machine.js'
import type { OperationsStore, StoredRuleState } from './store.js'

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

interface Known extends RuleState {
  value: number | null
}

interface Judged {
  rule: OpsRule
  value: number | null
  step: Step
  quiet: boolean
}

export function startOpsEvaluator(options: OpsEvaluatorOptions): OpsEvaluator {
  const { read, store, leadership, isDatabaseReachable, tellDirectly, log, now } = options
  const rules = [...options.rules].sort((a, b) => a.inhibited_by.length - b.inhibited_by.length)
  const offlineRules = rules.filter(({ signal }) => signal.kind === 'database_unreachable')
  let known = new Map<string, Known>()
  /** What happened while it could not be written. */
  let unwritten: OpsTransition[] = []

  async function evaluate(): Promise<void> {
    if (!(await isDatabaseReachable())) return evaluateWithoutDatabase()
    if (!leadership.isLeader()) {
      known = withStored(known, await store.states())
      unwritten = []
      return
    }
    const at = now()
    known = withStored(known, await store.states())
    const silences = await store.silences(new Date(at))
    const silenced = (rule: OpsRule) =>
      silences.some(
        ({ rule_id, starts_at }) => (rule_id === null || rule_id === rule.id) && Date.parse(starts_at) <= at,
      )
    const judged: Judged[] = []
    for (const rule of rules) judged.push(await judge(rule, at, silenced(rule)))
    await store.record(
      judged.map((each) => storedOf(each, at)),
      [...unwritten, ...judged.flatMap((each) => transitionsOf(each, at))],
      judged.flatMap((each) => noticesOf(each, at)),
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
    const judged: Judged[] = []
    for (const rule of offlineRules) judged.push(await judge(rule, at, false))
    unwritten.push(...judged.flatMap((each) => transitionsOf(each, at)))
    const notices = judged.flatMap((each) => noticesOf(each, at))
    if (notices.length > 0) await tellDirectly(notices)
  }

  async function judge(rule: OpsRule, at: number, silenced: boolean): Promise<Judged> {
    const value = await read(rule.signal, at).catch((error: unknown) => {
      log.warning('An operational alert cannot be judged', { rule: rule.id, cause: (error as Error).message })
      return null
    })
    const quiet = silenced || isInhibited(rule)
    const before = known.get(rule.id) ?? INITIAL
    const step = advance(before, value === null ? null : value > rule.above, quiet, at, {
      forMs: rule.for * 1000,
      keepFiringMs: rule.keep_firing_for * 1000,
    })
    known.set(rule.id, { ...step.next, value })
    for (const state of step.entered) {
      const facts = { rule: rule.id, state, severity: rule.severity, value, threshold: rule.above }
      if (state === 'firing') log.error('Operational alert firing', facts)
      else log.info('Operational alert changed', facts)
    }
    return { rule, value, step, quiet }
  }

  function isInhibited({ inhibited_by }: OpsRule): boolean {
    return inhibited_by.some((id) => known.get(id)?.state === 'firing')
  }

  function noticesOf({ rule, step, value }: Judged, at: number): Notice[] {
    if (step.tell === null) return []
    return [noticeOf(rule, step.tell, step.next, value, at, options.runbookUrl(rule))]
  }

  const poller = createPoller({
    work: evaluate,
    pauseMs: options.pauseMs,
    onError: (error) =>
      log.error('Operational alerts cannot be evaluated; trying again', { cause: (error as Error).message }),
  })
  return {
    evaluate,
    firing: () => rules.filter(({ id }) => known.get(id)?.state === 'firing'),
    stop: poller.stop,
  }
}

/** What channels carry of an operational alert. */
export function noticeOf(
  rule: Pick<OpsRule, 'name' | 'severity' | 'description'>,
  status: 'firing' | 'acknowledged' | 'resolved',
  { since, firedAt }: Pick<RuleState, 'since' | 'firedAt'>,
  value: number | null,
  at: number,
  runbook_url: string,
): Notice {
  const measured = value === null ? '' : ` Now: ${Number(value.toFixed(3))}.`
  return {
    kind: 'operational_alert',
    status,
    rule: rule.name,
    severity: rule.severity,
    summary: `${rule.description}${measured}`,
    started_at: timestampOf(firedAt ?? since),
    ended_at: status === 'resolved' ? timestampOf(at) : null,
    runbook_url,
  }
}

/** What was decided while the database was away is newer than what it remembers. */
function withStored(
  known: ReadonlyMap<string, Known>,
  stored: readonly StoredRuleState[],
): Map<string, Known> {
  const merged = new Map<string, Known>(known)
  for (const { rule_id, evaluatedAt: _, ...state } of stored) {
    const present = merged.get(rule_id)
    if (!present || present.since <= state.since) merged.set(rule_id, state)
  }
  return merged
}

function storedOf({ rule, step, value }: Judged, at: number): StoredRuleState {
  return { rule_id: rule.id, ...step.next, value, evaluatedAt: at }
}

function transitionsOf({ rule, step, value, quiet }: Judged, at: number): OpsTransition[] {
  return step.entered.map((event) => ({
    at: timestampOf(at),
    rule_id: rule.id,
    event,
    value,
    actor: null,
    told: event === 'firing' || event === 'resolved' ? !quiet : false,
  }))
}
