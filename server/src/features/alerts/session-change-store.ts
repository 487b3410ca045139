import type { Queryable } from '../../platform/postgres/database.js'

export const SESSIONS_CHANNEL = 'eviltwin_sessions'

/** Announces changed sessions to all replicas. @returns takes their ids; null: more than are named. */
export function createSessionAnnouncer(
  database: Queryable,
): (ids: readonly string[] | null) => Promise<void> {
  return async (ids) => {
    await database.query({
      name: 'sessions-changed',
      text: 'SELECT pg_notify($1, $2)',
      values: [SESSIONS_CHANNEL, ids?.join(',') ?? ''],
    })
  }
}
