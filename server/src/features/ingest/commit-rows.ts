import type { RejectionReason, ThreatLevel } from '@eviltwin/contract'
import type { StoredAttacker } from '../../domain/attacker.js'
import type { EscalationRow } from '../../domain/escalation.js'
import type { SessionRow } from '../../domain/session.js'

/** What a commit adds to an attacker's profile. */
export interface AttackerDelta extends StoredAttacker {
  last_seen_at: string
  threat_score: number
  threat_level: ThreatLevel
  last_received_at: string
}

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
  /** The id of the sender's key, whose share the record counts against; {@link NO_KEY} without one. */
  key_id: string
  reason: RejectionReason
  detail: string
  times_seen: number
  /** The record's bytes as they came; its two ends, one after the other, where it is `truncated`. */
  body: Buffer
  truncated: boolean
  /** Bytes of the record as it came. */
  full_size: number
  /** Of the record as it came. */
  sha256: Buffer
  /** When it happened, as the envelope of an event says whose key may not speak for its sensor; RFC 3339. */
  envelope_time: string | null
}

/** In place of the id of a key: the record came without one. */
export const NO_KEY = '00000000-0000-0000-0000-000000000000'
/** In place of the id of a key: release 0.1.0 stored the record, and did not say. */
export const UNKNOWN_KEY = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
