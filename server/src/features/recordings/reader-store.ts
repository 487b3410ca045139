import type { Page, Recording } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { queriesOf, rowsBehind } from '../../platform/postgres/query-builder.js'

/** A session as recordings are found by it. */
export interface SessionOwner {
  sensor_id: string
  source_ip: string
}

export interface RecordingReader {
  session(id: string): Promise<SessionOwner | null>
  /** The newest recordings of a sensor whose session is not known, with the keys of their sessions; at most so many. */
  untied(sensor_id: string, limit: number): Promise<Array<{ id: string; session_key: string }>>
  /** States of which session recordings are. */
  tie(ids: readonly string[], session_id: string): Promise<void>
  /** The recordings of a session, oldest first. @throws {InvalidInputError} for a cursor that is none. */
  ofSession(id: string, limit: number, cursor: string | undefined): Promise<Page<Recording>>
  find(id: string): Promise<Recording | null>
  /** The chunks behind a number, in order, with their bytes as asciicast; at most so many. */
  chunksAfter(id: string, after: number, limit: number): Promise<Array<{ n: number; bytes: number }>>
  /** How many chunks up to a number, which is counted, were received. */
  countUpTo(id: string, n: number): Promise<number>
  /** The compressed contents of chunks, in order. One that was removed meanwhile is left out. */
  contents(id: string, numbers: readonly number[]): Promise<Array<{ n: number; content: Buffer }>>
  /** Of all keys together. */
  usage(): Promise<{ recordings: number; bytes: number }>
}

interface Tables {
  recordings: Omit<Recording, 'duration_seconds' | 'is_complete' | 'sha256'> & {
    duration: number
    final_chunk: number | null
    content_sha256: Buffer | null
  }
}
type Row = Omit<Recording, 'is_complete' | 'sha256'> & {
  final_chunk: number | null
  content_sha256: Buffer | null
}

const COLUMNS = [
  'id',
  'name',
  'sensor_id',
  'session_id',
  'format',
  'created_at',
  'last_received_at',
  'chunks',
  'bytes',
  'width',
  'height',
  'duration as duration_seconds',
  'content_sha256',
  'final_chunk',
] as const
const queries = queriesOf<Tables>()
const OLDEST = [
  ['created_at', 'timestamptz'],
  ['id', 'uuid'],
] as const

export function createRecordingReader(database: Queryable): RecordingReader {
  return {
    ...sessionStatements(database),
    ...chunkStatements(database),
    async ofSession(id, limit, cursor) {
      const page = await readPage<Row>(database, {
        rows: queries
          .selectFrom('recordings')
          .select(COLUMNS)
          .where('session_id', '=', id)
          .where(rowsBehind(cursor, '>', OLDEST))
          .orderBy('created_at')
          .orderBy('id'),
        limit,
        keysOf: (row) => [row.created_at, row.id],
        counted: null,
      })
      return { ...page, items: page.items.map(recordingOf) }
    },
    async find(id) {
      const [row] = await database.query<Row>({
        name: 'recording-find',
        text: `SELECT ${COLUMNS.join(', ')} FROM recordings WHERE id = $1`,
        values: [id],
      })
      return row ? recordingOf(row) : null
    },
    async usage() {
      const [row] = await database.query<{ recordings: number; bytes: number }>({
        name: 'recording-usage',
        text: 'SELECT coalesce(sum(recordings), 0)::bigint AS recordings, coalesce(sum(bytes), 0)::bigint AS bytes FROM recording_usage',
      })
      return row ?? { recordings: 0, bytes: 0 }
    },
  }
}

function sessionStatements(database: Queryable): Pick<RecordingReader, 'session' | 'untied' | 'tie'> {
  return {
    async session(id) {
      const [row] = await database.query<SessionOwner>({
        name: 'recording-session',
        text: 'SELECT sensor_id, source_ip FROM sessions WHERE id = $1',
        values: [id],
      })
      return row ?? null
    },
    untied: (sensor_id, limit) =>
      database.query({
        name: 'recordings-untied',
        text: `SELECT id, session_key FROM recordings WHERE sensor_id = $1 AND session_id IS NULL
          ORDER BY created_at DESC LIMIT $2`,
        values: [sensor_id, limit],
      }),
    async tie(ids, session_id) {
      await database.query({
        name: 'recordings-tie',
        text: 'UPDATE recordings SET session_id = $2 WHERE id = ANY ($1) AND session_id IS NULL',
        values: [ids, session_id],
      })
    },
  }
}

function chunkStatements(
  database: Queryable,
): Pick<RecordingReader, 'chunksAfter' | 'countUpTo' | 'contents'> {
  return {
    chunksAfter: (id, after, limit) =>
      database.query({
        name: 'recording-chunks-after',
        text: 'SELECT n, bytes FROM recording_chunks WHERE recording_id = $1 AND n > $2 ORDER BY n LIMIT $3',
        values: [id, after, limit],
      }),
    async countUpTo(id, n) {
      const [row] = await database.query<{ count: number }>({
        name: 'recording-chunks-count',
        text: 'SELECT count(*) FROM recording_chunks WHERE recording_id = $1 AND n <= $2',
        values: [id, n],
      })
      return row?.count ?? 0
    },
    contents: (id, numbers) =>
      database.query({
        name: 'recording-contents',
        text: 'SELECT n, content FROM recording_chunks WHERE recording_id = $1 AND n = ANY ($2) ORDER BY n',
        values: [id, numbers],
      }),
  }
}

function recordingOf({ final_chunk, content_sha256, ...row }: Row): Recording {
  return {
    ...row,
    is_complete: final_chunk !== null && row.chunks === final_chunk + 1,
    sha256: content_sha256?.toString('hex') ?? null,
  }
}
