import {
  type Attacker,
  type AttackerDetail,
  type AttackerQuery,
  levelsFrom,
  type Page,
  type Score,
} from '@eviltwin/contract'
import { Conditions } from '../../platform/postgres/conditions.js'
import { decodeCursor, KEY, pageFrom } from '../../platform/postgres/cursor.js'
import type { Queryable } from '../../platform/postgres/database.js'

export interface AttackerReader {
  list(query: AttackerQuery): Promise<Page<Attacker>>
  find(ip: string): Promise<AttackerDetail | null>
  score(ip: string): Promise<Score | null>
}

const COLUMNS = `source_ip, first_seen_at, last_seen_at, event_count, session_count, attacker_score AS threat_score,
  attacker_level AS threat_level`
const HISTORY = 200

/** Sort keys and how their cursors look and compare. */
const SORTS = {
  last_seen_at: { column: 'last_seen_at', shape: KEY.timestamp, type: 'timestamptz' },
  event_count: { column: 'event_count', shape: KEY.integer, type: 'bigint' },
  threat_score: { column: 'attacker_score', shape: KEY.number, type: 'real' },
} as const

/** @param locate where an address is from, and in whose network. */
export function createAttackerReader(
  database: Queryable,
  locate: (ip: string) => AttackerDetail['geo'],
): AttackerReader {
  return {
    async list(query) {
      const { column, shape, type } = SORTS[query.sort]
      const conditions = new Conditions()
      if (query.threat_level !== undefined)
        conditions.add('attacker_level = ANY (?)', levelsFrom(query.threat_level))
      if (query.src_ip !== undefined) conditions.add('source_ip <<= ?::inet', query.src_ip)
      if (query.from !== undefined) conditions.add('last_seen_at >= ?::timestamptz', query.from)
      const counted = query.count ? count(conditions.clone()) : undefined
      if (query.cursor !== undefined) {
        const [key, ip] = decodeCursor(query.cursor, [shape, KEY.ip])
        conditions.add(`(${column}, source_ip) < (?::${type}, ?::inet)`, key, ip)
      }
      const rows = await database.query<Attacker>({
        text: `SELECT ${COLUMNS} FROM attackers${conditions.where()}
          ORDER BY ${column} DESC, source_ip DESC LIMIT ${query.limit + 1}`,
        values: conditions.values,
      })
      const total = await counted
      return {
        ...pageFrom(rows, query.limit, (row) => [row[query.sort], row.source_ip]),
        ...(total !== undefined && { total }),
      }
    },
    async find(ip) {
      const [attackers, sensors, history] = await Promise.all([
        database.query<Attacker>({
          text: `SELECT ${COLUMNS} FROM attackers WHERE source_ip = $1`,
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

  async function count(conditions: Conditions): Promise<number> {
    const [row] = await database.query<{ count: number }>({
      text: `SELECT count(*) FROM attackers${conditions.where()}`,
      values: conditions.values,
    })
    return row?.count ?? 0
  }
}
