import type { EvidenceSighting, Page } from '@eviltwin/contract'
import { sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { rowsBehind } from '../../platform/postgres/query-builder.js'

/**
 * Where a file was seen, newest first: with which it was sent, and events that name its hash. A page may have fewer sightings than its limit:
 * an event of a session that sent the file, and a further event of a session on the same page, are left out after reading, so that a session
 * that repeats itself makes no read longer.
 * @throws {InvalidInputError} for a cursor that is none.
 */
export type ReadSightings = (
  sha256: Buffer,
  limit: number,
  cursor: string | undefined,
) => Promise<Page<EvidenceSighting>>

interface SightingRow extends EvidenceSighting {
  id: string
  is_repeated: boolean
}

const KEYS = [
  ['received_at', 'timestamptz'],
  ['id', 'uuid'],
] as const
const MAX_NAME = 512

export function createSightingReader(database: Queryable): ReadSightings {
  return async (sha256, limit, cursor) => {
    const page = await readPage<SightingRow>(database, {
      rows: { limit: (rows) => newest(sha256, rows, cursor) },
      limit,
      keysOf: ({ received_at, id }) => [received_at, id],
      counted: null,
    })
    const items = page.items.filter(({ is_repeated }) => !is_repeated)
    return { ...page, items: items.map(({ id: _, is_repeated: _repeated, ...sighting }) => sighting) }
  }
}

/** Both lists are read in their order and no further than the page needs. */
function newest(sha256: Buffer, rows: number, cursor: string | undefined) {
  const behind = rowsBehind(cursor, '<', KEYS)
  const order = sql`ORDER BY received_at DESC, id DESC LIMIT ${rows}`
  return sql`
    WITH newest AS (
      (SELECT id, 'sent' AS source, NULL::uuid AS event_id, sensor_id, session_key, session_id, name, received_at
        FROM evidence_sightings WHERE sha256 = ${sha256} AND ${behind} ${order})
      UNION ALL
      (SELECT id, 'event', id, sensor_id, '', session_id, left(coalesce(url, ''), ${sql.lit(MAX_NAME)}), received_at
        FROM events WHERE file_sha256 = ${sha256.toString('hex')} AND ${behind} ${order})
      ${order}
    )
    SELECT newest.*, source = 'event' AND (
      row_number() OVER (PARTITION BY source, session_id ORDER BY received_at DESC, id DESC) > 1
      OR EXISTS (SELECT FROM evidence_sightings s WHERE s.sha256 = ${sha256} AND s.session_id = newest.session_id)
    ) AS is_repeated
    FROM newest ORDER BY received_at DESC, id DESC`
}
