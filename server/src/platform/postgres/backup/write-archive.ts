import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import tar from 'tar-stream'
import type { Database } from '../database.js'
import {
  BackupError,
  type BackupProgress,
  CONTENTS,
  MANIFEST,
  type Manifest,
  type Member,
  memberOf,
  PIECE_BYTES,
} from './archive-format.js'
import { type Catalogue, readCatalogue, readMigrations } from './catalogue.js'
import { memberSummary } from './member-summary.js'

/**
 * Writes everything that is stored, as of one moment, to a gzip-compressed tar of `COPY` text, which every PostgreSQL
 * from 15 on reads. Runs beside a working server. The file appears under its name only when it is complete.
 * @throws {BackupError}
 */
export async function backup(database: Database, file: string, progress: BackupProgress): Promise<void> {
  const partial = `${file}.partial`
  try {
    await database.maintenance.borrow(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const pack = tar.pack()
      const written = pipeline(pack, createGzip(), createWriteStream(partial, { mode: 0o600 }))
      const filled = fill(client, pack, progress).then(
        () => pack.finalize(),
        (error: Error) => pack.destroy(error),
      )
      await Promise.all([written, filled])
      await client.query('COMMIT')
    })
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw new BackupError(`the backup was not made: ${(error as Error).message}`, { cause: error })
  }
}

async function fill(client: pg.PoolClient, pack: tar.Pack, progress: BackupProgress): Promise<void> {
  const catalogue = await readCatalogue(client)
  const members: Record<string, Member> = {}
  const add = async (name: string, content: Buffer) => {
    members[name] = memberSummary(content)
    await addEntry(pack, name, content)
  }
  await add(MANIFEST, Buffer.from(JSON.stringify(await manifestOf(client, catalogue), null, 2)))
  for (const [table, columns] of catalogue.tables) {
    let number = 0
    for await (const piece of piecesOf(client, table, columns)) {
      number += 1
      await add(memberOf(table, number), piece)
      progress(table, piece.length)
    }
  }
  await addEntry(pack, CONTENTS, Buffer.from(JSON.stringify({ members }, null, 2)))
}

async function manifestOf(client: pg.PoolClient, { tables, sequences }: Catalogue): Promise<Manifest> {
  const { rows: days } = await client.query<{ day: string }>(
    `SELECT DISTINCT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM events ORDER BY 1`,
  )
  return {
    format: 2,
    created_at: new Date().toISOString(),
    migrations: await readMigrations(client),
    event_days: days.map(({ day }) => day),
    tables: Object.fromEntries(tables),
    sequences: Object.fromEntries(
      sequences.flatMap(({ name, lastValue }) => (lastValue === null ? [] : [[name, lastValue]])),
    ),
  }
}

async function* piecesOf(
  client: pg.PoolClient,
  table: string,
  columns: readonly string[],
): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let size = 0
  for await (const chunk of client.query(
    copyTo(`COPY (SELECT ${columns.join(', ')} FROM ${table}) TO STDOUT`),
  )) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size < PIECE_BYTES) continue
    yield Buffer.concat(chunks)
    chunks = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(chunks)
}

function addEntry(pack: tar.Pack, name: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry({ name, mode: 0o600 }, content, (error) => (error ? reject(error) : resolve()))
  })
}
