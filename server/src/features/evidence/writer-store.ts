import type { LegalHold } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'

/** A file whose bytes have arrived. */
export interface ArrivedFile {
  sha256: Buffer
  bytes: number
  type: string
  /** Empty without a key. */
  key_id: string
  now: Date
}

/** A session in which it was seen. */
export interface Sighting {
  sensor_id: string
  session_key: string
  name: string
  session_id: string | null
}

/** What a key and all keys hold. */
export interface EvidenceUse {
  key_files: number
  key_bytes: number
  total_bytes: number
}

/** Writes of one transaction, which alone decides about the file. */
export interface EvidenceRows {
  /** @returns whether the file is new. */
  add(file: ArrivedFile): Promise<boolean>
  /** Counts a new file for its key. @returns the use with it. */
  use(key_id: string, bytes: number): Promise<EvidenceUse>
  /** Notes where it was seen; once it has as many sightings as a file may have, no more. */
  see(sha256: Buffer, sighting: Sighting, now: Date): Promise<void>
  /** @returns what became of it; `held` where a legal hold keeps it. @param before received for the last time before then; unset: at any time. */
  remove(sha256: Buffer, before?: Date): Promise<'removed' | 'held' | 'missing'>
  exists(sha256: Buffer): Promise<boolean>
}

export interface EvidenceWriter {
  /** Does work on a file that nobody else changes meanwhile; its writes are kept only if it succeeds. */
  withFile<Result>(sha256: Buffer, work: (rows: EvidenceRows) => Promise<Result>): Promise<Result>
  /** What a key and all keys would hold with one more file, without counting it; null for a file that is held already. */
  useWith(sha256: Buffer, key_id: string, bytes: number): Promise<EvidenceUse | null>
  /** Sets a legal hold, or ends it. @returns whether the file is there. */
  hold(sha256: Buffer, hold: LegalHold | null): Promise<boolean>
  /** Files without a hold that were received for the last time before then; at most so many. */
  expired(before: Date, limit: number): Promise<Buffer[]>
}

/** Of one file: what more there are tells nothing new. */
const MAX_SIGHTINGS = 1_000

const LOCK = {
  name: 'evidence-lock',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('evidence ' || encode($1::bytea, 'hex'), 0))`,
}
const ADD = {
  name: 'evidence-add',
  text: `INSERT INTO evidence_files AS f (sha256, bytes, type, key_id, first_received_at, last_received_at)
    VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (sha256) DO UPDATE SET last_received_at = greatest(f.last_received_at, excluded.last_received_at)
    RETURNING xmax = 0 AS is_new`,
}
const USE = {
  name: 'evidence-use',
  text: `WITH own AS (
      INSERT INTO evidence_usage AS u (key_id, files, bytes) VALUES ($1, 1, $2)
      ON CONFLICT (key_id) DO UPDATE SET files = u.files + 1, bytes = u.bytes + excluded.bytes
      RETURNING files, bytes
    ) SELECT files AS key_files, bytes AS key_bytes,
      (bytes + (SELECT coalesce(sum(bytes), 0) FROM evidence_usage WHERE key_id <> $1))::bigint AS total_bytes FROM own`,
}
const USE_WITH = {
  name: 'evidence-use-with',
  text: `SELECT (coalesce(sum(files) FILTER (WHERE key_id = $2), 0) + 1)::bigint AS key_files,
      (coalesce(sum(bytes) FILTER (WHERE key_id = $2), 0) + $3)::bigint AS key_bytes, (coalesce(sum(bytes), 0) + $3)::bigint AS total_bytes
    FROM evidence_usage HAVING NOT EXISTS (SELECT FROM evidence_files WHERE sha256 = $1)`,
}
const SEE = {
  name: 'evidence-see',
  text: `WITH seen AS (
      INSERT INTO evidence_sightings AS s (sha256, sensor_id, session_key, name, session_id, received_at)
      SELECT $1, $2, $3, $4, $5, $6 FROM evidence_files WHERE sha256 = $1 AND sightings < ${MAX_SIGHTINGS}
      ON CONFLICT (sha256, sensor_id, session_key, name)
        DO UPDATE SET session_id = coalesce(s.session_id, excluded.session_id)
      RETURNING xmax = 0 AS is_new
    ) UPDATE evidence_files SET sightings = sightings + 1 WHERE sha256 = $1 AND EXISTS (SELECT FROM seen WHERE is_new)`,
}

export function createEvidenceWriter(database: Transactional): EvidenceWriter {
  return {
    withFile: (sha256, work) =>
      database.transaction(async (client) => {
        await client.query({ ...LOCK, values: [sha256] })
        return work(rowsOf(client))
      }),
    async useWith(sha256, key_id, bytes) {
      const [use] = await database.query<EvidenceUse>({ ...USE_WITH, values: [sha256, key_id, bytes] })
      return use ?? null
    },
    async hold(sha256, hold) {
      const changed = await database.query({
        name: 'evidence-hold',
        text: `UPDATE evidence_files SET hold_reason = $2, hold_set_by = $3, hold_since = $4 WHERE sha256 = $1 RETURNING id`,
        values: [sha256, hold?.reason ?? null, hold?.set_by ?? null, hold?.since ?? null],
      })
      return changed.length > 0
    },
    async expired(before, limit) {
      const rows = await database.query<{ sha256: Buffer }>({
        name: 'evidence-expired',
        text: 'SELECT sha256 FROM evidence_files WHERE last_received_at < $1 AND hold_since IS NULL LIMIT $2',
        values: [before, limit],
      })
      return rows.map(({ sha256 }) => sha256)
    },
  }
}

function rowsOf(client: Queryable): EvidenceRows {
  return {
    async add({ sha256, bytes, type, key_id, now }) {
      const [row] = await client.query<{ is_new: boolean }>({
        ...ADD,
        values: [sha256, bytes, type, key_id, now],
      })
      return row?.is_new === true
    },
    async use(key_id, bytes) {
      const [row] = await client.query<EvidenceUse>({ ...USE, values: [key_id, bytes] })
      if (!row) throw new Error('the use of a key that was written is there')
      return row
    },
    async see(sha256, { sensor_id, session_key, name, session_id }, now) {
      await client.query({ ...SEE, values: [sha256, sensor_id, session_key, name, session_id, now] })
    },
    async remove(sha256, before) {
      const [row] = await client.query<{ is_held: boolean; is_late: boolean }>({
        name: 'evidence-removable',
        text: `SELECT hold_since IS NOT NULL AS is_held, last_received_at >= coalesce($2::timestamptz, 'infinity') AS is_late
          FROM evidence_files WHERE sha256 = $1 FOR UPDATE`,
        values: [sha256, before ?? null],
      })
      if (!row) return 'missing'
      if (row.is_held || row.is_late) return 'held'
      await client.query({
        name: 'evidence-remove',
        text: 'DELETE FROM evidence_files WHERE sha256 = $1',
        values: [sha256],
      })
      return 'removed'
    },
    async exists(sha256) {
      const rows = await client.query({
        name: 'evidence-exists',
        text: 'SELECT id FROM evidence_files WHERE sha256 = $1',
        values: [sha256],
      })
      return rows.length > 0
    },
  }
}
