import {
  type Attacker,
  type AttackerDetail,
  type AttackerQuery,
  levelsFrom,
  type Page,
  type Score,
} from '@eviltwin/contract'
import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { decodeCursor, KEY } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, type SortKeys, when } from '../../platform/postgres/query-builder.js'

export interface AttackerReader {
  list(query: AttackerQuery): Promise<Page<Attacker>>
  find(ip: string): Promise<AttackerDetail | null>
  score(ip: string): Promise<Score | null>
}

interface AttackerTables {
  attackers: Omit<Attacker, 'threat_score' | 'threat_level'> & {
    attacker_score: Attacker['threat_score']
    attacker_level: Attacker['threat_level']
    /** Of `last_seen_at`, which has no index: an update of it would leave its page. */
    last_seen_slot: number
  }
}

const queries = queriesOf<AttackerTables>()
const COLUMNS = [
  'source_ip',
  'first_seen_at',
  'last_seen_at',
  'event_count',
  'session_count',
  'attacker_score as threat_score',
  'attacker_level as threat_level',
] as const
const HISTORY = 200

/** What lists can be sorted by. */
const SORTS = {
  last_seen_at: ['last_seen_at', 'timestamptz'],
  event_count: ['event_count', 'bigint'],
  threat_score: ['attacker_score', 'real'],
} as const satisfies Record<AttackerQuery['sort'], SortKeys[number]>

/** @param locate where an address is from, and in whose network. */
export function createAttackerReader(
  database: Queryable,
  locate: (ip: string) => AttackerDetail['geo'],
): AttackerReader {
  return {
    async list(query) {
      const matching = matchingAttackers(query)
      const keys = [SORTS[query.sort], ['source_ip', 'inet']] as const
      const rows = matching.select(COLUMNS).where(rowsBehind(query.cursor, '<', keys))
      return readPage<Attacker>(database, {
        rows: (query.sort === 'last_seen_at' ? bySlot(rows, query.cursor) : rows)
          .orderBy(keys[0][0], 'desc')
          .orderBy('source_ip', 'desc'),
        limit: query.limit,
        keysOf: (attacker) => [attacker[query.sort], attacker.source_ip],
        counted: query.count ? matching.select(sql`1`.as('one')) : null,
      })
    },
    async find(ip) {
      const [attackers, sensors, history] = await Promise.all([
        database.query<Attacker>({
          text: `SELECT ${COLUMNS.join(', ')} FROM attackers WHERE source_ip = $1`,
          values: [ip],
        }),
        database.query<AttackerDetail['sensors'][number]>({
          text: `SELECT sensor_id, count(*) AS sessions, max(last_seen_at) AS last_seen_at
            FROM sessions WHERE source_ip = $1 GROUP BY sensor_id ORDER BY sensor_id`,
          values: [ip],
        }),
        database.query<AttackerDetail['score_history'][number]>({
          text: `SELECT id AS session_id, started_at AS at, threat_score, threat_level
            FROM sessions WHERE source_ip = $1 ORDER BY started_at DESC LIMIT ${HISTORY}`,
          values: [ip],
        }),
      ])
      const [attacker] = attackers
      if (!attacker) return null
      return { ...attacker, geo: locate(ip), sensors, score_history: history.reverse() }
    },
    async score(ip) {
      const [score] = await database.query<Score>({
        name: 'attacker-score',
        text: `SELECT source_ip, attacker_score AS threat_score, attacker_level AS threat_level, last_seen_at
          FROM attackers WHERE source_ip = $1`,
        values: [ip],
      })
      return score ?? null
    },
  }
}

/** In the order of slots, of which that of `last_seen_at` is a refinement: only the attackers of a slot are sorted. */
function bySlot<Rows>(
  rows: SelectQueryBuilder<AttackerTables, 'attackers', Rows>,
  cursor: string | undefined,
) {
  const inOrder = rows.orderBy('last_seen_slot', 'desc')
  if (cursor === undefined) return inOrder
  const [at] = decodeCursor(cursor, [KEY.timestamp, KEY.ip])
  return inOrder.where(sql<SqlBool>`last_seen_slot <= seen_slot(${at}::timestamptz)`)
}

function matchingAttackers({ threat_level, level, src_ip, from }: AttackerQuery) {
  const matches = [
    when(threat_level, (level) => sql`attacker_level = ANY (${levelsFrom(level)})`),
    when(level, (levels) => sql`attacker_level = ANY (${levels})`),
    when(src_ip, (network) => sql`source_ip <<= ${network}::inet`),
    when(
      from,
      (time) =>
        sql`last_seen_slot >= seen_slot(${time}::timestamptz) AND last_seen_at >= ${time}::timestamptz`,
    ),
  ]
  return queries.selectFrom('attackers').where(allOf(matches))
}
