import { withMembers } from '../../domain/bounded-set.js'

/** What a source address did in all its sessions, as known when one of them is scored. Every fact only grows. */
export interface AttackerHistory {
  first_seen_at: string
  event_count: number
  session_count: number
  /** The 16 smallest names of the sensors it touched. */
  sensor_ids: readonly string[]
  /** Names of the signals that any of its sessions showed, sorted. */
  signals: readonly string[]
}

/** Adds what is new to what was known. Commutative and associative, as the store's own upsert is. Pure. */
export function withHistory(known: AttackerHistory | undefined, added: AttackerHistory): AttackerHistory {
  if (!known) return added
  return {
    first_seen_at: known.first_seen_at < added.first_seen_at ? known.first_seen_at : added.first_seen_at,
    event_count: known.event_count + added.event_count,
    session_count: known.session_count + added.session_count,
    sensor_ids: withMembers(known.sensor_ids, added.sensor_ids),
    signals: withMembers(known.signals, added.signals, Number.POSITIVE_INFINITY),
  }
}
