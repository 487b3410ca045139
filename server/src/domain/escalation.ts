import type { AlertKind, AlertLevel, ScoreReason, SensorKind } from '@eviltwin/contract'
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
  occurred_at: string
  received_at: string
}
