import type { SyntheticMarker } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** Where a marker was seen that proved nothing. */
export interface SeenMarker {
  digest: Buffer
  sensor_id: string
  source_ip: string
  session_id: string
}

/** Markers that came and proved nothing. */
export interface MarkerStore {
  /** Stores them with the reason, which follows from the run whose marker it is. @returns the reasons. */
  note(markers: readonly SeenMarker[], now: Date): Promise<Array<SyntheticMarker['reason']>>
  newest(limit: number): Promise<SyntheticMarker[]>
  /**
   * Who sent markers since a time that were forged, used again, or of another sensor or address, the newest first; at most 1,000 senders.
   * A late one is left out: records of an attack of ours are late where they waited for the server. @param since milliseconds since the epoch.
   */
  forgedSince(since: number): Promise<ForgedMarkers[]>
}

/** Markers of one kind that came from one address on one sensor. */
export interface ForgedMarkers extends Pick<SyntheticMarker, 'sensor_id' | 'source_ip'> {
  reason: Exclude<SyntheticMarker['reason'], 'late'>
  markers: number
}

/** Rows that are kept: whoever knows how a marker looks may send as many as they like. */
const MAX_KEPT = 10_000
const MAX_SENDERS = 1_000

export function createMarkerStore(database: Queryable): MarkerStore {
  return {
    async note(markers, now) {
      const rows = await database.query<{ reason: SyntheticMarker['reason'] }>({
        text: `WITH old AS (
            DELETE FROM synthetic_markers WHERE id <= (SELECT max(id) FROM synthetic_markers) - ${MAX_KEPT}
          )
          INSERT INTO synthetic_markers (at, reason, sensor_id, source_ip, session_id, run_id)
          SELECT $2, CASE
              WHEN r.id IS NULL THEN 'unknown'
              WHEN r.sensor_id <> seen.sensor_id OR r.source_ip <> seen.source_ip THEN 'elsewhere'
              WHEN r.state = 'verified' THEN 'replayed'
              ELSE 'late'
            END, seen.sensor_id, seen.source_ip, seen.session_id, r.id
          FROM json_to_recordset($1) AS seen (digest text, sensor_id text, source_ip inet, session_id uuid)
            LEFT JOIN synthetic_runs r ON r.marker_digest = decode(seen.digest, 'hex')
          RETURNING reason`,
        values: [
          JSON.stringify(markers.map(({ digest, ...seen }) => ({ ...seen, digest: digest.toString('hex') }))),
          now,
        ],
      })
      return rows.map(({ reason }) => reason)
    },
    newest: (limit) =>
      database.query<SyntheticMarker>({
        text: `SELECT at, reason, sensor_id, host(source_ip) AS source_ip, session_id FROM synthetic_markers
          ORDER BY at DESC, id DESC LIMIT $1`,
        values: [limit],
      }),
    forgedSince: (since) =>
      database.query<ForgedMarkers>({
        text: `SELECT reason, sensor_id, host(source_ip) AS source_ip, count(*)::integer AS markers FROM synthetic_markers
          WHERE at >= $1 AND reason <> 'late' GROUP BY reason, sensor_id, source_ip ORDER BY max(at) DESC LIMIT ${MAX_SENDERS}`,
        values: [new Date(since)],
      }),
  }
}
