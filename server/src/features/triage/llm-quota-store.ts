import type { Queryable } from '../../platform/postgres/database.js'

/** Requests a day. */
export interface LlmQuotaLimits {
  user: number
  total: number
}

export interface LlmQuotaStore {
  /**
   * Counts a request of a user, in one statement: exact on all replicas together.
   * @param day YYYY-MM-DD.
   * @returns `user` or `total` where that limit was reached and nothing may be sent.
   */
  take(day: string, user_id: string, limits: LlmQuotaLimits): Promise<'granted' | keyof LlmQuotaLimits>
  /** Takes a request back that was counted and never sent. */
  giveBack(day: string, user_id: string): Promise<void>
}

/** Whose row counts the requests of everybody. */
const EVERYBODY = '00000000-0000-0000-0000-000000000000'

export function createLlmQuotaStore(database: Queryable): LlmQuotaStore {
  return {
    async take(day, user_id, { user, total }) {
      // Rows are always locked in the same order, the user's first: requests wait for one another and never in a circle.
      const [row] = await database.query<{ own: boolean; everybody: boolean; is_used_up: boolean }>({
        name: 'llm-request-take',
        text: `WITH total AS (SELECT 1 FROM llm_requests WHERE day = $1::date AND user_id = $3 AND requests >= $5),
          own AS (
            INSERT INTO llm_requests AS r (day, user_id, requests) SELECT $1::date, $2::uuid, 1 WHERE NOT EXISTS (SELECT FROM total)
            ON CONFLICT (day, user_id) DO UPDATE SET requests = r.requests + 1 WHERE r.requests < $4 RETURNING 1
          ), everybody AS (
            INSERT INTO llm_requests AS r (day, user_id, requests) SELECT $1::date, $3, 1 FROM own
            ON CONFLICT (day, user_id) DO UPDATE SET requests = r.requests + 1 WHERE r.requests < $5 RETURNING 1
          )
          SELECT EXISTS (SELECT FROM own) AS own, EXISTS (SELECT FROM everybody) AS everybody, EXISTS (SELECT FROM total) AS is_used_up`,
        values: [day, user_id, EVERYBODY, user, total],
      })
      if (row?.everybody) return 'granted'
      // A request that others overtook while the last one was given stays in its user's count: nobody gets another one on that day.
      return row?.is_used_up || row?.own ? 'total' : 'user'
    },
    async giveBack(day, user_id) {
      await database.query({
        name: 'llm-request-give-back',
        text: `UPDATE llm_requests SET requests = requests - 1 WHERE day = $1::date AND user_id = ANY ($2::uuid[]) AND requests > 0`,
        values: [day, [user_id, EVERYBODY]],
      })
    },
  }
}
