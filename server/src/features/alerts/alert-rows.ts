import type { Alert, AlertLevel, AlertMute, AlertPolicy } from '@eviltwin/contract'

/** An alert as it is written. */
export interface PlannedAlert extends Alert {
  feed_position: number | null
  /** Alike in alerts of sources that act alike; null when nothing tells how this one acted. */
  behaviour: string | null
  /** Of a canary: which one of its sensor; null of a session. */
  canary: string | null
  /** The request that brought the event, for the log. */
  request_id: string
  traceparent: string
}

/** The alert of an attack of the platform itself. */
export interface SyntheticAlert {
  run_id: string
  alert: Alert
  request_id: string
  traceparent: string
}

/** What has to be known to judge a batch of escalations. */
export interface AlertContext {
  /** The newest place in the feed. */
  position: number
  policy: AlertPolicy
  /** Those in force. */
  mutes: readonly AlertMute[]
  /** Unresolved alerts of the batch's sessions. */
  unresolved: ReadonlyArray<Pick<Alert, 'id' | 'session_id' | 'threat_level'> & { suppressed: boolean }>
  /** Unresolved alerts that may stand for others of the batch: announced within the campaign window. */
  campaigns: ReadonlyArray<Pick<PlannedAlert, 'id' | 'threat_level' | 'source_ip' | 'behaviour'>>
  /** Unresolved alerts of canaries of the batch's sensors that take further visits: raised within the window. */
  canaries: ReadonlyArray<Pick<PlannedAlert, 'id' | 'sensor_id'> & { canary: string }>
  /** The highest level announced of the batch's attackers. */
  attackers: ReadonlyArray<{ source_ip: string; level: AlertLevel }>
}

export interface Recurrence {
  id: string
  count: number
  last_occurrence_at: string
}

/** An address of an alert beside its first. It may be stored already. */
export interface FurtherSource {
  alert_id: string
  source_ip: string
  first_seen_at: string
}

/** What a batch of escalations comes to. */
export interface AlertPlan {
  /** The newest place in the feed afterwards. */
  position: number
  raised: PlannedAlert[]
  recurrences: Recurrence[]
  sources: FurtherSource[]
}
