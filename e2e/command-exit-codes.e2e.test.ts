import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { loadObjectives } from '../server/src/features/slo/load-objectives.js'
import { seriesOf } from '../server/src/features/slo/objective.js'
import { createEmptyDatabase, createTestDatabase } from '../server/src/testing/test-database.js'
import { createInstallation, type Installation } from './server-process.js'

const READERS = [
  ['slo', 'status'],
  ['review'],
  ['user', 'list'],
  ['user', 'add', 'ana'],
  ['user', 'passwd', 'ana'],
  ['key', 'list'],
  ['key', 'add', 'k'],
  ['quarantine', 'list'],
  ['quarantine', 'replay'],
  ['quarantine', 'usage'],
  ['quarantine', 'delete', '--all'],
  ['feeds', 'preview'],
  ['feeds', 'explain', '8.8.8.8'],
  ['backup', '/tmp/eviltwin-no-such-backup.tar.gz'],
]

describe('a command that reads what a server stored', () => {
  let installation: Installation
  const nowhere = join(mkdtempSync(join(tmpdir(), 'eviltwin-e2e-')), 'nowhere')
  beforeAll(async () => {
    installation = await createInstallation({ DATA_DIR: nowhere })
  })
  afterAll(() => installation.remove())

  test.each(READERS)('%s %s says where it looked, and creates nothing', async (...command) => {
    const { code, stdout, stderr } = await installation.run(...command.filter((part) => part !== undefined))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`DATA_DIR ${nowhere} does not exist`)
    expect(stderr).toContain('eviltwin start')
    expect(existsSync(nowhere)).toBe(false)
  })

  test('refuses a database that is not EvilTwin’s', async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('no PostgreSQL')
    const empty = await createEmptyDatabase(server)
    const other = await createInstallation({ DATABASE_URL: empty.url })
    try {
      const { code, stderr } = await other.run('slo', 'status')
      expect(code).toBe(1)
      expect(stderr).toContain('holds no EvilTwin tables')
      expect((await other.run('migrate')).code).toBe(0)
      expect((await other.run('slo', 'status')).code).toBe(0)
    } finally {
      other.remove()
      await empty.drop()
    }
  })
})

test('slo status exits with 1 when an objective is breached', async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('no PostgreSQL')
  const store = await createTestDatabase(server)
  const installation = await createInstallation({ DATABASE_URL: store.url })
  try {
    await store.database.app.query({
      text: `INSERT INTO signals (series, span, bucket, recorder, total, good)
        SELECT s, span, date_trunc(span, now()), gen_random_uuid(), 100, 0
        FROM unnest($1::text[]) s, unnest('{minute,hour}'::text[]) span`,
      values: [await seriesOfObjectives()],
    })
    const { code, stdout, stderr } = await installation.run('slo', 'status')
    expect(stdout).toContain('breached')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('breached: ') })
    expect((await installation.run('slo', 'status', '--json')).code).toBe(1)
  } finally {
    installation.remove()
    await store.drop()
  }
})

async function seriesOfObjectives(): Promise<string[]> {
  const objectives = await loadObjectives(undefined)
  return objectives.map(({ indicator }) => seriesOf(indicator))
}
