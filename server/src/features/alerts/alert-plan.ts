import type { Alert } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import type {
  AlertContext,
  AlertPlan,
  FurtherSource,
  PlannedAlert,
  Recurrence,
  SyntheticAlert,
} from './alert-rows.js'
import { behaviourOf } from './behaviour.js'
import { createKnownAlerts } from './known-alerts.js'
import { type SuppressionContext, type SuppressionVerdict, suppressionOf } from './suppression.js'

/** What a plan needs beside what is stored. */
export interface PlanningInputs extends Pick<SuppressionContext, 'isResearchScanner'> {
  /** Makes ids that sort by time. */
  newId: () => string
  /** RFC 3339. */
  now: string
}

/**
 * Turns escalations into alerts: each is a new alert, one more occurrence of an unresolved one of the same canary, or of the same session
 * and level, or an alert that the policy suppresses. Pure: what is stored comes in, what to store goes out.
 */
export function planAlerts(
  escalations: readonly EscalationRow[],
  context: AlertContext,
  { newId, now, isResearchScanner }: PlanningInputs,
): AlertPlan {
  const { policy, mutes } = context
  const known = createKnownAlerts(context)
  const occurrences = createOccurrences()
  let position = context.position

  for (const escalation of escalations) {
    const ownAlertId = known.unresolvedId(escalation, false)
    const verdict = suppressionOf(escalation, {
      policy,
      mutes,
      campaignId: known.campaignId(escalation),
      ownAlertId,
      isResearchScanner,
    })
    const unresolvedId = known.unresolvedId(escalation, verdict !== null)
    if (verdict?.campaign_alert_id !== undefined) occurrences.repeat(verdict.campaign_alert_id, escalation)
    if (unresolvedId !== undefined) {
      occurrences.repeat(unresolvedId, escalation)
      continue
    }
    if (!verdict) position += 1
    const alert = alertOf(escalation, verdict, {
      id: newId(),
      feed_position: verdict ? null : position,
      first_of_attacker: known.isFirstOfAttacker(escalation),
      raised_at: now,
    })
    occurrences.raise(alert)
    known.add(alert)
  }
  return { position, ...occurrences.counted() }
}

/** The alerts of attacks of the platform itself: no policy of analysts applies to them. Pure. */
export function planSyntheticAlerts(
  escalations: readonly EscalationRow[],
  { newId, now }: Pick<PlanningInputs, 'newId' | 'now'>,
): SyntheticAlert[] {
  return escalations.flatMap((escalation) => {
    const { synthetic_run, request_id, traceparent } = escalation
    if (!synthetic_run) return []
    const given = { id: newId(), feed_position: null, first_of_attacker: true, raised_at: now }
    return [
      { run_id: synthetic_run, alert: announced(alertOf(escalation, null, given)), request_id, traceparent },
    ]
  })
}

/** An alert as people and programs are told of it. */
export function announced(planned: PlannedAlert): Alert {
  const {
    feed_position: _,
    behaviour: __,
    canary: ___,
    request_id: ____,
    traceparent: _____,
    ...alert
  } = planned
  return alert
}

/** Counts what happens to alerts in a batch: to those that it raised itself, and to stored ones. */
function createOccurrences() {
  const raised = new Map<string, PlannedAlert>()
  const recurrences = new Map<string, Recurrence>()
  const sources = new Map<string, FurtherSource>()

  /** @returns whether this batch did not see the address at this alert before. */
  function addSource(alert_id: string, { source_ip, occurred_at }: EscalationRow): boolean {
    const key = `${alert_id} ${source_ip}`
    if (sources.has(key)) return false
    sources.set(key, { alert_id, source_ip, first_seen_at: occurred_at })
    return true
  }

  return {
    raise(alert: PlannedAlert): void {
      raised.set(alert.id, alert)
    },
    /** One more occurrence of an alert. */
    repeat(id: string, escalation: EscalationRow): void {
      const { source_ip, occurred_at } = escalation
      const fresh = raised.get(id)
      const recurrence = recurrences.get(id)
      if (fresh) {
        fresh.occurrence_count += 1
        if (source_ip !== fresh.source_ip && addSource(id, escalation)) fresh.source_count += 1
        if (occurred_at > fresh.last_occurrence_at) fresh.last_occurrence_at = occurred_at
        return
      }
      addSource(id, escalation)
      if (recurrence) {
        recurrence.count += 1
        if (occurred_at > recurrence.last_occurrence_at) recurrence.last_occurrence_at = occurred_at
      } else recurrences.set(id, { id, count: 1, last_occurrence_at: occurred_at })
    },
    counted: (): Omit<AlertPlan, 'position'> => ({
      raised: [...raised.values()],
      recurrences: [...recurrences.values()],
      sources: [...sources.values()],
    }),
  }
}

function alertOf(
  escalation: EscalationRow,
  verdict: SuppressionVerdict | null,
  given: Pick<PlannedAlert, 'id' | 'feed_position' | 'first_of_attacker' | 'raised_at'>,
): PlannedAlert {
  return {
    id: given.id,
    feed_position: given.feed_position,
    kind: escalation.kind,
    threat_level: escalation.threat_level,
    threat_score: escalation.threat_score,
    session_id: escalation.session_id,
    source_ip: escalation.source_ip,
    sensor_id: escalation.sensor_id,
    sensor_kind: escalation.sensor_kind,
    reasons: [...escalation.reasons],
    detail: escalation.detail,
    canary: escalation.kind === 'canary' ? (escalation.canary ?? '') : null,
    first_of_attacker: given.first_of_attacker,
    behaviour: behaviourOf(escalation),
    occurred_at: escalation.occurred_at,
    event_received_at: escalation.received_at,
    raised_at: given.raised_at,
    last_occurrence_at: escalation.occurred_at,
    occurrence_count: 1,
    source_count: 1,
    state: 'open',
    assignee: null,
    suppressed_by: verdict?.suppressed_by ?? null,
    suppressed_because: verdict?.suppressed_because ?? null,
    campaign_alert_id: verdict?.campaign_alert_id ?? null,
    request_id: escalation.request_id,
    traceparent: escalation.traceparent,
  }
}
