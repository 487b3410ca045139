import type { EvidenceSource } from '../../domain/evidence-origin.js'
import type { Queryable } from '../../platform/postgres/database.js'

/** Whose the evidence of a session is. */
export interface EvidenceSourceStore {
  /**
   * @param session_ids that it may be of. @param addresses from which the sensor is attacked by the platform.
   * @returns `undecided` while such an attack is expected, and its session is not known yet.
   */
  sourceOf(
    sensor_id: string,
    session_ids: readonly string[],
    addresses: readonly string[],
    now: Date,
  ): Promise<EvidenceSource | 'undecided'>
}

export function createEvidenceSourceStore(database: Queryable): EvidenceSourceStore {
  return {
    async sourceOf(sensor_id, session_ids, addresses, now) {
      const [row] = await database.query<{ source: EvidenceSource | 'undecided' }>({
        name: 'synthetic-evidence-1',
        text: `SELECT CASE
            WHEN EXISTS (SELECT FROM synthetic_sessions s JOIN synthetic_runs r ON r.session_id = s.id WHERE s.id = ANY ($2::uuid[]))
              THEN 'platform'
            WHEN EXISTS (SELECT FROM sessions WHERE id = ANY ($2::uuid[])) THEN 'attacker'
            WHEN EXISTS (SELECT FROM synthetic_runs WHERE state = 'expected' AND sensor_id = $1
              AND source_ip = ANY ($3::inet[]) AND closes_at >= $4) THEN 'undecided'
            ELSE 'attacker' END AS source`,
        values: [sensor_id, session_ids, addresses, now],
      })
      return row?.source ?? 'attacker'
    },
  }
}
