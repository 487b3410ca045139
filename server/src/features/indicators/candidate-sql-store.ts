import { levelsFrom } from '@eviltwin/contract'
import type { Selection } from './selection.js'

/** The least score of every session that the table has; see migration 0044. */
const TABLE_SCORE = 0.6

/** Valid keys with the sensors that they may speak for, where these are known. */
export const BOUND_KEYS = `SELECT id, CASE WHEN sensor_id IS NULL THEN sensor_ids ELSE ARRAY[sensor_id] END AS sensor_ids FROM api_keys
  WHERE revoked_at IS NULL AND (sensor_id IS NOT NULL OR sensor_ids IS NOT NULL)`

/** A key that may speak for each sensor; sensors that none is bound to are those of whoever has a key for any. */
const KEYS_OF_SENSORS = `SELECT sensor_id, min(id::text) AS key_id FROM (${BOUND_KEYS}) bound, unnest(sensor_ids) AS sensor_id
  GROUP BY sensor_id`

/** Over sessions, or sources as {@link sourcesIn} has them. */
export const MATCHING = 's.last_seen_at >= $1 AND s.threat_level = ANY ($2) AND s.threat_score >= $3::real'

/** The parameters of {@link MATCHING}. */
export function valuesOf({ since, minimumLevel, minimumScore }: Selection): unknown[] {
  return [since, levelsFrom(minimumLevel), minimumScore]
}

/** Whether every session of the selection is severe, so that `feed_sources` has what its sources are made of. */
export function isOfSevere({ minimumLevel, minimumScore }: Selection): boolean {
  return minimumLevel === 'high' || minimumLevel === 'critical' || minimumScore >= TABLE_SCORE
}

/** Sources by their sessions: those that decide, from the table, or all where the selection has more than severe ones. */
export function sourcesIn(selection: Selection): string {
  if (isOfSevere(selection)) return 'feed_sources s'
  return `(SELECT source_ip, host(source_ip) COLLATE "C" AS value, sensor_id, feed_canary(sensor_kind, signals) AS canary, threat_score,
    threat_level, last_seen_at FROM sessions) AS s`
}

/**
 * Whether a session corroborates anything. A canary URL is public, and any page can make its readers visit it, so such sessions do not; nor do
 * those in which a sensor's key says that a canary was touched: that alone makes a session critical. What a canary token's own hook reports of
 * another system, such as OpenCanary, was seen by that system. @param canary an expression; see `feed_canary` of migration 0044.
 */
export const corroborates = (canary: string) => `(${canary} = 'none'
  OR ${canary} = 'touched' AND EXISTS (SELECT FROM canary_tokens t WHERE t.sensor_id = s.sensor_id))`

export const LEVELS = `ARRAY['low', 'medium', 'high', 'critical']`

export const TYPE_OF_SOURCE = `CASE WHEN value LIKE '%:%' THEN 'ipv6-addr' ELSE 'ipv4-addr' END`

/**
 * Of what was found, as many values as a feed may have, each key's newest first: however much is sent with one key, it takes no place of
 * what others saw.
 * @param found a statement for type, value, first_seen_at, last_seen_at, threat_score, threat_level, sensor_id, key_id and corroborates.
 */
const candidatesSql = (found: string, max: number) => `
  WITH found AS MATERIALIZED (${found}), kept AS (
    SELECT type, value FROM (
      SELECT type, value, row_number() OVER (PARTITION BY key_id, corroborates ORDER BY max(last_seen_at) DESC, type, value) AS place
      FROM found GROUP BY type, value, key_id, corroborates
    ) placed GROUP BY type, value ORDER BY min(place), type, value LIMIT ${max}
  )
  SELECT type, value, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at,
    coalesce(max(threat_score) FILTER (WHERE corroborates), max(threat_score)) AS threat_score,
    (array_agg(threat_level ORDER BY corroborates DESC, threat_score DESC))[1] AS threat_level,
    coalesce((array_agg(DISTINCT sensor_id) FILTER (WHERE corroborates))[1:64], '{}') AS sensor_ids
  FROM found JOIN kept USING (type, value) GROUP BY type, value`

/**
 * Sessions are added up for each source and sensor before anything is ranked, by minima and maxima alone, so that their rows are read once and never
 * sorted; profiles, which say when a source was first seen, are looked up for the sources that are kept.
 * @param condition of further restrictions, over `s`.
 */
export const sourcesSql = (selection: Selection, max: number, condition = '') => `
  SELECT type, value, least(found.first_seen_at, a.first_seen_at) AS first_seen_at, found.last_seen_at, found.threat_score,
    found.threat_level, found.sensor_ids
  FROM (${candidatesSql(
    `SELECT ${TYPE_OF_SOURCE} AS type, value, last_seen_at AS first_seen_at, last_seen_at, highest[1] AS threat_score,
      (${LEVELS})[highest[2]::integer] AS threat_level, sensor_id, key_id, corroborates
    FROM (
      SELECT s.value, s.sensor_id, ${corroborates('s.canary')} AS corroborates, max(s.last_seen_at) AS last_seen_at,
        max(ARRAY[s.threat_score, array_position(${LEVELS}, s.threat_level)]::real[]) AS highest
      FROM ${sourcesIn(selection)} WHERE ${MATCHING} ${condition} GROUP BY 1, 2, 3
    ) AS seen LEFT JOIN (${KEYS_OF_SENSORS}) k USING (sensor_id)`,
    max,
  )}) AS found LEFT JOIN attackers a ON a.source_ip = found.value::inet`

/** Events that came since the hour in which the selection begins. @param condition of further restrictions, over `v.value`. */
export const downloadsSql = (max: number, condition = '') =>
  candidatesSql(
    `SELECT v.type, v.value, e.occurred_at AS first_seen_at, e.occurred_at AS last_seen_at, s.threat_score, s.threat_level, s.sensor_id,
      k.key_id, ${corroborates('feed_canary(s.sensor_kind, s.signals)')} AS corroborates
    FROM events e JOIN sessions s ON s.id = e.session_id LEFT JOIN (${KEYS_OF_SENSORS}) k ON k.sensor_id = s.sensor_id
      CROSS JOIN LATERAL (VALUES ('url', CASE e.event_type WHEN 'file_download' THEN e.url END), ('sha256', lower(e.file_sha256)))
        AS v (type, value)
    WHERE ${MATCHING} AND e.received_at >= date_trunc('hour', $1::timestamptz, 'UTC')
      AND e.event_type IN ('file_download', 'file_upload') AND e.outcome IS DISTINCT FROM 'failure'
      AND v.value IS NOT NULL AND length(v.value) <= 500 ${condition}`,
    max,
  )
