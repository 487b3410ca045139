import { type Event, type Indicator, levelsFrom, type ThreatLevel } from '@eviltwin/contract'
import { canonicalIp } from '../../domain/ip-address.js'
import type { Database } from '../../platform/postgres/database.js'

/** Which sessions a feed is made of. */
export interface Selection {
  since: Date
  minimumLevel: ThreatLevel
  /** 0 to 1. */
  minimumScore: number
}

/** A source of sessions, or what they downloaded, before anything is decided about it. */
export type Candidate = Pick<
  Indicator,
  'type' | 'value' | 'first_seen_at' | 'last_seen_at' | 'threat_level' | 'threat_score'
> & {
  /** 64 at most. Canary tokens are not among them. */
  sensor_ids: string[]
}

/** Each changes whenever what it is of does. */
export interface FeedVersion {
  sessions: string
  allowlist: string
  keys: string
}

/** An event that may name indicators; long text is cut. */
export type TellingEvent = Pick<
  Event,
  'id' | 'occurred_at' | 'event_type' | 'outcome' | 'source_ip' | 'url' | 'command' | 'file_sha256'
>

export type SubjectSession = Pick<Indicator, 'threat_level' | 'threat_score'> & {
  id: string
  source_ip: string
  started_at: string
  last_seen_at: string
  version: number
}

export interface IndicatorStore {
  version(selection: Selection, now: Date): Promise<FeedVersion>
  /** Sources alone, in the order of their text. */
  sources(selection: Selection): AsyncGenerator<Candidate[], void>
  /** Sources and downloads, by type and value. */
  all(selection: Selection): AsyncGenerator<Candidate[], void>
  /** The ones that were seen last. */
  newest(selection: Selection, limit: number): Promise<Candidate[]>
  /** Those of some values. @param values 500 at most. */
  among(selection: Selection, values: readonly string[]): Promise<Candidate[]>
  /** The valid keys that may speak for each sensor, where they are bound. Keys that may speak for any sensor are not among them. */
  keysOfSensors(): Promise<Map<string, string[]>>
  session(id: string): Promise<SubjectSession | null>
  /** The first 1,000 events that may name indicators, in the order they happened; at most 50, with 200 KB of text, a page. */
  tellingEvents(sessionId: string): AsyncGenerator<TellingEvent[], void>
  /** Remembers when entries were first listed. @returns that time, by the entry (type, a space, value). */
  list(entries: readonly string[], now: Date): Promise<Map<string, string>>
  /** Forgets entries that were last listed before; some thousands at a time. */
  forget(before: Date): Promise<void>
}

/** Values of a feed. */
export interface FeedLimits {
  sources: number
  downloads: number
}

/** A feed that a firewall polls must stay small. */
const LIMITS: FeedLimits = { sources: 50_000, downloads: 20_000 }
const PAGE_ROWS = 250
const MAX_BOUND_SENSORS = 100_000
/** Of one session, of a page of them, and of each text of one event. */
const MAX_EVENTS = 1_000
const EVENT_PAGE_ROWS = 50
const MAX_TEXT = 2_048

/** Valid keys with the sensors that they may speak for, where these are known. */
const BOUND_KEYS = `SELECT id, CASE WHEN sensor_id IS NULL THEN sensor_ids ELSE ARRAY[sensor_id] END AS sensor_ids FROM api_keys
  WHERE revoked_at IS NULL AND (sensor_id IS NOT NULL OR sensor_ids IS NOT NULL)`

const MATCHING = 's.last_seen_at >= $1 AND s.threat_level = ANY ($2) AND s.threat_score >= $3::real'

/** What a canary token's own hook reports of another system, such as OpenCanary, was seen by that system. */
const CORROBORATES = `s.sensor_kind <> 'canarytoken'
  AND ('canary_triggered' <> ALL (s.signals) OR s.sensor_id IN (SELECT sensor_id FROM canary_tokens))`

/** A key that may speak for each sensor; sensors that none is bound to are those of whoever has a key for any. */
const KEYS_OF_SENSORS = `SELECT sensor_id, min(id::text) AS key_id FROM (${BOUND_KEYS}) bound, unnest(sensor_ids) AS sensor_id
  GROUP BY sensor_id`

/**
 * Of what was found, as many values as a feed may have, each key's newest first: however much is sent with one key, it takes no place of
 * what others saw.
 * @param found a statement for type, value, first_seen_at, last_seen_at, threat_score, threat_level, sensor_id, key_id and
 * corroborates: a canary URL is public, and any page can make its readers visit it, so such sessions corroborate nothing; nor do
 * those in which a sensor's key says that a canary was touched: that alone makes a session critical.
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

const LEVELS = `ARRAY['low', 'medium', 'high', 'critical']`

/**
 * Sessions are added up for each source and sensor before anything is ranked, by minima and maxima alone, so that their rows are read once and never
 * sorted; profiles are looked up for the sources that are kept. @param condition of further restrictions, over `s.source_ip`.
 */
const sourcesSql = (max: number, condition = '') => `
  SELECT type, value, least(found.first_seen_at, a.first_seen_at) AS first_seen_at, found.last_seen_at, found.threat_score,
    found.threat_level, found.sensor_ids
  FROM (${candidatesSql(
    `SELECT CASE family(source_ip) WHEN 4 THEN 'ipv4-addr' ELSE 'ipv6-addr' END AS type, host(source_ip) AS value, first_seen_at,
      last_seen_at, highest[1] AS threat_score, (${LEVELS})[highest[2]::integer] AS threat_level, sensor_id, key_id, corroborates
    FROM (
      SELECT s.source_ip, s.sensor_id, ${CORROBORATES} AS corroborates, min(s.started_at) AS first_seen_at, max(s.last_seen_at) AS last_seen_at,
        max(ARRAY[s.threat_score, array_position(${LEVELS}, s.threat_level)]::real[]) AS highest
      FROM sessions s WHERE ${MATCHING} ${condition} GROUP BY 1, 2, 3
    ) AS seen LEFT JOIN (${KEYS_OF_SENSORS}) k USING (sensor_id)`,
    max,
  )}) AS found LEFT JOIN attackers a ON a.source_ip = found.value::inet`

/** @param condition of further restrictions, over `v.value`. */
const downloadsSql = (max: number, condition = '') =>
  candidatesSql(
    `SELECT v.type, v.value, e.occurred_at AS first_seen_at, e.occurred_at AS last_seen_at, s.threat_score, s.threat_level, s.sensor_id,
      k.key_id, ${CORROBORATES} AS corroborates
    FROM events e JOIN sessions s ON s.id = e.session_id LEFT JOIN (${KEYS_OF_SENSORS}) k ON k.sensor_id = s.sensor_id
      CROSS JOIN LATERAL (VALUES ('url', CASE e.event_type WHEN 'file_download' THEN e.url END), ('sha256', lower(e.file_sha256)))
        AS v (type, value)
    WHERE ${MATCHING} AND e.received_at >= $1 AND e.event_type IN ('file_download', 'file_upload')
      AND e.outcome IS DISTINCT FROM 'failure' AND v.value IS NOT NULL AND length(v.value) <= 500 ${condition}`,
    max,
  )

const bothSql = ({ sources, downloads }: FeedLimits) =>
  `SELECT * FROM (${sourcesSql(sources)}) AS sources UNION ALL SELECT * FROM (${downloadsSql(downloads)}) AS downloads`

function valuesOf({ since, minimumLevel, minimumScore }: Selection): unknown[] {
  return [since, levelsFrom(minimumLevel), minimumScore]
}

/** Reads what feeds are made of, on connections of their own: whoever reads a feed keeps nobody else waiting. */
export function createIndicatorStore(database: Database['feeds'], limits = LIMITS): IndicatorStore {
  return {
    ...createFeedReader(database, limits),
    ...createSessionReader(database),
    async list(entries, now) {
      const rows = await database.query<{ entry: string; created_at: string }>({
        name: 'feed-entries-list',
        text: `WITH given AS (SELECT entry, sha256(convert_to(entry, 'UTF8')) AS digest FROM unnest($1::text[]) AS entry), listed AS (
            INSERT INTO feed_entries (digest, created_at, listed_at) SELECT digest, $2, $2 FROM given ORDER BY digest
            ON CONFLICT (digest) DO UPDATE SET listed_at = excluded.listed_at RETURNING digest, created_at
          ) SELECT entry, created_at FROM listed JOIN given USING (digest)`,
        values: [entries, now],
      })
      return new Map(rows.map(({ entry, created_at }) => [entry, created_at]))
    },
    async forget(before) {
      await database.query({
        text: `DELETE FROM feed_entries WHERE digest IN (SELECT digest FROM feed_entries WHERE listed_at < $1 LIMIT 10000)`,
        values: [before],
      })
    },
  }
}

function createFeedReader(
  database: Database['feeds'],
  limits: FeedLimits,
): Pick<IndicatorStore, 'version' | 'sources' | 'all' | 'newest' | 'among' | 'keysOfSensors'> {
  return {
    async version(selection, now) {
      const [version] = await database.query<FeedVersion>({
        name: 'feed-version',
        text: `SELECT
            (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(s.id, s.version::bigint))) FROM sessions s WHERE ${MATCHING}) AS sessions,
            (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, 0))) FROM feed_allowlist
              WHERE expires_at IS NULL OR expires_at > $4) AS allowlist,
            (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, hashtextextended(sensor_ids::text, 0)))) FROM (${BOUND_KEYS}) bound) AS keys`,
        values: [...valuesOf(selection), now],
      })
      return version as FeedVersion
    },
    sources: (selection) =>
      database.pages<Candidate>(
        {
          name: 'feed-sources',
          text: `SELECT * FROM (${sourcesSql(limits.sources)}) AS sources ORDER BY value COLLATE "C"`,
          values: valuesOf(selection),
        },
        PAGE_ROWS,
      ),
    all: (selection) =>
      database.pages<Candidate>(
        {
          name: 'feed-all',
          text: `SELECT * FROM (${bothSql(limits)}) AS candidates ORDER BY type, value COLLATE "C"`,
          values: valuesOf(selection),
        },
        PAGE_ROWS,
      ),
    newest: (selection, limit) =>
      database.query<Candidate>({
        text: `SELECT * FROM (${bothSql(limits)}) AS candidates ORDER BY last_seen_at DESC, type, value LIMIT $4`,
        values: [...valuesOf(selection), limit],
      }),
    among: (selection, values) =>
      database.query<Candidate>({
        text: `SELECT * FROM (${sourcesSql(limits.sources, 'AND s.source_ip = ANY ($4::inet[])')}) AS sources
          UNION ALL SELECT * FROM (${downloadsSql(limits.downloads, 'AND v.value = ANY ($5)')}) AS downloads`,
        values: [...valuesOf(selection), values.filter((value) => canonicalIp(value) === value), values],
      }),
    async keysOfSensors() {
      const rows = await database.query<{ sensor_id: string; ids: string[] }>({
        text: `SELECT sensor_id, array_agg(DISTINCT id::text) AS ids FROM (${BOUND_KEYS}) bound, unnest(sensor_ids) AS sensor_id
          GROUP BY sensor_id LIMIT ${MAX_BOUND_SENSORS}`,
      })
      return new Map(rows.map(({ sensor_id, ids }) => [sensor_id, ids]))
    },
  }
}

function createSessionReader(database: Database['feeds']): Pick<IndicatorStore, 'session' | 'tellingEvents'> {
  return {
    async session(id) {
      const [session] = await database.query<SubjectSession>({
        text: `SELECT id, host(source_ip) AS source_ip, started_at, last_seen_at, threat_level, threat_score, version
          FROM sessions WHERE id = $1`,
        values: [id],
      })
      return session ?? null
    },
    tellingEvents: (sessionId) =>
      database.pages<TellingEvent>(
        {
          name: 'session-telling-events',
          text: `SELECT id, occurred_at, event_type, outcome, host(source_ip) AS source_ip, left(url, ${MAX_TEXT}) AS url,
            left(command, ${MAX_TEXT}) AS command, file_sha256
          FROM events WHERE session_id = $1 AND (url IS NOT NULL OR file_sha256 IS NOT NULL OR command ~ '://|[0-9]\\.[0-9]|[0-9a-fA-F]{64}')
          ORDER BY occurred_at, id LIMIT ${MAX_EVENTS}`,
          values: [sessionId],
        },
        EVENT_PAGE_ROWS,
      ),
  }
}
