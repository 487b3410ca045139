import type { Queryable } from '../postgres/database.js'

/** Requests a day. */
export interface LlmQuotaLimits {
  /** Of one owner. */
  own: number
  /** Of all owners together. */
  total: number
}

export interface LlmQuotaStore {
  /**
   * Counts a request of an owner, in one statement: exact on all replicas together.
   * @param day YYYY-MM-DD.
   * @returns `own` or `total` where that limit was reached and nothing may be sent.
   */
  take(day: string, owner_id: string, limits: LlmQuotaLimits): Promise<'granted' | keyof LlmQuotaLimits>
  /** Takes a request back that was counted and never sent. */
  giveBack(day: string, owner_id: string): Promise<void>
}

/** Whose row counts the requests of all owners of a kind; no user and no key has such an id. */
export const ALL_OWNERS = {
  users: '00000000-0000-0000-0000-000000000000',
  keys: '00000000-0000-0000-0000-000000000001',
} as const

/** What is counted is stored, so that a restart forgets nothing. Owners are users, or keys: each kind has a total of its own. */
export function createLlmQuotaStore(database: Queryable, owners: keyof typeof ALL_OWNERS): LlmQuotaStore {
  const all = ALL_OWNERS[owners]
  return {
    async take(day, owner_id, { own, total }) {
      // Rows are always locked in the same order, the owner's first: requests wait for one another and never in a circle.
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
        values: [day, owner_id, all, own, total],
      })
      if (row?.everybody) return 'granted'
      // A request that others overtook while the last one was given stays in its owner's count: nobody gets another one on that day.
      return row?.is_used_up || row?.own ? 'total' : 'own'
    },
    async giveBack(day, owner_id) {
      await database.query({
        name: 'llm-request-give-back',
        text: `UPDATE llm_requests SET requests = requests - 1 WHERE day = $1::date AND user_id = ANY ($2::uuid[]) AND requests > 0`,
        values: [day, [owner_id, all]],
      })
    },
  }
}
