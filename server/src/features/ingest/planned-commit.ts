import type { Event } from '@eviltwin/contract'
import type { Statement } from '../../platform/postgres/statement.js'
import type { Scorer } from '../scoring/index.js'
import { planCommit } from './commit-plan.js'
import type { CommitPlan } from './commit-rows.js'
import type { StoredContext } from './store.js'
import type { WriteGroup } from './write-group.js'
import { writeStatement } from './write-statement-store.js'

/** What a group comes to, before it is durable. */
export interface PlannedCommit {
  /** Its events that are not stored yet. */
  fresh: Event[]
  /** What it was planned from. */
  stored: StoredContext
  plan: CommitPlan
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
  }: { scorer: Scorer; countryOf: (ip: string) => string | null; appendTotals?: boolean | undefined },
): PlannedCommit {
  const fresh = group.events.filter(({ id }) => !stored.knownEventIds.has(id))
  const plan = planCommit(fresh, stored.sessions, scorer, group.requestOf, group.shown)
  for (const session of plan.sessions) session.country ??= countryOf(session.source_ip)
  return { fresh, stored, plan, statement: writeStatement(group, fresh, plan, { appendTotals }) }
}
