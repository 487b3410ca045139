import type { ScoreReason, SensorKind, ThreatLevel } from '@eviltwin/contract'

/** A session as the store keeps it: everything is a commutative, associative projection of its distinct events. */
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
  /** Ids of the ATT&CK techniques that any of its events or statements showed, sorted. */
  techniques: readonly string[]
  /** Characters of its commands that were too many to be read. */
  unread_characters: number
  /** By which rules `signals` and `techniques` were read; see features/scoring/behaviours.ts. */
  behaviours_version: number
  /** See distinct-sketch.ts. */
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
  /** The level before re-scoring changed it, which is the one that analysts know. Holds only where `announced_version` is `version`. */
  announced_level: ThreatLevel | null
  announced_version: number | null
}
