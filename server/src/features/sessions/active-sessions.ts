/** A session that was not closed is active for as long after its last event. */
const ACTIVE_MINUTES = 30

/**
 * The condition of a session that goes on at a time; spelled so that the index of open sessions serves it.
 * @param now an SQL expression of a timestamptz.
 */
export function isActive(now: string): string {
  return `ended_at IS NULL AND started_at >= ${now} - interval '1 day'
    AND last_seen_at >= ${now} - make_interval(mins => ${ACTIVE_MINUTES})`
}
