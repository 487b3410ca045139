import type { Database } from '../../platform/postgres/database.js'

/** Whoever waits for a lock makes writers wait behind; the next run goes on. */
const LOCK_TIMEOUT_MS = 2_000

const MISSING = `
  SELECT c.relname::text AS partition FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'events'::regclass AND NOT i.inhdetachpending AND c.relname ~ '^events_[0-9]{8}$' AND NOT EXISTS (
    SELECT FROM pg_index x JOIN pg_inherits y ON y.inhrelid = x.indexrelid
    WHERE x.indrelid = c.oid AND y.inhparent = 'events_file_hash'::regclass
  ) ORDER BY c.relname DESC`

/**
 * Makes the index of events by the hash of a file (migration 0055) on partitions that do not have it, newest first, without making a writer wait.
 * Until then reads are right, and slower. @returns the partitions that have it now. @throws what keeps one from having it; others may have it.
 */
export async function completeFileIndex(
  database: Pick<Database['maintenance'], 'borrow'>,
): Promise<string[]> {
  return database.borrow(async (client) => {
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
    const { rows } = await client.query<{ partition: string }>(MISSING)
    for (const { partition } of rows) {
      const name = `${partition}_file_hash`
      // One that was interrupted is there, and is no use.
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`)
      await client.query(
        `CREATE INDEX CONCURRENTLY ${name} ON ${partition} (file_sha256, received_at, id) WHERE file_sha256 IS NOT NULL`,
      )
      await client.query(`ALTER INDEX events_file_hash ATTACH PARTITION ${name}`)
    }
    return rows.map(({ partition }) => partition)
  })
}
