import type { AlertMute, Suppression } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import { parseNetwork } from '../../domain/networks.js'
import { isBelow } from './alert-level.js'
import type { AlertContext } from './alert-rows.js'

/** Why an alert is suppressed. */
export interface SuppressionVerdict {
  suppressed_by: Suppression
  suppressed_because: string
  campaign_alert_id?: string
}

/** What the suppression of an escalation depends on. */
export interface SuppressionContext extends Pick<AlertContext, 'policy' | 'mutes'> {
  /** The announced alert of the escalation's campaign, as severe as it at least. */
  campaignId: string | undefined
  /** The unresolved announced alert of the escalation's own session and level, if there is one. */
  ownAlertId: string | undefined
  /** Whether a research organisation scans the whole Internet from an address. */
  isResearchScanner: (source_ip: string) => boolean
}

/** Why the policy suppresses an escalation; null when it does not, as for a canary. An explicit mute by a person comes first. */
export function suppressionOf(
  escalation: EscalationRow,
  context: SuppressionContext,
): SuppressionVerdict | null {
  const { policy, mutes, isResearchScanner } = context
  // Nobody has an honest reason to touch a canary; touches of one canary join its alert, and are announced with it.
  if (escalation.kind === 'canary') return null
  const mute = mutes.find((candidate) => covers(candidate, escalation))
  if (mute) return { suppressed_by: 'mute', suppressed_because: `${mute.reason} (${mute.created_by})` }
  const backfill = backfillOf(escalation, policy)
  if (backfill) return backfill
  const { threat_level, source_ip } = escalation
  if (isBelow(threat_level, policy.minimum_level)) {
    return {
      suppressed_by: 'minimum_level',
      suppressed_because: `the policy announces ${policy.minimum_level} and above`,
    }
  }
  // They look and do not attack; what they do beyond looking is critical by score, and that is never muted on their account.
  if (policy.mute_known_scanners && threat_level !== 'critical' && isResearchScanner(source_ip)) {
    return { suppressed_by: 'known_scanner', suppressed_because: 'a research scanner' }
  }
  return campaignSuppressionOf(context)
}

const MINUTE_MS = 60_000

/** What happened long before it arrived is history that somebody imports; an outage of a sensor is shorter. */
function backfillOf(
  { occurred_at, received_at }: Pick<EscalationRow, 'occurred_at' | 'received_at'>,
  { backfill_after_minutes }: AlertContext['policy'],
): SuppressionVerdict | null {
  const minutes = (Date.parse(received_at) - Date.parse(occurred_at)) / MINUTE_MS
  if (minutes <= backfill_after_minutes) return null
  return {
    suppressed_by: 'backfill',
    suppressed_because: `it arrived more than ${backfill_after_minutes} minutes after it happened`,
  }
}

function campaignSuppressionOf({
  campaignId,
  ownAlertId,
}: Pick<SuppressionContext, 'campaignId' | 'ownAlertId'>): SuppressionVerdict | null {
  // More of the session that raised the campaign's alert is that alert's own business.
  if (campaignId === undefined || ownAlertId === campaignId) return null
  return {
    suppressed_by: 'campaign',
    suppressed_because: `part of the campaign of alert ${campaignId}`,
    campaign_alert_id: campaignId,
  }
}

function covers({ source, sensor_id }: AlertMute, escalation: EscalationRow): boolean {
  if (sensor_id !== null && sensor_id !== escalation.sensor_id) return false
  return source === null || parseNetwork(source)?.contains(escalation.source_ip) === true
}
