import type { RecordingFormat } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'

/** A recording that has no chunk yet. */
export interface NewRecording {
  id: string
  sensor_id: string
  session_key: string
  name: string
  session_id: string | null
  key_id: string
  format: RecordingFormat
  /** Of the bytes of one that is sent whole. */
  content_sha256: Buffer | null
  now: Date
}

/** What decides whether more of a recording is taken. */
export interface OpenRecording {
  key_id: string
  session_id: string | null
  content_sha256: Buffer | null
  chunks: number
  final_chunk: number | null
  bytes: number
}

/** A chunk as it is stored. */
export interface ChunkRow {
  n: number
  /** Of the bytes as they were sent. */
  sha256: Buffer
  /** Compressed. */
  content: Buffer
  bytes: number
  first_time: number | null
  last_time: number | null
}

/** What a chunk adds to its recording. */
export interface Growth {
  chunk: ChunkRow
  /** What it counts for in the use of its key. */
  stored_bytes: number
  width: number | null
  height: number | null
}

/** What a key and all keys hold. */
export interface Usage {
  key_recordings: number
  key_bytes: number
  total_bytes: number
}

/** Writes within one transaction, which holds the recording once it is open. */
export interface RecordingRows {
  /** Creates a recording, or finds the one of that identity; nobody else changes it before the end. */
  open(recording: NewRecording): Promise<OpenRecording & { is_new: boolean }>
  sha256Of(id: string, n: number): Promise<Buffer | null>
  /** The last time before a chunk and the first one behind it, in seconds; null where there is none. */
  timesAround(
    id: string,
    n: number,
  ): Promise<{ before: number | null; behind: number | null; highest: number }>
  add(id: string, growth: Growth, now: Date): Promise<void>
  /** States with which chunk a recording ends, or of which session it is. */
  settle(id: string, change: { final_chunk: number | null; session_id: string | null }): Promise<void>
  /** Adds to the use of a key. @returns the use with it. */
  use(key_id: string, recordings: number, bytes: number): Promise<Usage>
}

export interface RecordingWriter {
  /** Does work whose writes are kept only if it succeeds. */
  write<Result>(work: (rows: RecordingRows) => Promise<Result>): Promise<Result>
}

const OPEN = {
  name: 'recording-open',
  text: `INSERT INTO recordings (id, sensor_id, session_key, name, session_id, key_id, format, content_sha256, created_at, last_received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (id) DO NOTHING RETURNING id`,
}
const FIND = {
  name: 'recording-hold',
  text: 'SELECT key_id, session_id, content_sha256, chunks, final_chunk, bytes FROM recordings WHERE id = $1 FOR UPDATE',
}
const AROUND = {
  name: 'recording-times-around',
  text: `SELECT
    (SELECT last_time FROM recording_chunks WHERE recording_id = $1 AND n < $2 AND last_time IS NOT NULL ORDER BY n DESC LIMIT 1) AS before,
    (SELECT first_time FROM recording_chunks WHERE recording_id = $1 AND n > $2 AND first_time IS NOT NULL ORDER BY n LIMIT 1) AS behind,
    coalesce((SELECT max(n) FROM recording_chunks WHERE recording_id = $1), -1) AS highest`,
}
const ADD_CHUNK = {
  name: 'recording-chunk-add',
  text: `INSERT INTO recording_chunks (recording_id, n, sha256, content, bytes, first_time, last_time)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
}
const GROW = {
  name: 'recording-grow',
  text: `UPDATE recordings SET chunks = chunks + 1, bytes = bytes + $2, stored_bytes = stored_bytes + $3, last_received_at = $4,
      duration = greatest(duration, coalesce($5::float8, 0)), width = coalesce($6, width), height = coalesce($7, height)
    WHERE id = $1`,
}
const SETTLE = {
  name: 'recording-settle',
  text: `UPDATE recordings SET final_chunk = coalesce($2, final_chunk), session_id = coalesce($3, session_id) WHERE id = $1`,
}
// The other keys as they were: nobody waits for all of them.
const USE = {
  name: 'recording-use',
  text: `WITH own AS (
      INSERT INTO recording_usage AS u (key_id, recordings, bytes) VALUES ($1, $2, $3)
      ON CONFLICT (key_id) DO UPDATE SET recordings = u.recordings + excluded.recordings, bytes = u.bytes + excluded.bytes
      RETURNING recordings, bytes
    ) SELECT recordings AS key_recordings, bytes AS key_bytes,
      (bytes + (SELECT coalesce(sum(bytes), 0) FROM recording_usage WHERE key_id <> $1))::bigint AS total_bytes FROM own`,
}

export function createRecordingWriter(database: Transactional): RecordingWriter {
  return { write: (work) => database.transaction((client) => work(rowsOf(client))) }
}

function rowsOf(client: Queryable): RecordingRows {
  return {
    async open({ id, sensor_id, session_key, name, session_id, key_id, format, content_sha256, now }) {
      const values = [id, sensor_id, session_key, name, session_id, key_id, format, content_sha256, now]
      const created = await client.query({ ...OPEN, values })
      const [row] = await client.query<OpenRecording>({ ...FIND, values: [id] })
      if (!row) throw new Error('a recording that was created is there')
      return { ...row, is_new: created.length > 0 }
    },
    async sha256Of(id, n) {
      const [row] = await client.query<{ sha256: Buffer }>({
        name: 'recording-chunk-find',
        text: 'SELECT sha256 FROM recording_chunks WHERE recording_id = $1 AND n = $2',
        values: [id, n],
      })
      return row?.sha256 ?? null
    },
    async timesAround(id, n) {
      const [row] = await client.query<{ before: number | null; behind: number | null; highest: number }>({
        ...AROUND,
        values: [id, n],
      })
      return row ?? { before: null, behind: null, highest: -1 }
    },
    async add(id, { chunk, stored_bytes, width, height }, now) {
      const { n, sha256, content, bytes, first_time, last_time } = chunk
      await client.query({ ...ADD_CHUNK, values: [id, n, sha256, content, bytes, first_time, last_time] })
      await client.query({ ...GROW, values: [id, bytes, stored_bytes, now, last_time, width, height] })
    },
    async settle(id, { final_chunk, session_id }) {
      await client.query({ ...SETTLE, values: [id, final_chunk, session_id] })
    },
    async use(key_id, recordings, bytes) {
      const [row] = await client.query<Usage>({ ...USE, values: [key_id, recordings, bytes] })
      if (!row) throw new Error('the use of a key that was written is there')
      return row
    },
  }
}
