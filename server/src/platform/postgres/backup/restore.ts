import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Database } from '../database.js'
import { ensurePartition } from '../partitions.js'
import { BackupError, type BackupProgress, CONTENTS, MANIFEST, type Manifest } from './archive-format.js'
import { type Catalogue, readCatalogue, readMigrations, type Sequence } from './catalogue.js'
import { memberSummary } from './member-summary.js'
import { migratedRows } from './migrated-rows.js'
import { type Archive, readArchive, readMembers, tableOf } from './read-archive.js'

export interface RestoreOptions {
  /** Also when the database holds events. */
  force: boolean
  /** Whether something else already ensures that no server runs, as the lock of a data directory does. */
  alone: boolean
  now: () => number
  progress: BackupProgress
}

/** A server that was seen so recently is taken to be running. */
const SERVER_GONE_MS = 30_000
const LOCK_TIMEOUT_MS = 10_000

/**
 * Replaces everything that is stored by what a backup holds. The archive is read and checked whole before a row is
 * touched; then one transaction does everything or nothing.
 * @throws {BackupError}
 */
export async function restore(database: Database, file: string, options: RestoreOptions): Promise<void> {
  try {
    const archive = await readArchive(file)
    await database.maintenance.borrow(async (client) => {
      try {
        await client.query('BEGIN')
        await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
        await assertReplaceable(client, options)
        await replace(client, file, archive, options)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    })
  } catch (error) {
    throw new BackupError(`nothing was restored: ${causeOf(error as Error)}`, { cause: error })
  }
}

function causeOf({ message }: Error): string {
  return message === 'incorrect header check' ? 'it is not an EvilTwin backup: it is not compressed' : message
}

async function assertReplaceable(client: pg.PoolClient, { force, alone }: RestoreOptions): Promise<void> {
  if (!alone) {
    const { rows } = await client.query<{ host: string }>(
      'SELECT host FROM replicas WHERE seen_at >= clock_timestamp() - make_interval(secs => $1)',
      [SERVER_GONE_MS / 1000],
    )
    if (rows.length > 0) {
      const hosts = [...new Set(rows.map(({ host }) => host))].join(', ')
      throw new BackupError(
        `a server is using this database (${hosts}); stop it first, and wait ${SERVER_GONE_MS / 1000} seconds if it was killed`,
      )
    }
  }
  const { rows: events } = await client.query('SELECT FROM event_keys LIMIT 1')
  if (events.length > 0 && !force)
    throw new BackupError('the database holds events; use --force to replace everything')
}

async function replace(
  client: pg.PoolClient,
  file: string,
  archive: Archive,
  { now, progress }: RestoreOptions,
): Promise<void> {
  const { manifest } = archive
  const catalogue = await readCatalogue(client)
  const present = await readMigrations(client)
  assertKnown(manifest, catalogue, present)
  // Entries of the audit log are only added; whoever restores replaces them with the ones of the backup.
  await client.query(`SET LOCAL eviltwin.audit_removal = 'on'`)
  await client.query(`TRUNCATE ${[...catalogue.tables.keys(), ...catalogue.volatileTables].join(', ')}`)
  const statements = { query: async (statement: { text: string }) => (await client.query(statement)).rows }
  for (const day of manifest.event_days) await ensurePartition(statements as never, day)
  // Rows come as they were: nothing that a trigger adds, announces or counts.
  await setTriggers(client, catalogue, 'DISABLE')
  const derived = migratedRows.filter(
    ({ migration }) => !manifest.migrations.includes(migration) && present.includes(migration),
  )
  for (const { admit } of derived) if (admit !== undefined) await client.query(admit)
  await load(client, file, archive, progress)
  for (const table of catalogue.oneRowTables)
    await client.query(`INSERT INTO ${table} DEFAULT VALUES ON CONFLICT DO NOTHING`)
  for (const { statement } of derived) await client.query(statement)
  for (const sequence of catalogue.sequences) await advance(client, sequence, manifest)
  await setTriggers(client, catalogue, 'ENABLE')
  await client.query(
    'INSERT INTO restores (restored_at, backup_made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [new Date(now()), manifest.created_at],
  )
}

async function setTriggers(
  client: pg.PoolClient,
  { tables }: Catalogue,
  state: 'DISABLE' | 'ENABLE',
): Promise<void> {
  for (const table of tables.keys()) await client.query(`ALTER TABLE ${table} ${state} TRIGGER USER`)
}

function assertKnown(manifest: Manifest, catalogue: Catalogue, present: readonly string[]): void {
  const newer = manifest.migrations.filter((name) => !present.includes(name))
  if (newer.length > 0)
    throw new BackupError(
      `the backup was made by a newer EvilTwin (${newer.join(', ')}); restore with that one`,
    )
  for (const [table, columns] of Object.entries(manifest.tables)) {
    const known = catalogue.tables.get(table)
    if (!known) throw new BackupError(`the backup has a table that this version does not know: ${table}`)
    const missing = columns.filter((name) => !known.includes(name))
    if (missing.length > 0)
      throw new BackupError(`the backup has columns that ${table} lacks: ${missing.join(', ')}`)
  }
}

/** Copies every member into its table, and checks again that it is the one that was validated. */
async function load(
  client: pg.PoolClient,
  file: string,
  { manifest, members }: Archive,
  progress: BackupProgress,
): Promise<void> {
  let copy: TableCopy | undefined
  try {
    for await (const { name, content } of readMembers(file)) {
      if (name === CONTENTS) continue
      const member = members.get(name)
      if (!member || memberSummary(content).sha256 !== member.sha256)
        throw new BackupError(`${file} changed while it was read`)
      if (name === MANIFEST) continue
      const table = tableOf(name)
      if (copy?.table !== table) {
        await copy?.finish()
        copy = copyInto(client, table, manifest.tables[table] ?? [])
      }
      await copy.write(content, member.rows)
      progress(table, content.length)
    }
    await copy?.finish()
  } catch (error) {
    // Without this the ROLLBACK would wait behind a COPY that nobody ends.
    await copy?.abort(error as Error)
    throw error
  }
}

interface TableCopy {
  table: string
  /** @param rows that end in the content. */
  write(content: Buffer, rows: number): Promise<void>
  /** @throws {BackupError} when PostgreSQL took another number of rows. */
  finish(): Promise<void>
  abort(error: Error): Promise<void>
}

/** The names are those of the catalogue. */
function copyInto(client: pg.PoolClient, table: string, columns: readonly string[]): TableCopy {
  const input = new PassThrough()
  const sink = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`))
  const done = pipeline(input, sink)
  done.catch(() => {})
  let expected = 0
  return {
    table,
    async write(content, rows) {
      expected += rows
      if (!input.write(content))
        await Promise.race([new Promise((resolve) => input.once('drain', resolve)), done])
    },
    async finish() {
      input.end()
      await done
      if (sink.rowCount !== expected)
        throw new BackupError(`${table} took ${sink.rowCount} rows instead of ${expected}`)
    },
    async abort(error) {
      input.destroy(error)
      await done.catch(() => {})
    },
  }
}

/** New values must come behind those of the rows and those the source gave. RESTART is undone by a rollback; setval is not. */
async function advance(client: pg.PoolClient, sequence: Sequence, manifest: Manifest): Promise<void> {
  const { name, table, column } = sequence
  const given = manifest.format === 2 ? manifest.sequences[name] : undefined
  const values = given === undefined ? [] : [BigInt(given)]
  if (table !== null && column !== null) {
    const { rows } = await client.query<{ highest: string | null }>(
      `SELECT max(${column})::text AS highest FROM ${table}`,
    )
    if (rows[0]?.highest != null) values.push(BigInt(rows[0].highest))
  }
  const last = values.reduce<bigint | null>(
    (most, value) => (most === null || value > most ? value : most),
    null,
  )
  await client.query(`ALTER SEQUENCE ${name} RESTART${last === null ? '' : ` WITH ${last + 1n}`}`)
}
