import { canonicalIp } from '../../domain/ip-address.js'
import type { Database } from '../../platform/postgres/database.js'
import {
  corroborates,
  downloadsSql,
  isOfSevere,
  LEVELS,
  MATCHING,
  sourcesSql,
  TYPE_OF_SOURCE,
  valuesOf,
} from './candidate-sql-store.js'
import type { Candidate, FeedLimits, Selection } from './selection.js'

export interface CandidateStore {
  /** Sources alone, in the order of their text. */
  sources(selection: Selection): AsyncGenerator<Candidate[], void>
  /** Sources and downloads, by type and value. */
  all(selection: Selection): AsyncGenerator<Candidate[], void>
  /** The ones that were seen last. */
  newest(selection: Selection, limit: number): Promise<Candidate[]>
  /** Those of some values. @param values 500 at most. */
  among(selection: Selection, values: readonly string[]): Promise<Candidate[]>
}

const PAGE_ROWS = 250

/** Whether more rows match than a feed may have sources. */
const EXCEEDING = {
  name: 'feed-sources-exceeding',
  text: `SELECT FROM feed_sources s WHERE ${MATCHING} OFFSET $4 LIMIT 1`,
}

/** The next sources after $4, of addresses with a colon ($5), without one, or of both; $6 at most. */
const PAGE = {
  name: 'feed-sources-page',
  text: `
    SELECT ${TYPE_OF_SOURCE} AS type, value, least(found.last_seen_at, a.first_seen_at) AS first_seen_at, found.last_seen_at,
      highest[1] AS threat_score, (${LEVELS})[highest[2]::integer] AS threat_level, found.sensor_ids
    FROM (
      SELECT value, max(last_seen_at) AS last_seen_at, coalesce(max(score) FILTER (WHERE corroborates), max(score)) AS highest,
        coalesce((array_agg(DISTINCT sensor_id) FILTER (WHERE corroborates))[1:64], '{}') AS sensor_ids
      FROM (
        SELECT s.value, s.sensor_id, s.last_seen_at, ARRAY[s.threat_score, array_position(${LEVELS}, s.threat_level)]::real[] AS score,
          ${corroborates('s.canary')} AS corroborates
        FROM feed_sources s WHERE ${MATCHING} AND s.value > $4 AND ($5::boolean IS NULL OR s.value LIKE '%:%' = $5)
      ) AS matching GROUP BY value ORDER BY value LIMIT $6
    ) AS found LEFT JOIN attackers a ON a.source_ip = found.value::inet ORDER BY value`,
}

/** Reads candidates page by page. */
export function createCandidateStore(database: Database['feeds'], limits: FeedLimits): CandidateStore {
  const { among, newest } = createSmallReader(database, limits)

  /** Whether sources need not be ranked, because a feed has place for all of them. */
  async function haveAllPlace(selection: Selection): Promise<boolean> {
    if (!isOfSevere(selection)) return false
    const more = await database.query({ ...EXCEEDING, values: [...valuesOf(selection), limits.sources] })
    return more.length === 0
  }

  /** Each page by a statement of its own, so that the first is there before the others are read. */
  async function* inOrder(selection: Selection, hasColon: boolean | null): AsyncGenerator<Candidate[], void> {
    let after = ''
    for (let left = limits.sources; left > 0; left -= PAGE_ROWS) {
      const values = [...valuesOf(selection), after, hasColon, PAGE_ROWS]
      const page = await database.query<Candidate>({ ...PAGE, values })
      if (page.length > 0) yield page
      if (page.length < PAGE_ROWS) return
      after = page.at(-1)?.value ?? after
    }
  }

  const ranked = (selection: Selection, order: string) =>
    database.pages<Candidate>(
      {
        name: `feed-sources-ranked-by-${order}`,
        text: `SELECT * FROM (${sourcesSql(selection, limits.sources)}) AS sources ORDER BY ${order} COLLATE "C"`,
        values: valuesOf(selection),
      },
      PAGE_ROWS,
    )

  return {
    async *sources(selection) {
      yield* (await haveAllPlace(selection)) ? inOrder(selection, null) : ranked(selection, 'value')
    },
    async *all(selection) {
      if (await haveAllPlace(selection)) {
        yield* inOrder(selection, false)
        yield* inOrder(selection, true)
      } else yield* ranked(selection, 'type, value')
      yield* database.pages<Candidate>(
        {
          name: 'feed-downloads',
          text: `SELECT * FROM (${downloadsSql(limits.downloads)}) AS downloads ORDER BY type, value COLLATE "C"`,
          values: valuesOf(selection),
        },
        PAGE_ROWS,
      )
    },
    newest,
    among,
  }
}

function createSmallReader(
  database: Database['feeds'],
  limits: FeedLimits,
): Pick<CandidateStore, 'newest' | 'among'> {
  return {
    newest: (selection, limit) =>
      database.query<Candidate>({
        text: `SELECT * FROM (
            SELECT * FROM (${sourcesSql(selection, limits.sources)}) AS sources
            UNION ALL SELECT * FROM (${downloadsSql(limits.downloads)}) AS downloads
          ) AS candidates ORDER BY last_seen_at DESC, type, value LIMIT $4`,
        values: [...valuesOf(selection), limit],
      }),
    among(selection, values) {
      const ofSources = isOfSevere(selection)
        ? 'AND s.value = ANY ($4::text[])'
        : 'AND s.source_ip = ANY ($4::text[]::inet[])'
      return database.query<Candidate>({
        text: `SELECT * FROM (${sourcesSql(selection, limits.sources, ofSources)}) AS sources
          UNION ALL SELECT * FROM (${downloadsSql(limits.downloads, 'AND v.value = ANY ($5)')}) AS downloads`,
        values: [...valuesOf(selection), values.filter((value) => canonicalIp(value) === value), values],
      })
    },
  }
}
