import type { DistinctSketch } from '../../domain/distinct-sketch.js'

/**
 * What scoring looks at in a session. Every fact only grows as events arrive, whatever their order, so a session's
 * facts depend on the set of its events and on nothing else.
 */
export interface SessionFacts {
  event_count: number
  login_attempt_count: number
  login_success_count: number
  command_count: number
  file_count: number
  proxy_request_count: number
  /** Names of the signals (see signals.ts) that any event of the session showed, sorted. */
  signals: readonly string[]
  /** Ids of the ATT&CK techniques that any event or statement of the session showed, sorted. */
  techniques: readonly string[]
  /** What the other end called itself: client versions and HASSH fingerprints. */
  clients: readonly string[]
  credential_sketch: DistinctSketch
  /** RFC 3339, UTC, microseconds. */
  started_at: string
  last_seen_at: string
}
