import type { Queryable } from '../../platform/postgres/database.js'

export interface PlatformRunStore {
  /**
   * Writes down that a process lives, by the clock of the database.
   * @param startedAt as the call before returned it, to extend that run; null begins one.
   * @param livedMs since when the process lives, when a run begins.
   * @returns when the run started.
   */
  extend(recorder: string, startedAt: string | null, livedMs: number): Promise<string>
}

export function createPlatformRunStore(database: Queryable): PlatformRunStore {
  return {
    async extend(recorder, startedAt, livedMs) {
      const [row] = await database.query<{ started_at: string }>({
        name: 'platform-run-extend',
        text: `INSERT INTO platform_runs (recorder, started_at, alive_until)
          VALUES ($1, coalesce($2::timestamptz, now() - make_interval(secs => $3::float8 / 1000)), now())
          ON CONFLICT (recorder, started_at) DO UPDATE SET alive_until = greatest(platform_runs.alive_until, excluded.alive_until)
          RETURNING started_at`,
        values: [recorder, startedAt, livedMs],
      })
      return row?.started_at ?? ''
    },
  }
}
