import type { EvidenceFile, EvidenceQuery, Page } from '@eviltwin/contract'
import { sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, when } from '../../platform/postgres/query-builder.js'
import { createSightingReader, type ReadSightings } from './sighting-store.js'

/** A session as files are found by it. */
export interface SessionOwner {
  sensor_id: string
  source_ip: string
}

export interface EvidenceReader {
  /** Newest first. @throws {InvalidInputError} for a cursor that is none. */
  list(query: EvidenceQuery): Promise<Page<EvidenceFile>>
  find(sha256: Buffer): Promise<EvidenceFile | null>
  sightings: ReadSightings
  session(id: string): Promise<SessionOwner | null>
  /** Keys of the newest sessions of a sensor whose identity is not known; at most so many. */
  untied(sensor_id: string, limit: number): Promise<string[]>
  /** States which session has a key of a sensor. */
  tie(sensor_id: string, session_keys: readonly string[], session_id: string): Promise<void>
  /** Of all keys together. */
  usage(): Promise<{ files: number; bytes: number }>
  /** Which of these files are known. */
  known(files: readonly Buffer[]): Promise<Buffer[]>
}

interface FileRow extends Omit<EvidenceFile, 'sha256' | 'legal_hold'> {
  id: string
  sha256: Buffer
  hold_reason: string | null
  hold_set_by: string | null
  hold_since: string | null
}
interface Tables {
  evidence_files: FileRow
}

const COLUMNS = [
  'id',
  'sha256',
  'bytes',
  'type',
  'first_received_at',
  'last_received_at',
  'sightings',
  'hold_reason',
  'hold_set_by',
  'hold_since',
] as const
/** Events of a session whose files are looked for. */
const MAX_SESSION_FILES = 1_000
const queries = queriesOf<Tables>()

export function createEvidenceReader(database: Queryable): EvidenceReader {
  return {
    ...sessionStatements(database),
    async list(query) {
      const page = await readPage<FileRow>(database, {
        rows: matching(query)
          .where(
            rowsBehind(query.cursor, '<', [
              ['first_received_at', 'timestamptz'],
              ['id', 'uuid'],
            ]),
          )
          .orderBy('first_received_at', 'desc')
          .orderBy('id', 'desc'),
        limit: query.limit,
        keysOf: (row) => [row.first_received_at, row.id],
        counted: null,
      })
      return { ...page, items: page.items.map(fileOf) }
    },
    async find(sha256) {
      const [row] = await database.query<FileRow>({
        name: 'evidence-find',
        text: `SELECT ${COLUMNS.join(', ')} FROM evidence_files WHERE sha256 = $1`,
        values: [sha256],
      })
      return row ? fileOf(row) : null
    },
    sightings: createSightingReader(database),
    async usage() {
      const [row] = await database.query<{ files: number; bytes: number }>({
        name: 'evidence-usage',
        text: 'SELECT coalesce(sum(files), 0)::bigint AS files, coalesce(sum(bytes), 0)::bigint AS bytes FROM evidence_usage',
      })
      return row ?? { files: 0, bytes: 0 }
    },
    async known(files) {
      const rows = await database.query<{ sha256: Buffer }>({
        name: 'evidence-known',
        text: 'SELECT sha256 FROM evidence_files WHERE sha256 = ANY ($1)',
        values: [files],
      })
      return rows.map(({ sha256 }) => sha256)
    },
  }
}

function matching({ type, sensor_id, session_id, sha256, held }: EvidenceQuery) {
  return queries
    .selectFrom('evidence_files')
    .select(COLUMNS)
    .where(
      allOf([
        when(type, (value) => sql`type = ${value}`),
        when(sha256, (value) => sql`encode(sha256, 'hex') LIKE ${`${value}%`}`),
        when(held, (value) => sql`(hold_since IS NOT NULL) = ${value}`),
        when(sensor_id, (value) => sql`${SEEN} AND s.sensor_id = ${value})`),
        when(session_id, (value) => sql`sha256 IN (${filesOf(value)})`),
      ]),
    )
}

/** Of a session: those that were sent for it, and those that its events name. */
const filesOf = (session_id: string) => sql`
  SELECT sha256 FROM evidence_sightings WHERE session_id = ${session_id}::uuid
  UNION (SELECT CASE WHEN file_sha256 ~ '^[0-9a-f]{64}$' THEN decode(file_sha256, 'hex') END FROM events
    WHERE session_id = ${session_id}::uuid AND event_type IN ('file_download', 'file_upload') AND file_sha256 IS NOT NULL
    LIMIT ${sql.lit(MAX_SESSION_FILES)})`

const SEEN = sql`EXISTS (SELECT FROM evidence_sightings s WHERE s.sha256 = evidence_files.sha256`

function sessionStatements(database: Queryable): Pick<EvidenceReader, 'session' | 'untied' | 'tie'> {
  return {
    async session(id) {
      const [row] = await database.query<SessionOwner>({
        name: 'evidence-session',
        text: 'SELECT sensor_id, source_ip FROM sessions WHERE id = $1',
        values: [id],
      })
      return row ?? null
    },
    async untied(sensor_id, limit) {
      const rows = await database.query<{ session_key: string }>({
        name: 'evidence-untied',
        text: `SELECT DISTINCT session_key FROM (
            SELECT session_key FROM evidence_sightings WHERE sensor_id = $1 AND session_id IS NULL AND session_key <> '' ORDER BY received_at DESC LIMIT $2
          ) newest`,
        values: [sensor_id, limit],
      })
      return rows.map(({ session_key }) => session_key)
    },
    async tie(sensor_id, session_keys, session_id) {
      await database.query({
        name: 'evidence-tie',
        text: `UPDATE evidence_sightings SET session_id = $3
          WHERE sensor_id = $1 AND session_key = ANY ($2) AND session_id IS NULL`,
        values: [sensor_id, session_keys, session_id],
      })
    },
  }
}

function fileOf({ id: _, sha256, hold_reason, hold_set_by, hold_since, ...file }: FileRow): EvidenceFile {
  const legal_hold =
    hold_since === null ? null : { reason: hold_reason ?? '', set_by: hold_set_by ?? '', since: hold_since }
  return { ...file, sha256: sha256.toString('hex'), legal_hold }
}
