import type { NewOpsSilence, OpsAlert, OpsSilence, OpsTransition } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, ForbiddenError, NotFoundError } from '../../platform/errors.js'
import { requireBounded } from '../../platform/suppression-limits.js'
import type { LiveLogin } from '../auth/index.js'
import { noticeOf } from './alert-notification.js'
import { kindOf, toAlertView } from './alert-view.js'
import type { KnownSilences } from './known-silences.js'
import type { OpsRule } from './rules.js'
import { MAX_SILENCES } from './silence-store.js'
import type { OperationsStore } from './store.js'

/** The operational alerts as operators see and handle them. */
export interface Operations {
  alerts(kind: 'operational' | 'slo' | 'all'): Promise<OpsAlert[]>
  history(rule_id: string | null, limit: number): Promise<OpsTransition[]>
  /** @throws {NotFoundError} @throws {ConflictError} when it does not fire. */
  acknowledge(rule_id: string, actor: string): Promise<OpsAlert>
  silences(): Promise<OpsSilence[]>
  /**
   * @throws {NotFoundError | InvalidInputError} @throws {ForbiddenError} for a maintenance window, a long silence or too many rules by an analyst.
   * @throws {ConflictError} when 200 are not over.
   */
  silence(request: NewOpsSilence, actor: Pick<LiveLogin, 'username' | 'role'>): Promise<OpsSilence>
  /** @throws {NotFoundError} */
  endSilence(id: string): Promise<void>
}

/** A stolen login must not silence all of them one by one either. */
const ANALYST_MAX_RULES = 5

export interface OperationsOptions {
  rules: readonly OpsRule[]
  store: OperationsStore
  silences: Pick<KnownSilences, 'refresh'>
  /** What a rule is about now, in words. */
  describe: (rule: OpsRule, at: number) => Promise<string | null>
  runbookUrl: (rule: OpsRule) => string
  now: () => number
}

export function createOperations(options: OperationsOptions): Operations {
  const { rules, store, describe, runbookUrl, now } = options
  return {
    async alerts(kind) {
      const at = now()
      const [states, silences] = await Promise.all([store.states(), store.silences(new Date(at))])
      const known = new Map(states.map((state) => [state.rule_id, state]))
      const wanted = rules.filter((rule) => kind === 'all' || kindOf(rule) === kind)
      const firing = wanted.filter(({ id }) => known.get(id)?.state === 'firing')
      const details = await detailsOf(firing, describe, at)
      return wanted.map((rule) => toAlertView(rule, { states: known, silences, details, runbookUrl, at }))
    },
    history: store.history,
    async acknowledge(rule_id, actor) {
      const rule = ruleOf(rule_id)
      const at = now()
      const state = (await store.states()).find((candidate) => candidate.rule_id === rule_id)
      const notice = noticeOf(rule, {
        status: 'acknowledged',
        state: {
          since: state?.since ?? at,
          firedAt: state?.firedAt ?? null,
          severity: state?.severity ?? null,
        },
        value: state?.value ?? null,
        detail: null,
        at,
        runbook_url: runbookUrl(rule),
      })
      if (!(await store.acknowledge(rule_id, actor, notice, new Date(at)))) {
        throw new ConflictError(`${rule.name} is not firing; only a firing alert can be acknowledged`)
      }
      const [alert] = (await this.alerts('all')).filter(({ id }) => id === rule_id)
      return alert as OpsAlert
    },
    ...createSilencing(options, ruleOf),
  }

  function ruleOf(id: string): OpsRule {
    const rule = rules.find((candidate) => candidate.id === id)
    if (!rule)
      throw new NotFoundError(`operational alert ${id} was not found; GET /ops/alerts lists the alerts`)
    return rule
  }
}

/** Silences of rules, and of all of them. */
function createSilencing(
  { store, now, silences }: Pick<OperationsOptions, 'store' | 'now' | 'silences'>,
  ruleOf: (id: string) => OpsRule,
): Pick<Operations, 'silences' | 'silence' | 'endSilence'> {
  // What is stored holds; what cannot be read again now is read by the next evaluation.
  const refreshSilences = () => silences.refresh().catch(() => {})
  return {
    silences: () => store.silences(new Date(now())),
    async silence({ rule_id, reason, starts_at, ends_at }, actor) {
      if (rule_id !== null) ruleOf(rule_id)
      const at = now()
      const [start, end] = [starts_at === undefined ? at : Date.parse(starts_at), Date.parse(ends_at)]
      const broadBecause = rule_id === null ? 'a maintenance window silences everything' : null
      requireBounded({ start, end, broadBecause, pointer: '/ends_at' }, actor.role, at)
      const silence = await store.addSilence(
        {
          id: uuidV7(),
          rule_id,
          reason,
          created_by: actor.username,
          starts_at: new Date(start),
          ends_at: new Date(end),
        },
        new Date(at),
        actor.role === 'admin' ? null : ANALYST_MAX_RULES,
      )
      if (silence === 'too many rules')
        throw new ForbiddenError(
          `this needs the role admin: more than ${ANALYST_MAX_RULES} operational alerts would be silenced at once`,
        )
      if (silence === 'no room')
        throw new ConflictError(`the limit of ${MAX_SILENCES} silences is reached; end one of them first`)
      await refreshSilences()
      return silence
    },
    async endSilence(id) {
      if (!(await store.endSilence(id)))
        throw new NotFoundError(
          `silence ${id} was not found or has ended; GET /ops/silences lists the silences`,
        )
      await refreshSilences()
    },
  }
}

async function detailsOf(
  firing: readonly OpsRule[],
  describe: OperationsOptions['describe'],
  at: number,
): Promise<Map<string, string>> {
  const details = new Map<string, string>()
  for (const rule of firing) {
    const detail = await describe(rule, at)
    if (detail !== null) details.set(rule.id, detail)
  }
  return details
}
