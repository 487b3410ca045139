import type { Event } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** Sessions that were kept apart and are an attacker's after all. */
export interface HeldStore {
  /** Events of such sessions, at most so many. */
  unproven(limit: number): Promise<Event[]>
  /** They are stored as those of an attacker: removes them, and sessions that have no more of them. */
  givenBack(event_ids: readonly string[]): Promise<void>
}

export function createHeldStore(database: Queryable): HeldStore {
  return {
    async unproven(limit) {
      const rows = await database.query<{ content: Event }>({
        name: 'synthetic-unproven-1',
        text: `SELECT e.content FROM synthetic_runs r
            JOIN synthetic_sessions s ON s.run_id = r.id
            JOIN synthetic_events e ON e.session_id = s.id
          WHERE r.state <> 'expected' AND s.id IS DISTINCT FROM r.session_id
          ORDER BY e.session_id, e.id LIMIT $1`,
        values: [limit],
      })
      return rows.map(({ content }) => content)
    },
    async givenBack(event_ids) {
      await database.query({
        text: 'DELETE FROM synthetic_events WHERE id = ANY ($1::uuid[])',
        values: [event_ids],
      })
      await database.query({
        text: `DELETE FROM synthetic_sessions s USING synthetic_runs r
          WHERE r.id = s.run_id AND r.state <> 'expected' AND s.id IS DISTINCT FROM r.session_id
            AND NOT EXISTS (SELECT FROM synthetic_events e WHERE e.session_id = s.id)`,
      })
    },
  }
}
