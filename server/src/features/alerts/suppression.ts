import type { AlertMute, CampaignGrouping, Suppression } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import { parseNetwork } from '../../domain/networks.js'
import { isBelow } from './alert-level.js'
import type { AlertContext } from './alert-rows.js'
import { behaviourOf } from './behaviour.js'

/** Why an alert is suppressed. */
export interface SuppressionVerdict {
  suppressed_by: Suppression
  suppressed_because: string
  campaign_alert_id?: string
}

/** What the suppression of an escalation depends on. */
export interface SuppressionContext extends Pick<AlertContext, 'policy' | 'mutes' | 'campaigns'> {
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
  // Nobody has an honest reason to touch a canary, and no two touches are the same campaign.
  if (escalation.kind === 'canary') return null
  const mute = mutes.find((candidate) => covers(candidate, escalation))
  if (mute) return { suppressed_by: 'mute', suppressed_because: `${mute.reason} (${mute.created_by})` }
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
  return campaignSuppressionOf(escalation, context)
}

function campaignSuppressionOf(
  escalation: EscalationRow,
  { policy, campaigns, ownAlertId }: SuppressionContext,
): SuppressionVerdict | null {
  const isAlike = likenessOf(escalation, policy.campaign_grouping)
  const campaign = campaigns.find(
    (candidate) => isAlike(candidate) && !isBelow(candidate.threat_level, escalation.threat_level),
  )
  // More of the session that raised the campaign's alert is that alert's own business.
  if (!campaign || ownAlertId === campaign.id) return null
  return {
    suppressed_by: 'campaign',
    suppressed_because: `part of the campaign of alert ${campaign.id}`,
    campaign_alert_id: campaign.id,
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

function covers({ source, sensor_id }: AlertMute, escalation: EscalationRow): boolean {
  if (sensor_id !== null && sensor_id !== escalation.sensor_id) return false
  return source === null || parseNetwork(source)?.contains(escalation.source_ip) === true
}
