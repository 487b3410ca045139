/** What is known of an attacker: sums, minima and bounded sets over everything that it did. */
export interface StoredAttacker {
  source_ip: string
  /** RFC 3339, UTC, microseconds. */
  first_seen_at: string
  event_count: number
  session_count: number
  /** The 16 smallest names of the sensors it touched. */
  sensor_ids: readonly string[]
  /** Names of the signals that any of its sessions showed, sorted. */
  signals: readonly string[]
}
