import type { SessionFacets, SessionFilter } from '@eviltwin/contract'
import { sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { statementOf } from '../../platform/postgres/query-builder.js'
import { matchingSessions } from './session-filter-store.js'
import { matchText, type SearchLimits } from './text-search-store.js'

export interface FacetReader {
  /** How the sessions that match are distributed over the values of each property, the most frequent first. */
  facets(filter: SessionFilter): Promise<SessionFacets>
}

/** Facets count at most so many sessions, and give so many values each. */
const MAX_COUNTED = 50_000
const FACET_VALUES = 20

/** @param now milliseconds since the epoch; it decides which sessions are active. */
export function createFacetReader(database: Queryable, now: () => number, limits: SearchLimits): FacetReader {
  return {
    async facets(filter) {
      const at = new Date(now())
      const match =
        filter.q === undefined
          ? null
          : await matchText(database, { ...filter, q: filter.q }, { cursor: undefined, now: at, limits })
      const all = matchingSessions(filter, at)
      const matching = (match ? all.where(match.condition) : all)
        .select(['threat_level', 'sensor_id', 'protocols', 'country', 'signals'])
        .orderBy('started_at', 'desc')
        .limit(MAX_COUNTED)
      const rows = await database.query<{ facet: string; value: string; sessions: number }>(
        statementOf(sql`
          WITH matching AS MATERIALIZED ${matching}, counted AS (
            SELECT 'threat_level' AS facet, threat_level AS value, count(*) AS sessions FROM matching GROUP BY 2
            UNION ALL SELECT 'sensor_id', sensor_id, count(*) FROM matching GROUP BY 2
            UNION ALL SELECT 'protocol', protocol, count(*) FROM matching, unnest(protocols) protocol GROUP BY 2
            UNION ALL SELECT 'country', country, count(*) FROM matching WHERE country IS NOT NULL GROUP BY 2
            UNION ALL SELECT 'behaviour', behaviour, count(*) FROM matching, unnest(signals) behaviour GROUP BY 2
            UNION ALL SELECT 'sessions', '', count(*) FROM matching
          ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY facet ORDER BY sessions DESC, value) AS rank FROM counted
          )
          SELECT facet, value, sessions FROM ranked WHERE rank <= ${sql.lit(FACET_VALUES)} ORDER BY facet, rank`),
      )
      const of = (facet: string) =>
        rows.flatMap(({ facet: own, value, sessions }) => (own === facet ? [{ value, sessions }] : []))
      return {
        sessions: of('sessions')[0]?.sessions ?? 0,
        ...(match && { searched_back_to: match.end?.started_at ?? null }),
        threat_level: of('threat_level'),
        sensor_id: of('sensor_id'),
        protocol: of('protocol'),
        country: of('country'),
        behaviour: of('behaviour'),
        signal: of('behaviour'),
      }
    },
  }
}
