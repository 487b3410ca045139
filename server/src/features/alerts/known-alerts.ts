import type { Alert } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import { isBelow } from './alert-level.js'
import type { AlertContext, PlannedAlert } from './alert-rows.js'

/** The alerts that a batch of escalations is compared with: the stored ones, and those that the batch raised so far. */
export interface KnownAlerts {
  /** Announced alerts that may stand for others. */
  readonly campaigns: AlertContext['campaigns']
  /** Whether nothing so severe was announced of the source before. */
  isFirstOfAttacker(of: Pick<Alert, 'source_ip' | 'threat_level'>): boolean
  /** The unresolved alert of the escalation's session and level. */
  unresolvedId(escalation: EscalationRow, suppressed: boolean): string | undefined
  add(alert: PlannedAlert): void
}

/** Starts with what is stored. */
export function createKnownAlerts(context: AlertContext): KnownAlerts {
  const unresolved = new Map(context.unresolved.map((alert) => [keyOf(alert, alert.suppressed), alert.id]))
  const campaigns = [...context.campaigns]
  const attackers = new Map(context.attackers.map(({ source_ip, level }) => [source_ip, level]))

  const isFirstOfAttacker: KnownAlerts['isFirstOfAttacker'] = ({ source_ip, threat_level }) => {
    const level = attackers.get(source_ip)
    return level === undefined || isBelow(level, threat_level)
  }

  return {
    campaigns,
    isFirstOfAttacker,
    unresolvedId: (escalation, suppressed) => unresolved.get(keyOf(escalation, suppressed)),
    add(alert) {
      const isSuppressed = alert.suppressed_by !== null
      unresolved.set(keyOf(alert, isSuppressed), alert.id)
      if (isSuppressed) return
      campaigns.push(alert)
      if (isFirstOfAttacker(alert)) attackers.set(alert.source_ip, alert.threat_level)
    },
  }
}

function keyOf(of: Pick<Alert, 'session_id' | 'threat_level'>, suppressed: boolean): string {
  return `${of.session_id} ${of.threat_level} ${suppressed}`
}
