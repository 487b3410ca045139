import type { Event } from '@eviltwin/contract'
import type { Statement } from '../../platform/postgres/statement.js'
import type { Scorer } from '../scoring/index.js'
import { planCommit } from './commit-plan.js'
import type { CommitPlan } from './commit-rows.js'
import type { StoredContext } from './store.js'
import { heldEvents, planSynthetic, type SyntheticPlan, type SyntheticRuns } from './synthetic-runs.js'
import type { WriteGroup } from './write-group.js'
import { writeStatement } from './write-statement-store.js'

/** What a group comes to, before it is durable. */
export interface PlannedCommit {
  /** Its events that are not stored yet. */
  fresh: Event[]
  /** What it was planned from. */
  stored: StoredContext
  plan: CommitPlan
  /** What is kept apart of its new events; null: nothing. */
  synthetic: SyntheticPlan | null
  statement: Statement
}

/** Plans a group from what is stored of it, or is believed to be, up to the statement that writes it. */
export function planGroup(
  group: WriteGroup,
  stored: StoredContext,
  {
    scorer,
    countryOf,
    appendTotals,
    syntheticRuns,
  }: {
    scorer: Scorer
    countryOf: (ip: string) => string | null
    appendTotals?: boolean | undefined
    syntheticRuns: SyntheticRuns
  },
): PlannedCommit {
  const unknown = group.events.filter(({ id }) => !stored.knownEventIds.has(id))
  const { fresh, synthetic } = apart(unknown, group, stored, scorer, syntheticRuns)
  const plan = planCommit(fresh, stored.sessions, scorer, group.requestOf, group.shown)
  for (const session of plan.sessions) session.country ??= countryOf(session.source_ip)
  return { fresh, stored, plan, synthetic, statement: writeStatement(group, fresh, plan, { appendTotals }) }
}

/** Separates what is, or may be, of an attack of the platform itself from the events of attackers. */
function apart(
  events: Event[],
  group: WriteGroup,
  { synthetic: context, sessions }: StoredContext,
  scorer: Scorer,
  { proves }: SyntheticRuns,
): Pick<PlannedCommit, 'fresh' | 'synthetic'> {
  if (context.runs.size === 0) return { fresh: events, synthetic: null }
  const ours = heldEvents(events, context, sessions)
  // What is kept apart and being given back is an attacker's, and is to be stored as such.
  const held = new Map([...ours].filter(([{ id }]) => !context.knownEventIds.has(id)))
  return {
    fresh: events.filter((event) => !ours.has(event)),
    synthetic: held.size === 0 ? null : planSynthetic(held, context, group, scorer, proves),
  }
}
