import type { ReplicaSignals } from '@eviltwin/contract'
import type { Queryable } from './database.js'

export type ReplicaGauges = Omit<ReplicaSignals, 'id' | 'host' | 'started_at' | 'seen_at' | 'leader'>

export interface ReplicaStore {
  /** Says that a process is there, and how it is; when it was seen is by the clock of the database. */
  beat(replica: {
    id: string
    host: string
    started_at: Date
    leader: boolean
    gauges: ReplicaGauges
  }): Promise<void>
  /** Those that were there within the last so many milliseconds, by the clock of the database. */
  live(withinMs: number): Promise<ReplicaSignals[]>
  leave(id: string): Promise<void>
}

export function createReplicaStore(database: Queryable): ReplicaStore {
  return {
    async beat({ id, host, started_at, leader, gauges }) {
      await database.query({
        name: 'replica-beat',
        text: `INSERT INTO replicas (id, host, started_at, seen_at, leader, gauges) VALUES ($1, $2, $3, clock_timestamp(), $4, $5)
          ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, leader = excluded.leader, gauges = excluded.gauges`,
        values: [id, host, started_at, leader, JSON.stringify(gauges)],
      })
    },
    async live(withinMs) {
      const rows = await database.query<
        Omit<ReplicaSignals, keyof ReplicaGauges> & { gauges: ReplicaGauges }
      >({
        text: `SELECT id, host, started_at, seen_at, leader, gauges FROM replicas
          WHERE seen_at >= clock_timestamp() - make_interval(secs => $1 / 1000.0) ORDER BY started_at`,
        values: [withinMs],
      })
      return rows.map(({ gauges, ...replica }) => ({ ...replica, ...gauges }))
    },
    async leave(id) {
      await database.query({ text: 'DELETE FROM replicas WHERE id = $1', values: [id] })
    },
  }
}
