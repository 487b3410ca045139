import type { SessionFacets, SessionFilter } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import { conditionsOf } from './session-filter-store.js'

export interface FacetReader {
  /** How the sessions that match are distributed over the values of each property, the most frequent first. */
  facets(filter: SessionFilter): Promise<SessionFacets>
}

/** Facets count at most so many sessions, and give so many values each. */
const MAX_COUNTED = 50_000
const FACET_VALUES = 20

/** @param now milliseconds since the epoch; it decides which sessions are active. */
export function createFacetReader(database: Queryable, now: () => number): FacetReader {
  return {
    async facets(filter) {
      const conditions = conditionsOf(filter, new Date(now()))
      const rows = await database.query<{ facet: string; value: string; sessions: number }>({
        text: `
          WITH matching AS MATERIALIZED (
            SELECT threat_level, sensor_id, protocols, country, signals FROM sessions${conditions.where()}
            ORDER BY started_at DESC LIMIT ${MAX_COUNTED}
          ), counted AS (
            SELECT 'threat_level' AS facet, threat_level AS value, count(*) AS sessions FROM matching GROUP BY 2
            UNION ALL SELECT 'sensor_id', sensor_id, count(*) FROM matching GROUP BY 2
            UNION ALL SELECT 'protocol', protocol, count(*) FROM matching, unnest(protocols) protocol GROUP BY 2
            UNION ALL SELECT 'country', country, count(*) FROM matching WHERE country IS NOT NULL GROUP BY 2
            UNION ALL SELECT 'behaviour', behaviour, count(*) FROM matching, unnest(signals) behaviour GROUP BY 2
            UNION ALL SELECT 'sessions', '', count(*) FROM matching
          ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY facet ORDER BY sessions DESC, value) AS rank FROM counted
          )
          SELECT facet, value, sessions FROM ranked WHERE rank <= ${FACET_VALUES} ORDER BY facet, rank`,
        values: conditions.values,
      })
      const of = (facet: string) =>
        rows.flatMap(({ facet: own, value, sessions }) => (own === facet ? [{ value, sessions }] : []))
      return {
        sessions: of('sessions')[0]?.sessions ?? 0,
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
