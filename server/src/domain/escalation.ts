import type { AlertKind, AlertLevel, Event, ScoreReason, SensorKind } from '@eviltwin/contract'
import type { RequestIds } from './request-ids.js'

/** Something that analysts should be told, as it waits for the alert manager. */
export interface EscalationRow extends RequestIds {
  id: string
  kind: AlertKind
  session_id: string
  source_ip: string
  sensor_id: string
  sensor_kind: SensorKind
  threat_level: AlertLevel
  threat_score: number
  reasons: readonly Pick<ScoreReason, 'name' | 'contribution'>[]
  signals: readonly string[]
  clients: readonly string[]
  detail: string | null
  /** Of a canary: which one of its sensor it is, as {@link canaryOf} names it; null of a session. */
  canary: string | null
  occurred_at: string
  received_at: string
  /** The attack of the platform itself that it is of; null or absent of an attacker's. */
  synthetic_run?: string | null
}

const MAX_CANARY_NAME = 200

/**
 * Which canary of its sensor an event touched. A token of our own is its sensor, as is an OpenCanary; of the systems that report several
 * canaries by one way it is what they say of it, which the visitor does not choose.
 */
export function canaryOf({
  sensor_kind,
  action,
  message,
}: Pick<Event, 'sensor_kind' | 'action' | 'message'>): string {
  if (sensor_kind !== 'canarytoken' || action?.startsWith('canary.')) return ''
  return message?.slice(0, MAX_CANARY_NAME) ?? ''
}
