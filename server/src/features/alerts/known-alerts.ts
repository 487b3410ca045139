import { type Alert, AlertLevel } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import { clientBlockOf } from '../../domain/ip-address.js'
import { isBelow } from './alert-level.js'
import type { AlertContext, PlannedAlert } from './alert-rows.js'
import { behaviourOf } from './behaviour.js'

/** The alerts that a batch of escalations is compared with: the stored ones, and those that the batch raised so far. */
export interface KnownAlerts {
  /** The announced alert that stands for the escalation's campaign, as severe as it at least. */
  campaignId(escalation: EscalationRow): string | undefined
  /** Whether nothing so severe was announced of the source before. */
  isFirstOfAttacker(of: Pick<Alert, 'source_ip' | 'threat_level'>): boolean
  /** The unresolved alert that the escalation joins: that of its session and level, or that of its canary. */
  unresolvedId(escalation: EscalationRow, suppressed: boolean): string | undefined
  add(alert: PlannedAlert): void
}

/** Alerts of one sensor that take visits at the same time: whoever names canaries cannot raise more. */
const MAX_CANARIES = 20

/** Starts with what is stored. */
export function createKnownAlerts(context: AlertContext): KnownAlerts {
  const unresolved = new Map(context.unresolved.map((alert) => [keyOf(alert, alert.suppressed), alert.id]))
  const campaigns = createKnownCampaigns(context)
  const canaries = createKnownCanaries(context.canaries)
  const attackers = new Map(context.attackers.map(({ source_ip, level }) => [source_ip, level]))

  const isFirstOfAttacker: KnownAlerts['isFirstOfAttacker'] = ({ source_ip, threat_level }) => {
    const level = attackers.get(source_ip)
    return level === undefined || isBelow(level, threat_level)
  }

  return {
    campaignId: campaigns.idOf,
    isFirstOfAttacker,
    unresolvedId: (escalation, suppressed) =>
      escalation.kind === 'canary'
        ? canaries.idOf(escalation)
        : unresolved.get(keyOf(escalation, suppressed)),
    add(alert) {
      const isSuppressed = alert.suppressed_by !== null
      if (alert.canary !== null) canaries.add({ ...alert, canary: alert.canary })
      else unresolved.set(keyOf(alert, isSuppressed), alert.id)
      if (isSuppressed) return
      // No touch of a canary is part of a campaign.
      if (alert.canary === null) campaigns.add(alert)
      if (isFirstOfAttacker(alert)) attackers.set(alert.source_ip, alert.threat_level)
    },
  }
}

/** The alerts that stand for others, by campaign as the policy has it. */
function createKnownCampaigns({ campaigns, policy }: Pick<AlertContext, 'campaigns' | 'policy'>) {
  /** Of each campaign and least level the first alert. */
  const first = new Map<string, string>()
  const campaignOf = (alert: { source_ip: string; behaviour: string | null }) => {
    if (policy.campaign_grouping === 'off') return null
    return policy.campaign_grouping === 'source' ? clientBlockOf(alert.source_ip) : alert.behaviour
  }
  function add(alert: AlertContext['campaigns'][number]): void {
    const campaign = campaignOf(alert)
    if (campaign === null) return
    for (const level of AlertLevel.options) {
      const key = `${level} ${campaign}`
      if (!isBelow(alert.threat_level, level) && !first.has(key)) first.set(key, alert.id)
    }
  }
  for (const alert of campaigns) add(alert)
  return {
    add,
    idOf(escalation: EscalationRow): string | undefined {
      const { source_ip, threat_level } = escalation
      const campaign = campaignOf({ source_ip, behaviour: behaviourOf(escalation) })
      return campaign === null ? undefined : first.get(`${threat_level} ${campaign}`)
    },
  }
}

/** The alerts that take visits, by sensor and canary. */
function createKnownCanaries(stored: AlertContext['canaries']) {
  const bySensor = new Map<string, Map<string, string>>()
  function add({ id, sensor_id, canary }: AlertContext['canaries'][number]): void {
    const ofSensor = bySensor.get(sensor_id) ?? new Map<string, string>()
    ofSensor.set(canary, id)
    bySensor.set(sensor_id, ofSensor)
  }
  for (const alert of stored) add(alert)
  return {
    add,
    /** The canary's own alert; of a sensor that has as many as it may, its oldest one. */
    idOf({ sensor_id, canary }: EscalationRow): string | undefined {
      const ofSensor = bySensor.get(sensor_id)
      if (!ofSensor) return undefined
      const own = ofSensor.get(canary ?? '')
      return own ?? (ofSensor.size < MAX_CANARIES ? undefined : ofSensor.values().next().value)
    },
  }
}

function keyOf(of: Pick<Alert, 'session_id' | 'threat_level'>, suppressed: boolean): string {
  return `${of.session_id} ${of.threat_level} ${suppressed}`
}
