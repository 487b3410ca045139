import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { silent } from '../../../testing/silent.js'
import { until } from '../../../testing/until.js'
import { DataDirInUseError, EmbeddedPostgresError } from './error.js'
import { type EmbeddedConnection, type EmbeddedPostgres, startEmbeddedPostgres } from './postmaster.js'

const cleanups: Array<() => Promise<unknown> | unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

function dataDir(below = ''): string {
  const root = mkdtempSync(join(tmpdir(), 'eviltwin-embedded-'))
  chmodSync(root, 0o755)
  cleanups.push(() => rmSync(root, { recursive: true, force: true }))
  const directory = join(root, below)
  mkdirSync(directory, { recursive: true })
  return directory
}

async function start(directory: string): Promise<EmbeddedPostgres> {
  const running = await startEmbeddedPostgres(directory, silent)
  cleanups.push(() => running.stop().catch(() => {}))
  return running
}

async function ask(connection: EmbeddedConnection, text: string): Promise<unknown[]> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

const pidFileOf = (directory: string) => join(directory, 'postgres', 'cluster', 'postmaster.pid')

test('starts, keeps what it is given, and stops cleanly', async () => {
  const directory = dataDir()
  const first = await start(directory)
  await ask(first.connection, 'CREATE TABLE kept (x int)')
  await first.stop()
  expect(existsSync(pidFileOf(directory))).toBe(false)
  const second = await start(directory)
  expect(await ask(second.connection, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }])
})

test('listens on no network, knows no superuser login, and wants the password', async () => {
  const { connection } = await start(dataDir())
  expect(await ask(connection, `SHOW listen_addresses`)).toEqual([{ listen_addresses: '' }])
  expect(await ask(connection, `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`)).toEqual([
    { rolsuper: false },
  ])
  await expect(ask({ ...connection, user: 'postgres', database: 'postgres' }, 'SELECT 1')).rejects.toThrow(
    /pg_hba/,
  )
  await expect(ask({ ...connection, password: 'wrong' }, 'SELECT 1')).rejects.toThrow(/password/)
})

test.runIf(process.getuid?.() === 0)('root hands PostgreSQL to an unprivileged user', async () => {
  const { pid } = await start(dataDir())
  const status = readFileSync(`/proc/${pid()}/status`, 'utf8')
  expect(status).toMatch(/^Uid:\s+[1-9]/m)
})

test('a second server on the same directory is told so', async () => {
  const directory = dataDir()
  await start(directory)
  await expect(startEmbeddedPostgres(directory, silent)).rejects.toThrow(DataDirInUseError)
})

test('is restarted when it is killed', async () => {
  const running = await start(dataDir())
  const before = running.pid() as number
  process.kill(before, 'SIGKILL')
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const after = running.pid()
    const back =
      after !== undefined && after !== before && (await ask(running.connection, 'SELECT 1').catch(() => null))
    if (back) return
    await sleep(50)
  }
  throw new Error('it did not come back')
})

test('a restart that fails before there is a process is tried again', async () => {
  const directory = dataDir()
  const problems: string[] = []
  const running = await startEmbeddedPostgres(directory, (name) => ({
    ...silent(name),
    critical: (message) => problems.push(message),
  }))
  cleanups.push(() => running.stop())
  const logFile = join(directory, 'postgres', 'postgresql.log')
  rmSync(logFile)
  mkdirSync(logFile)
  process.kill(running.pid() as number, 'SIGKILL')
  await until(() => problems.filter((message) => message.includes('did not restart')).length >= 2)
  rmdirSync(logFile)
  await until(() => ask(running.connection, 'SELECT 1').catch(() => null))
})

test("PostgreSQL's own log stays within its limit while it runs, and keeps its newest lines", async () => {
  const directory = dataDir()
  const maxLogBytes = 20_000
  const running = await startEmbeddedPostgres(directory, silent, { maxLogBytes, logCheckMs: 10 })
  cleanups.push(() => running.stop())
  const client = new pg.Client(running.connection)
  await client.connect()
  cleanups.push(() => client.end())
  const logFile = join(directory, 'postgres', 'postgresql.log')
  let largest = 0
  for (let failed = 0; failed < 1_000; failed += 1) {
    await client.query(`SELECT nothing_${failed}`).catch(() => {})
    largest = Math.max(largest, statSync(logFile).size)
  }
  await until(() => statSync(logFile).size <= maxLogBytes && largest > maxLogBytes)
  await client.query('SELECT the_last_one').catch(() => {})
  await until(() => readFileSync(logFile, 'utf8').includes('the_last_one'))
  expect(readFileSync(logFile, 'utf8')).not.toContain('nothing_0 ')
})

test('a postmaster that outlived its server is stopped, and its data is there', async () => {
  const directory = dataDir()
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../../../../dist/platform/postgres/embedded/postmaster.js', import.meta.url).href)}
    const nothing = () => {}
    const log = () => ({ debug: nothing, info: nothing, warning: nothing, error: nothing, critical: nothing })
    const { connection } = await startEmbeddedPostgres(process.argv[1], log)
    console.log(JSON.stringify(connection))
    setInterval(nothing, 1000)`
  const server = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [chunk] = (await new Promise((resolve) =>
    server.stdout.once('data', (...data) => resolve(data)),
  )) as [Buffer]
  await ask(JSON.parse(chunk.toString()) as EmbeddedConnection, 'CREATE TABLE orphaned (x int)')
  server.kill('SIGKILL')
  await new Promise((resolve) => server.once('exit', resolve))
  const orphan = Number(readFileSync(pidFileOf(directory), 'utf8').split('\n')[0])
  expect(() => process.kill(orphan, 0)).not.toThrow()

  const next = await start(directory)
  expect(next.pid()).not.toBe(orphan)
  expect(await ask(next.connection, 'SELECT count(*)::int AS n FROM orphaned')).toEqual([{ n: 0 }])
})

test.each([
  ['of a process that is gone', '999999999\n/nowhere\n'],
  ['whose number now belongs to somebody else', `${process.pid}\n/nowhere\n`],
  ['that was torn', ''],
])('a pid file %s does not block a start', async (_name, content) => {
  const directory = dataDir()
  const running = await start(directory)
  await running.stop()
  writeFileSync(pidFileOf(directory), content)
  expect(await ask((await start(directory)).connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a path that is too long for a socket is no obstacle', async () => {
  const { connection } = await start(dataDir('a-directory-name-of-forty-characters-or-so/'.repeat(3)))
  expect(Buffer.byteLength(connection.host)).toBeLessThan(90)
  expect(await ask(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('data of another major version is explained, and left alone', async () => {
  const directory = dataDir()
  const running = await start(directory)
  await running.stop()
  const versionFile = join(directory, 'postgres', 'cluster', 'PG_VERSION')
  writeFileSync(versionFile, '14\n')
  const failed = startEmbeddedPostgres(directory, silent)
  await expect(failed).rejects.toThrow(EmbeddedPostgresError)
  await expect(failed).rejects.toThrow(/PostgreSQL 14.*eviltwin backup/)
  expect(readFileSync(versionFile, 'utf8')).toBe('14\n')
})

test('an interrupted first start leaves nothing that the next one stumbles over', async () => {
  const directory = dataDir()
  mkdirSync(join(directory, 'postgres', 'cluster.unfinished'), { recursive: true })
  writeFileSync(join(directory, 'postgres', 'cluster.unfinished', 'PG_VERSION'), '18\n')
  await start(directory)
})

test.runIf(process.getuid?.() === 0)(
  'a data directory under a private one is no obstacle for root',
  async () => {
    const directory = dataDir('private/data')
    chmodSync(join(directory, '..'), 0o700)
    const running = await start(directory)
    cleanups.push(() => rmSync(join(running.connection.host, '..'), { recursive: true, force: true }))
    expect(running.connection.host).toMatch(/^\/var\/lib\/eviltwin\//)
    expect(await ask(running.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  },
)
