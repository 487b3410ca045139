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
  /** The alert that one more touch of a canary joins; undefined for a session. */
  canaryAlertId(escalation: EscalationRow): string | undefined
  add(alert: PlannedAlert): void
}

/** Alerts of one sensor that take visits at the same time: whoever names canaries cannot raise more. */
const MAX_CANARIES = 20

/** Starts with what is stored. */
export function createKnownAlerts(context: AlertContext): KnownAlerts {
  const unresolved = new Map(context.unresolved.map((alert) => [keyOf(alert, alert.suppressed), alert.id]))
  const campaigns = [...context.campaigns]
  const canaries = createKnownCanaries(context.canaries)
  const attackers = new Map(context.attackers.map(({ source_ip, level }) => [source_ip, level]))

  const isFirstOfAttacker: KnownAlerts['isFirstOfAttacker'] = ({ source_ip, threat_level }) => {
    const level = attackers.get(source_ip)
    return level === undefined || isBelow(level, threat_level)
  }

  return {
    campaigns,
    isFirstOfAttacker,
    unresolvedId: (escalation, suppressed) =>
      escalation.kind === 'canary' ? undefined : unresolved.get(keyOf(escalation, suppressed)),
    canaryAlertId: ({ kind, sensor_id, canary }) =>
      kind === 'canary' ? canaries.idOf(sensor_id, canary ?? '') : undefined,
    add(alert) {
      const isSuppressed = alert.suppressed_by !== null
      if (alert.canary !== null) {
        canaries.add({ ...alert, canary: alert.canary })
        return
      }
      unresolved.set(keyOf(alert, isSuppressed), alert.id)
      if (isSuppressed) return
      campaigns.push(alert)
      if (isFirstOfAttacker(alert)) attackers.set(alert.source_ip, alert.threat_level)
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
    idOf(sensor_id: string, canary: string): string | undefined {
      const ofSensor = bySensor.get(sensor_id)
      if (!ofSensor) return undefined
      const own = ofSensor.get(canary)
      return own ?? (ofSensor.size < MAX_CANARIES ? undefined : ofSensor.values().next().value)
    },
  }
}

function keyOf(of: Pick<Alert, 'session_id' | 'threat_level'>, suppressed: boolean): string {
  return `${of.session_id} ${of.threat_level} ${suppressed}`
}
