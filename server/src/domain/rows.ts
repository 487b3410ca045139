import type {
  AlertKind,
  AlertLevel,
  RejectionReason,
  ScoreReason,
  SensorKind,
  ThreatLevel,
} from '@eviltwin/contract'

/** A session as the store keeps it: everything is a commutative, associative fold over its distinct events. */
export interface SessionRow {
  id: string
  source_ip: string
  sensor_id: string
  sensor_kind: SensorKind
  country: string | null
  event_count: number
  login_attempt_count: number
  login_success_count: number
  command_count: number
  file_count: number
  proxy_request_count: number
  /** Names of the signals that any of its events showed, sorted. */
  signals: readonly string[]
  /** See scoring/distinct-sketch.ts. */
  credential_sketch: readonly number[]
  protocols: readonly string[]
  clients: readonly string[]
  started_at: string
  last_seen_at: string
  ended_at: string | null
  threat_score: number
  threat_level: ThreatLevel
  score_reasons: readonly Pick<ScoreReason, 'name' | 'contribution'>[]
  scorer: string
  last_received_at: string
  /** Counts writes; lets a writer notice that another one was faster. */
  version: number
}

/** What a commit adds to an attacker's profile. */
export interface AttackerDelta {
  source_ip: string
  first_seen_at: string
  last_seen_at: string
  event_count: number
  session_count: number
  sensor_ids: readonly string[]
  signals: readonly string[]
  threat_score: number
  threat_level: ThreatLevel
  last_received_at: string
}

/** What is known of an attacker before a commit: the sums of its deltas. */
export type StoredAttacker = Pick<
  AttackerDelta,
  'source_ip' | 'first_seen_at' | 'event_count' | 'session_count' | 'sensor_ids' | 'signals'
>

/** What a commit adds to a sensor's record. */
export interface SensorDelta {
  sensor_id: string
  sensor_kind: string
  first_seen_at: string
  last_seen_at: string
  last_received_at: string
  event_count: number
  session_count: number
}

export type Span = 'minute' | 'hour'

/** Events that happened in one span of time on one sensor. */
export interface EventRollupDelta {
  span: Span
  bucket: string
  sensor_id: string
  event_type: string
  events: number
}

/** Sessions that started in one span of time, by the level they have now; negative where a session left a level. */
export interface SessionRollupDelta {
  span: Span
  bucket: string
  sensor_id: string
  threat_level: ThreatLevel
  sessions: number
}

export interface AttackerHourDelta {
  bucket: string
  source_ip: string
  events: number
}

/** By which a request is found again, in the log and in traces. */
export interface RequestIds {
  request_id: string
  /** W3C Trace Context; empty where there is no request. */
  traceparent: string
}

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

/** Everything one commit writes beside the events. Rows are in key order, so that concurrent commits never deadlock. */
export interface CommitPlan {
  sessions: SessionRow[]
  attackers: AttackerDelta[]
  sensors: SensorDelta[]
  eventRollups: EventRollupDelta[]
  sessionRollups: SessionRollupDelta[]
  attackerHours: AttackerHourDelta[]
  escalations: EscalationRow[]
}

/** A record that is no event, as the quarantine keeps it. */
export interface QuarantineRow {
  id: string
  received_at: string
  /** The sensor that the sender named, if it did. */
  sensor_id: string | null
  /** The sensor the sender's key is bound to, if it is; a later replay must not forget it. */
  key_sensor_id: string | null
  reason: RejectionReason
  detail: string
  times_seen: number
  /** The record's bytes as they came. */
  body: Buffer
}
