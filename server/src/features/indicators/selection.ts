import type { Indicator, ThreatLevel } from '@eviltwin/contract'

/** Which sessions a feed is made of. */
export interface Selection {
  since: Date
  minimumLevel: ThreatLevel
  /** 0 to 1. */
  minimumScore: number
}

/** A source of sessions, or what they downloaded, before anything is decided about it. */
export type Candidate = Pick<
  Indicator,
  'type' | 'value' | 'first_seen_at' | 'last_seen_at' | 'threat_level' | 'threat_score'
> & {
  /** 64 at most. Canary tokens are not among them. */
  sensor_ids: string[]
}

/** Values of a feed. */
export interface FeedLimits {
  sources: number
  downloads: number
}
