import type { Queryable } from '../../platform/postgres/database.js'

/** Which versions of event identity a database has seen. */
export interface IdentityState {
  /** When ids of the former version were last written; null when no stored event has one. */
  former_written_at: string | null
  /** Whether a replica runs that knows the former version alone. */
  former_replica: boolean
}

export interface IdentityStore {
  /** @param since replicas that were seen since then run. */
  read(since: Date): Promise<IdentityState>
  /** Events are stored under ids of the former version as of now. */
  formerWritten(now: Date): Promise<void>
}

export function createIdentityStore(database: Queryable): IdentityStore {
  return {
    async read(since) {
      // Replicas of release 0.1.0 do not say which version they are.
      const [state] = await database.query<{ former_written_at: string | null; former_replica: boolean }>({
        name: 'identity-state',
        text: `SELECT former_written_at,
            EXISTS (SELECT FROM replicas WHERE seen_at >= $1 AND NOT gauges ? 'version') AS former_replica
          FROM identity_state`,
        values: [since],
      })
      return state ?? { former_written_at: null, former_replica: false }
    },
    async formerWritten(now) {
      await database.query({
        text: 'UPDATE identity_state SET former_written_at = greatest(former_written_at, $1)',
        values: [now],
      })
    },
  }
}
