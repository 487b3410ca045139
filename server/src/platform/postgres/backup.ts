import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import tar from 'tar-stream'
import { z } from 'zod'
import type { Database } from './database.js'
import { ensurePartition } from './partitions.js'

/** The backup cannot be made or read; the message says why. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/** Told after every piece of a table. */
export type BackupProgress = (table: string, bytes: number) => void

/** In an order that satisfies the foreign keys. */
const TABLES = [
  'users',
  'token_families',
  'refresh_tokens',
  'api_keys',
  'sensors',
  'attackers',
  'sessions',
  'event_keys',
  'events',
  'event_rollups',
  'session_rollups',
  'attacker_hours',
  'quarantine',
  'alert_queue',
  'alert_feed',
  'alerts',
  'alert_history',
  'alert_policy',
  'alert_mutes',
  'channels',
  'deliveries',
  'canary_tokens',
  'signals',
  'ops_states',
  'ops_transitions',
  'ops_silences',
  'sent_reviews',
  'retention_setting',
] as const

const ONE_ROW_TABLES = ['alert_feed', 'alert_policy'] as const

const FORMAT = 1
/** A tar entry states its size first; a table is written in pieces of at least this size. */
const PIECE_BYTES = 4 * 1024 * 1024

const Manifest = z.object({
  format: z.literal(FORMAT),
  created_at: z.string(),
  migrations: z.array(z.string()),
  event_days: z.array(z.string()),
  tables: z.record(z.string(), z.array(z.string())),
})

/**
 * Writes everything that is stored, as of one moment, to a gzip-compressed tar of `COPY` text, which every PostgreSQL
 * from 15 on reads. Runs beside a working server. The file appears under its name only when it is complete.
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
  const manifest: z.infer<typeof Manifest> = {
    format: FORMAT,
    created_at: new Date().toISOString(),
    migrations: await column(client, 'SELECT name FROM schema_migrations ORDER BY name'),
    event_days: await column(
      client,
      `SELECT DISTINCT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM events ORDER BY 1`,
    ),
    tables: {},
  }
  for (const table of TABLES) manifest.tables[table] = await columnsOf(client, table)
  await addEntry(pack, 'manifest.json', Buffer.from(JSON.stringify(manifest, null, 2)))
  for (const table of TABLES) {
    const columns = manifest.tables[table]?.join(', ')
    let pieces: Buffer[] = []
    let size = 0
    let number = 0
    const flush = async () => {
      number += 1
      await addEntry(pack, `${table}/${String(number).padStart(6, '0')}.copy`, Buffer.concat(pieces))
      progress(table, size)
      pieces = []
      size = 0
    }
    for await (const chunk of client.query(copyTo(`COPY (SELECT ${columns} FROM ${table}) TO STDOUT`))) {
      pieces.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size >= PIECE_BYTES) await flush()
    }
    if (size > 0) await flush()
  }
}

function addEntry(pack: tar.Pack, name: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry({ name, mode: 0o600 }, content, (error) => (error ? reject(error) : resolve()))
  })
}

/**
 * Replaces everything that is stored by what a backup holds, in one transaction: it works whole or not at all.
 * @param force needed when the database already has users or events besides a fresh start's administrator.
 * @throws {BackupError}
 */
export async function restore(
  database: Database,
  file: string,
  force: boolean,
  progress: BackupProgress,
): Promise<void> {
  await database.maintenance.borrow(async (client) => {
    try {
      await client.query('BEGIN')
      const events = await column(client, 'SELECT id::text FROM event_keys LIMIT 1')
      if (events.length > 0 && !force)
        throw new BackupError('the database holds events; use --force to replace everything')
      // Admissions to live feeds are not worth a backup, and refer to logins.
      await client.query(`TRUNCATE ${TABLES.join(', ')}, ws_tickets`)
      await load(client, file, progress)
      // A backup of an earlier version does not have the rows that a migration since then put there.
      for (const table of ONE_ROW_TABLES)
        await client.query(`INSERT INTO ${table} DEFAULT VALUES ON CONFLICT DO NOTHING`)
      // Rows bring their places along; new ones must come behind them.
      await client.query(
        `SELECT setval(pg_get_serial_sequence('deliveries', 'place'), max(place)) FROM deliveries`,
      )
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      if (error instanceof BackupError) throw error
      throw new BackupError(`nothing was restored: ${(error as Error).message}`, { cause: error })
    }
  })
}

async function load(client: pg.PoolClient, file: string, progress: BackupProgress): Promise<void> {
  const extract = tar.extract()
  const source = pipeline(createReadStream(file), createGunzip(), extract)
  // The loop below sees the failure first; this keeps it from being reported a second time as unhandled.
  source.catch(() => {})
  let manifest: z.infer<typeof Manifest> | undefined
  let open: { table: string; input: PassThrough; done: Promise<void> } | undefined
  const finish = async () => {
    open?.input.end()
    await open?.done
    open = undefined
  }
  for await (const entry of extract) {
    const { name } = entry.header
    if (name === 'manifest.json') {
      manifest = await readManifest(entry, client)
      continue
    }
    const table = TABLES.find((known) => name.startsWith(`${known}/`))
    const columns = table && manifest?.tables[table]
    if (!table || !columns) throw new BackupError(`${file} is not an EvilTwin backup: unexpected ${name}`)
    if (open?.table !== table) {
      await finish()
      const input = new PassThrough()
      const sink = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`))
      open = { table, input, done: pipeline(input, sink) }
      open.done.catch(() => {})
    }
    let size = 0
    for await (const chunk of entry) {
      size += (chunk as Buffer).length
      if (!open.input.write(chunk)) {
        await Promise.race([new Promise((resolve) => open?.input.once('drain', resolve)), open.done])
      }
    }
    progress(table, size)
  }
  await finish()
  await source
  if (!manifest) throw new BackupError(`${file} is not an EvilTwin backup: it has no manifest`)
}

async function readManifest(
  entry: AsyncIterable<unknown>,
  client: pg.PoolClient,
): Promise<z.infer<typeof Manifest>> {
  const chunks: Buffer[] = []
  for await (const chunk of entry) chunks.push(chunk as Buffer)
  const parsed = Manifest.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  if (!parsed.success) throw new BackupError('the manifest of the backup is not one that this version reads')
  const known = await column(client, 'SELECT name FROM schema_migrations')
  const newer = parsed.data.migrations.filter((name) => !known.includes(name))
  if (newer.length > 0)
    throw new BackupError(
      `the backup was made by a newer EvilTwin (${newer.join(', ')}); restore with that one`,
    )
  for (const [table, columns] of Object.entries(parsed.data.tables)) {
    const present = await columnsOf(client, table)
    const missing = columns.filter((name) => !present.includes(name))
    if (missing.length > 0)
      throw new BackupError(`the backup has columns that ${table} lacks: ${missing.join(', ')}`)
  }
  const inTransaction = {
    query: async <Row extends pg.QueryResultRow>(statement: { text: string }) =>
      (await client.query<Row>(statement)).rows,
  }
  for (const day of parsed.data.event_days) await ensurePartition(inTransaction, day)
  return parsed.data
}

/** Column names come from the catalogue, also when a backup names them: nothing foreign gets into the SQL. */
async function columnsOf(client: pg.PoolClient, table: string): Promise<string[]> {
  return column(
    client,
    `SELECT column_name::text FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  )
}

async function column(client: pg.PoolClient, text: string, values: string[] = []): Promise<string[]> {
  const { rows } = await client.query<string[]>({
    text,
    values,
    rowMode: 'array',
  } as pg.QueryArrayConfig as never)
  return rows.map(([value]) => value as string)
}
