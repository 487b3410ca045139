import { createHash } from 'node:crypto'
import type {
  Alert,
  AlertLevel,
  AlertMute,
  AlertPolicy,
  CampaignGrouping,
  Suppression,
} from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import { parseNetwork } from '../../domain/networks.js'
import type { AlertContext, AlertPlan, PlannedAlert, Recurrence } from './alert-rows.js'
import { isKnownScanner } from './known-scanners.js'

const RANK: Readonly<Record<AlertLevel, number>> = { high: 0, critical: 1 }

interface Verdict {
  suppressed_by: Suppression
  suppressed_because: string
  campaign_alert_id?: string
}

/**
 * Turns escalations into alerts: each is a new alert, one more occurrence of an unresolved one of the same session and
 * level, or an alert that the policy keeps quiet. Pure: what is stored comes in, what to store goes out.
 * @param newId makes ids that sort by time.
 * @param now RFC 3339.
 */
export function planAlerts(
  escalations: readonly EscalationRow[],
  context: AlertContext,
  newId: () => string,
  now: string,
): AlertPlan {
  const unresolved = new Map(context.unresolved.map((alert) => [keyOf(alert, alert.suppressed), alert.id]))
  const campaigns = [...context.campaigns]
  const attackers = new Map(context.attackers.map(({ source_ip, level }) => [source_ip, level]))
  const recurrences = new Map<string, Recurrence>()
  const raised = new Map<string, PlannedAlert>()
  let position = context.position

  for (const escalation of escalations) {
    const verdict = verdictOn(escalation)
    const key = keyOf(escalation, verdict !== null)
    const known = unresolved.get(key)
    if (verdict?.campaign_alert_id !== undefined) recur(verdict.campaign_alert_id, escalation)
    if (known !== undefined) {
      recur(known, escalation)
      continue
    }
    const alert = alertOf(escalation, verdict)
    raised.set(alert.id, alert)
    unresolved.set(key, alert.id)
    if (verdict) continue
    campaigns.push(alert)
    const level = attackers.get(alert.source_ip)
    if (level === undefined || RANK[level] < RANK[alert.threat_level])
      attackers.set(alert.source_ip, alert.threat_level)
  }
  return { position, raised: [...raised.values()], recurrences: [...recurrences.values()] }

  /** Why the policy keeps this quiet; null when it does not. An explicit mute by a person comes first. */
  function verdictOn(escalation: EscalationRow): Verdict | null {
    const { policy, mutes } = context
    const mute = mutes.find((candidate) => covers(candidate, escalation))
    if (mute) return { suppressed_by: 'mute', suppressed_because: `${mute.reason} (${mute.created_by})` }
    // Nobody has an honest reason to touch a canary, and no two touches are the same campaign.
    if (escalation.kind === 'canary') return null
    const { threat_level, source_ip } = escalation
    if (RANK[threat_level] < RANK[policy.minimum_level]) {
      return {
        suppressed_by: 'minimum_level',
        suppressed_because: `the policy announces ${policy.minimum_level} and above`,
      }
    }
    if (policy.mute_known_scanners && threat_level !== 'critical' && isKnownScanner(source_ip)) {
      return { suppressed_by: 'known_scanner', suppressed_because: 'a research scanner' }
    }
    return verdictOfCampaign(escalation, policy)
  }

  function verdictOfCampaign(escalation: EscalationRow, policy: AlertPolicy): Verdict | null {
    const isAlike = likenessOf(escalation, policy.campaign_grouping)
    const campaign = campaigns.find(
      (candidate) => isAlike(candidate) && RANK[candidate.threat_level] >= RANK[escalation.threat_level],
    )
    // More of the session that raised the campaign's alert is that alert's own business.
    if (!campaign || unresolved.get(keyOf(escalation, false)) === campaign.id) return null
    return {
      suppressed_by: 'campaign',
      suppressed_because: `part of the campaign of alert ${campaign.id}`,
      campaign_alert_id: campaign.id,
    }
  }

  function recur(id: string, { occurred_at }: EscalationRow): void {
    const fresh = raised.get(id)
    const counted = fresh ?? recurrences.get(id)
    if (fresh) {
      fresh.occurrence_count += 1
      if (occurred_at > fresh.last_occurrence_at) fresh.last_occurrence_at = occurred_at
    } else if (counted) {
      const recurrence = counted as Recurrence
      recurrence.count += 1
      if (occurred_at > recurrence.last_occurrence_at) recurrence.last_occurrence_at = occurred_at
    } else recurrences.set(id, { id, count: 1, last_occurrence_at: occurred_at })
  }

  function alertOf(escalation: EscalationRow, verdict: Verdict | null): PlannedAlert {
    const { threat_level, source_ip, occurred_at } = escalation
    const level = attackers.get(source_ip)
    if (!verdict) position += 1
    return {
      id: newId(),
      feed_position: verdict ? null : position,
      kind: escalation.kind,
      threat_level,
      threat_score: escalation.threat_score,
      session_id: escalation.session_id,
      source_ip,
      sensor_id: escalation.sensor_id,
      sensor_kind: escalation.sensor_kind,
      reasons: [...escalation.reasons],
      detail: escalation.detail,
      first_of_attacker: level === undefined || RANK[level] < RANK[threat_level],
      behaviour: behaviourOf(escalation),
      occurred_at,
      event_received_at: escalation.received_at,
      raised_at: now,
      last_occurrence_at: occurred_at,
      occurrence_count: 1,
      state: 'open',
      assignee: null,
      suppressed_by: verdict?.suppressed_by ?? null,
      suppressed_because: verdict?.suppressed_because ?? null,
      campaign_alert_id: verdict?.campaign_alert_id ?? null,
      request_id: escalation.request_id,
      traceparent: escalation.traceparent,
    }
  }
}

/** Whether an alert may stand for an escalation, by the policy's notion of a campaign. */
function likenessOf(
  escalation: EscalationRow,
  grouping: CampaignGrouping,
): (alert: AlertContext['campaigns'][number]) => boolean {
  if (grouping === 'off') return () => false
  if (grouping === 'source') return ({ source_ip }) => source_ip === escalation.source_ip
  const wanted = behaviourOf(escalation)
  return ({ behaviour }) => behaviour !== null && behaviour === wanted
}

/**
 * A digest of how an escalation's source acts: its client software and the signals it showed. Kept with every alert, so
 * that a change of policy applies to alerts that are open already.
 */
export function behaviourOf({ clients, signals }: EscalationRow): string | null {
  if (signals.length === 0) return null
  const behaviour = JSON.stringify([[...clients].sort(), [...signals].sort()])
  return createHash('sha256').update(behaviour).digest('hex').slice(0, 32)
}

function covers({ source, sensor_id }: AlertMute, escalation: EscalationRow): boolean {
  if (sensor_id !== null && sensor_id !== escalation.sensor_id) return false
  return source === null || parseNetwork(source)?.contains(escalation.source_ip) === true
}

function keyOf(of: Pick<Alert, 'session_id' | 'threat_level'>, suppressed: boolean): string {
  return `${of.session_id} ${of.threat_level} ${suppressed}`
}
