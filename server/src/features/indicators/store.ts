import type { Event, Indicator } from '@eviltwin/contract'
import type { Database } from '../../platform/postgres/database.js'
import { BOUND_KEYS, isOfSevere, MATCHING, valuesOf } from './candidate-sql-store.js'
import { type CandidateStore, createCandidateStore } from './candidate-store.js'
import type { FeedLimits, Selection } from './selection.js'

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

export interface IndicatorStore extends CandidateStore {
  version(selection: Selection, now: Date): Promise<FeedVersion>
  /** The valid keys that may speak for each sensor, where they are bound. Keys that may speak for any sensor are not among them. */
  keysOfSensors(): Promise<Map<string, string[]>>
  session(id: string): Promise<SubjectSession | null>
  /** The first 1,000 events that may name indicators, in the order they happened, with 4 MiB of commands together; at most 20 a page. */
  tellingEvents(sessionId: string): AsyncGenerator<TellingEvent[], void>
  /** Remembers when entries were first listed. @returns that time, by the entry (type, a space, value). */
  list(entries: readonly string[], now: Date): Promise<Map<string, string>>
  /** Forgets entries that were last listed before; some thousands at a time. */
  forget(before: Date): Promise<void>
}

/** A feed that a firewall polls must stay small. */
const LIMITS: FeedLimits = { sources: 50_000, downloads: 20_000 }
const MAX_BOUND_SENSORS = 100_000
/** Of one session, of its commands together, of a page, and of the URL of one event. Commands are bounded when they are stored, and read whole. */
const MAX_EVENTS = 1_000
const MAX_COMMAND_BYTES = 4 * 1024 * 1024
const EVENT_PAGE_ROWS = 20
const MAX_URL = 2_048

/**
 * Of severe sessions: the versions that each of them changes, and which have left the time range since the hour in which it begins. The tag is
 * another one each hour; what the time alone changes within the hour is counted.
 */
const SEVERE_SESSIONS = `SELECT concat_ws(' ', (SELECT string_agg(version::text, ' ' ORDER BY shard) FROM feed_versions),
  date_trunc('hour', $1::timestamptz, 'UTC'), (
    SELECT count(*) FROM sessions WHERE last_seen_at >= date_trunc('hour', $1::timestamptz, 'UTC') AND last_seen_at < $1
      AND is_severe(threat_level, threat_score)
  ))`

/** Where others are selected as well, nothing says in short what they are. */
const ALL_SESSIONS = `SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(s.id, s.version::bigint))) FROM sessions s WHERE ${MATCHING}`

/** $2 and $3 of a selection, which the versions do not need. */
const UNUSED = 'WHERE $2::text[] IS NOT NULL AND $3::real IS NOT NULL'

/** Reads what feeds are made of, on connections of their own: whoever reads a feed keeps nobody else waiting. */
export function createIndicatorStore(database: Database['feeds'], limits = LIMITS): IndicatorStore {
  return {
    ...createCandidateStore(database, limits),
    ...createVersionReader(database),
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

function createVersionReader(database: Database['feeds']): Pick<IndicatorStore, 'version' | 'keysOfSensors'> {
  return {
    async version(selection, now) {
      const isSevere = isOfSevere(selection)
      const [version] = await database.query<FeedVersion>({
        name: isSevere ? 'feed-version' : 'feed-version-of-all',
        text: `SELECT
            (${isSevere ? SEVERE_SESSIONS : ALL_SESSIONS}) AS sessions,
            (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, 0))) FROM feed_allowlist
              WHERE expires_at IS NULL OR expires_at > $4) AS allowlist,
            (SELECT concat_ws(' ', count(*), sum(uuid_hash_extended(id, hashtextextended(sensor_ids::text, 0)))) FROM (${BOUND_KEYS}) bound) AS keys
          ${isSevere ? UNUSED : ''}`,
        values: [...valuesOf(selection), now],
      })
      return version as FeedVersion
    },
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
          text: `SELECT id, occurred_at, event_type, outcome, source_ip, url, command, file_sha256 FROM (
            SELECT id, occurred_at, event_type, outcome, host(source_ip) AS source_ip, left(url, ${MAX_URL}) AS url, command, file_sha256,
              sum(octet_length(command)) OVER (ORDER BY occurred_at, id) AS bytes_so_far
            FROM events WHERE session_id = $1 AND (url IS NOT NULL OR file_sha256 IS NOT NULL OR command ~ '://|[0-9]\\.[0-9]|[0-9a-fA-F]{64}')
            ORDER BY occurred_at, id LIMIT ${MAX_EVENTS}
          ) telling WHERE bytes_so_far IS NULL OR bytes_so_far <= ${MAX_COMMAND_BYTES} ORDER BY occurred_at, id`,
          values: [sessionId],
        },
        EVENT_PAGE_ROWS,
      ),
  }
}
