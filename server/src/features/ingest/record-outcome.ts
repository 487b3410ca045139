import type { Event, RejectionReason, ThreatLevel } from '@eviltwin/contract'
import type { CommitPlan } from './commit-rows.js'
import type { StoredContext } from './store.js'
import type { SyntheticPlan } from './synthetic-runs.js'
import type { Write } from './write-group.js'

/** What became of one record, once that is durable. */
export type RecordOutcome =
  | {
      status: 'accepted' | 'duplicate'
      event: Event
      threat_score: number
      threat_level: ThreatLevel
      new_events: readonly Event[]
      /** It is kept apart, because it may be of an attack of the platform itself. */
      held: boolean
    }
  | {
      status: 'quarantined'
      reason: RejectionReason
      detail: string
      quarantine_id: string
      /** The sensor that it names, where that is known. */
      sensor_id: string | null
    }

/** What became of each record of each write. An event counts for the first record that brought it; the same event again is a duplicate. */
export function outcomesOf(
  writes: readonly Write[],
  fresh: readonly Event[],
  stored: StoredContext,
  plan: CommitPlan,
  synthetic: SyntheticPlan | null = null,
): RecordOutcome[][] {
  const unclaimed = new Set(fresh.map(({ id }) => id))
  const held = new Set(synthetic?.events.map(({ event }) => event.id))
  const written = new Map(plan.sessions.map((session) => [session.id, session]))
  for (const { session } of synthetic?.sessions ?? []) written.set(session.id, session)
  return writes.map(({ records }) =>
    records.map((record): RecordOutcome => {
      if ('row' in record) {
        const { reason, detail, id, sensor_id } = record.row
        return { status: 'quarantined', reason, detail, quarantine_id: id, sensor_id }
      }
      const new_events = record.events.filter(({ id }) => unclaimed.delete(id))
      const event = record.events[0] as Event
      const session = written.get(event.session_id) ?? stored.sessions.get(event.session_id)
      const isHeld = record.events.filter(({ id }) => held.delete(id)).length > 0
      return {
        status: new_events.length > 0 || isHeld ? 'accepted' : 'duplicate',
        held: isHeld,
        event,
        new_events,
        threat_score: session?.threat_score ?? 0,
        threat_level: session?.threat_level ?? 'low',
      }
    }),
  )
}
