import { type Event, type Indicator, levelsFrom, type ThreatLevel } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** An event that may name indicators, with the level of its session. */
export type TellingEvent = Pick<
  Event,
  'id' | 'occurred_at' | 'source_ip' | 'url' | 'command' | 'file_sha256'
> & {
  threat_level: ThreatLevel
}

export interface IndicatorStore {
  /** Sources of sessions of at least a level that were seen since. */
  sources(since: Date, minimum: ThreatLevel): Promise<Indicator[]>
  /** Events of such sessions that fetched, left or named something. */
  telling(since: Date, minimum: ThreatLevel): Promise<TellingEvent[]>
}

/** A feed that a firewall polls must stay small; the newest count. */
const MAX_SOURCES = 50_000
const MAX_EVENTS = 20_000

export function createIndicatorStore(database: Queryable): IndicatorStore {
  return {
    sources: (since, minimum) =>
      database.query<Indicator>({
        text: `SELECT CASE family(source_ip) WHEN 4 THEN 'ipv4-addr' ELSE 'ipv6-addr' END AS type, host(source_ip) AS value,
            min(started_at) AS first_seen_at, max(last_seen_at) AS last_seen_at,
            (array_agg(threat_level ORDER BY array_position($3::text[], threat_level) DESC))[1] AS threat_level
          FROM sessions WHERE last_seen_at >= $1 AND threat_level = ANY ($2)
          GROUP BY source_ip ORDER BY max(last_seen_at) DESC LIMIT ${MAX_SOURCES}`,
        values: [since, levelsFrom(minimum), levelsFrom('low')],
      }),
    telling: (since, minimum) =>
      database.query<TellingEvent>({
        text: `SELECT e.id, e.occurred_at, e.source_ip, e.url, e.command, e.file_sha256, s.threat_level
          FROM sessions s JOIN events e ON e.session_id = s.id
          WHERE s.last_seen_at >= $1 AND s.threat_level = ANY ($2)
            AND (e.url IS NOT NULL OR e.file_sha256 IS NOT NULL OR e.command ~ '://')
          ORDER BY e.occurred_at DESC LIMIT ${MAX_EVENTS}`,
        values: [since, levelsFrom(minimum)],
      }),
  }
}
