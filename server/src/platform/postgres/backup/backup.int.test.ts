import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import tar from 'tar-stream'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createRecordingGapsStore } from '../../../features/slo/recording-gaps-store.js'
import { silent } from '../../../testing/silent.js'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../../testing/test-database.js'
import { openDatabase } from '../database.js'
import { migrate } from '../migrate.js'
import { readMembers } from './read-archive.js'
import { restore } from './restore.js'
import { backup } from './write-archive.js'

const UPGRADES = fileURLToPath(new URL('../../../testing/upgrades/0.1.0/', import.meta.url))
const OLD_BACKUP = join(UPGRADES, 'backup.tar.gz')
const NOW = Date.parse('2026-12-01T12:00:00Z')
const options = { force: false, alone: false, now: () => NOW, progress: () => {} }

describe.each(inject('postgresServers'))('a backup on $version', (server) => {
  let source: TestDatabase
  let directory: string
  let file: string
  const query = (at: TestDatabase, text: string) => at.database.app.query<Record<string, unknown>>({ text })

  /** A database in which every table has rows, and which has lost its newest transition and delivery. */
  beforeAll(async () => {
    const { url, drop } = await createEmptyDatabase(server)
    const loading = openDatabase({ connectionString: url }, silent('test'), () => {})
    await loading.maintenance.query({
      text: gunzipSync(readFileSync(join(UPGRADES, 'database.sql.gz'))).toString(),
    })
    await loading.close()
    const database = openDatabase({ connectionString: url }, silent('test'), () => {})
    await migrate(database, silent('test'))
    source = {
      url,
      database,
      async drop() {
        await database.close()
        await drop()
      },
    }
    await query(source, 'DELETE FROM ops_transitions WHERE id = (SELECT max(id) FROM ops_transitions)')
    await query(
      source,
      `INSERT INTO platform_runs VALUES (gen_random_uuid(), '2026-11-30 10:00:00Z', '2026-11-30 10:10:00.123456Z')`,
    )
    await query(source, `INSERT INTO recording_gaps VALUES ('2026-11-30 10:10:00Z', '2026-11-30 10:12:16Z')`)
    await query(
      source,
      `INSERT INTO recording_gap_costs VALUES ('2026-11-30 10:10:00Z', 'sli POST /log succeeded', 136, 120, 150, 'hour_before')`,
    )
    await query(
      source,
      `INSERT INTO pending_totals (sensors, event_rollups, session_rollups, attacker_hours)
        VALUES ('[]', '[{"span":"hour","bucket":"2026-11-30T10:00:00Z","sensor_id":"s","event_type":"connect","events":2}]', '[]', '[]')`,
    )
    await query(source, `UPDATE recording_gap_search SET searched_until = '2026-11-30 11:00:00Z'`)
    directory = mkdtempSync(join(tmpdir(), 'eviltwin-backup-'))
    file = join(directory, 'backup.tar.gz')
    await backup(source.database, file, () => {})
  })
  afterAll(() => source.drop())

  const withTarget = async (work: (target: TestDatabase) => Promise<void>) => {
    const target = await createTestDatabase(server, NOW)
    try {
      await work(target)
    } finally {
      await target.drop()
    }
  }
  const tablesOf = async (at: TestDatabase) =>
    (
      await query(
        at,
        `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
          AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
      )
    ).map(({ name }) => String(name))
  const dump = async (at: TestDatabase) =>
    Object.fromEntries(
      await Promise.all(
        (await tablesOf(at)).map(async (table) => [
          table,
          (
            await query(
              at,
              `SELECT count(*) AS rows, md5(string_agg(t::text, E'\n' ORDER BY t::text)) AS sum FROM ${table} t`,
            )
          )[0],
        ]),
      ),
    ) as Record<string, { rows: number; sum: string }>
  /** Another archive of the same members. */
  const rewritten = async (change: (name: string, content: Buffer) => Buffer | null, from = file) => {
    const pack = tar.pack()
    const chunks: Buffer[] = []
    pack.on('data', (chunk) => chunks.push(chunk as Buffer))
    for await (const { name, content } of readMembers(from)) {
      const changed = change(name, content)
      if (changed) pack.entry({ name }, changed)
    }
    const ended = new Promise<void>((resolve) => pack.once('end', () => resolve()))
    pack.finalize()
    await ended
    const path = join(directory, 'rewritten.tar.gz')
    writeFileSync(path, gzipSync(Buffer.concat(chunks)))
    return path
  }

  test('restores every table of the catalogue, and every table can be written to afterwards', () =>
    withTarget(async (target) => {
      await restore(target.database, file, options)
      const expected = await dump(source)
      const found = await dump(target)
      const elsewhere = ['replicas', 'ws_tickets', 'schema_migrations', 'restores']
      expect(Object.keys(found)).toEqual(Object.keys(expected))
      for (const table of Object.keys(expected).filter((name) => !elsewhere.includes(name))) {
        expect([table, found[table]]).toEqual([table, expected[table]])
      }
      for (const table of ['forward_cursors', 'pending_totals', 'platform_runs', 'recording_gap_costs'])
        expect(found[table]?.rows, table).toBeGreaterThan(0)
      const owned = await query(
        target,
        `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
          WHERE table_schema = 'public' AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL`,
      )
      expect(owned.length).toBeGreaterThanOrEqual(2)
      for (const { table, column } of owned) {
        const nextOf = async (at: TestDatabase) =>
          (await query(at, `SELECT nextval(pg_get_serial_sequence('${table}', '${column}')) AS next`))[0]?.[
            'next'
          ]
        const [mine, theirs] = [await nextOf(target), await nextOf(source)]
        expect([table, mine]).toEqual([table, theirs])
        const columns = (
          await query(
            target,
            `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0
              AND NOT attisdropped AND attname <> '${column}'`,
          )
        ).map(({ name }) => String(name))
        // A copy of a row, but for what must be unique.
        const unique: Record<string, string> = { id: 'gen_random_uuid()', feed_position: 'NULL' }
        if (table === 'alerts') unique['state'] = `'resolved'`
        const values = columns.map((name) => unique[name] ?? name)
        await query(
          target,
          `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} LIMIT 1`,
        )
      }
    }))

  test('replaces events only by force', () =>
    withTarget(async (target) => {
      await restore(target.database, file, options)
      await expect(restore(target.database, file, options)).rejects.toThrow('--force')
      await restore(target.database, file, { ...options, force: true })
      expect((await dump(target))['events']).toEqual((await dump(source))['events'])
    }))

  test('of version 0.1.0 restores, and its events keep being found by their former ids', () =>
    withTarget(async (target) => {
      await restore(target.database, OLD_BACKUP, options)
      const expected = JSON.parse(readFileSync(join(UPGRADES, 'expected.json'), 'utf8'))
      const found = await dump(target)
      expect(found['events']?.rows).toBe(expected.rows?.events ?? found['events']?.rows)
      expect(found['events']?.rows).toBeGreaterThan(100)
      expect(
        await query(target, 'SELECT former_written_at IS NOT NULL AS known FROM identity_state'),
      ).toEqual([{ known: true }])
      expect(
        await query(target, 'SELECT count(*)::int AS endless FROM alert_mutes WHERE expires_at IS NULL'),
      ).toEqual([{ endless: 0 }])
      expect(found['alert_mutes']?.rows).toBeGreaterThan(0)
      await expect(
        query(target, `UPDATE alert_mutes SET expires_at = NULL`),
        'a restore leaves the constraints as they are',
      ).rejects.toThrow('not-null')
      await query(
        target,
        `INSERT INTO ops_transitions (at, rule_id, event, told) VALUES (now(), 'x', 'firing', true)`,
      )
    }))

  test.each([
    ['that nobody changed', 't\thigh\tt\toff\t60\n', 'source'],
    ['that somebody chose', 't\tcritical\tt\toff\t60\n', 'off'],
  ])('of version 0.1.0 with an alert policy %s has the one of its upgrade', (_what, row, grouping) =>
    withTarget(async (target) => {
      const archive = await rewritten(
        (name, content) => (name.startsWith('alert_policy/') ? Buffer.from(row) : content),
        OLD_BACKUP,
      )
      await restore(target.database, archive, options)
      expect(await query(target, 'SELECT campaign_grouping FROM alert_policy')).toEqual([
        { campaign_grouping: grouping },
      ])
    }),
  )

  test.each([
    [
      'cut off',
      () => {
        const bytes = readFileSync(file)
        const path = join(directory, 'cut.tar.gz')
        writeFileSync(path, bytes.subarray(0, bytes.length - 100))
        return path
      },
      /^nothing was restored: unexpected end of file$/,
    ],
    [
      'with only a manifest',
      () => rewritten((name, content) => (name === 'manifest.json' ? content : null)),
      /not complete/,
    ],
    [
      'of version 0.1.0 with only a manifest',
      () => rewritten((name, content) => (name === 'manifest.json' ? content : null), OLD_BACKUP),
      /missing/,
    ],
    [
      'that lacks a table',
      () => rewritten((name, content) => (name.startsWith('sessions/') ? null : content)),
      /sessions\/000001.copy is missing/,
    ],
    [
      'with a changed byte',
      () =>
        rewritten((name, content) =>
          name.startsWith('attackers/')
            ? Buffer.from(content.toString('latin1').replace('2026', '2025'), 'latin1')
            : content,
        ),
      /checksum differs/,
    ],
    [
      'of version 0.1.0 with a row that lost a column',
      () =>
        rewritten(
          (name, content) =>
            name.startsWith('event_keys/')
              ? Buffer.from(content.toString('latin1').replace(/\n([^\t]*)\t/, '\n$1'), 'latin1')
              : content,
          OLD_BACKUP,
        ),
      /damaged/,
    ],
    [
      'whose values PostgreSQL refuses',
      () =>
        rewritten(
          (name, content) => (name.startsWith('sent_reviews/') ? Buffer.from('no date\n') : content),
          OLD_BACKUP,
        ),
      /nothing was restored: invalid input syntax/,
    ],
    [
      'that is another file',
      () => {
        const path = join(directory, 'other.tar.gz')
        copyFileSync(join(UPGRADES, 'README.md'), path)
        return path
      },
      /not an EvilTwin backup/,
    ],
  ] as const)('%s leaves everything as it was, sequences too', (_, make, message) =>
    withTarget(async (target) => {
      await restore(target.database, file, options)
      const sequences = () => query(target, 'SELECT sequencename, last_value FROM pg_sequences ORDER BY 1')
      const before = [await dump(target), await sequences()]
      await expect(restore(target.database, await make(), { ...options, force: true })).rejects.toThrow(
        message,
      )
      expect([await dump(target), await sequences()]).toEqual(before)
    }),
  )

  test('is not restored beside a server that was seen within 30 seconds', () =>
    withTarget(async (target) => {
      const seen = async (secondsAgo: number) =>
        target.database.app.query({
          text: `INSERT INTO replicas 
            SELECT gen_random_uuid(), 'honeypot-1', at, at, true, '{}' FROM (SELECT clock_timestamp() - make_interval(secs => $1)) AS seen (at)`,
          values: [secondsAgo],
        })
      await seen(31)
      await seen(20)
      await expect(restore(target.database, file, options)).rejects.toThrow(
        /a server is using .*honeypot-1.*stop it/,
      )
      await query(target, 'DELETE FROM replicas WHERE seen_at = (SELECT max(seen_at) FROM replicas)')
      await restore(target.database, file, options)
    }))

  test('records the time until its restore, which is no outage', () =>
    withTarget(async (target) => {
      await restore(target.database, OLD_BACKUP, options)
      const [range, ...others] = await createRecordingGapsStore(target.database.app).restores(0)
      expect(others).toEqual([])
      expect(range?.to).toBe(NOW)
      expect(range?.from).toBeLessThan(NOW)
    }))
})
