import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { findBinaries } from '../platform/postgres/embedded/binaries.js'
import { freePort } from './free-port.js'

/** A PostgreSQL server that the tests may create databases on. */
export interface PostgresServer {
  version: string
  /** `postgres://postgres@127.0.0.1:port/`: append a database. */
  url: string
  /** Its own programs (pg_ctl) and data, for tests that stop it the hard way. */
  bin: string
  data: string
  runAs: { uid: number; gid: number } | undefined
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresServers: PostgresServer[]
  }
}

/**
 * Starts the PostgreSQL that we ship and, where the system has PostgreSQL of its own, that one: every store test runs
 * on both, unless TEST_SYSTEM_POSTGRES=no.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { root } = await findBinaries()
  const system = '/usr/lib/postgresql'
  const isUsed = process.env['TEST_SYSTEM_POSTGRES'] !== 'no' && existsSync(system)
  const installed = isUsed ? readdirSync(system).sort() : []
  const bins = [join(root, 'bin'), ...installed.map((version) => join(system, version, 'bin'))]
  const running = await Promise.all(bins.filter((bin) => existsSync(join(bin, 'initdb'))).map(startServer))
  project.provide(
    'postgresServers',
    running.map(({ server }) => server),
  )
  return async () => {
    for (const { stop } of running) await stop()
  }
}

async function startServer(bin: string): Promise<{ server: PostgresServer; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'eviltwin-test-pg-'))
  const runAs = unprivileged()
  if (runAs) chownSync(home, runAs.uid, runAs.gid)
  const data = join(home, 'data')
  const options = { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...runAs }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...options,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${home}`,
    'fsync=off',
    'max_connections=200',
  ]
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: 'ignore' },
  )
  const url = `postgres://postgres@127.0.0.1:${port}/`
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: `${url}postgres` })
    const up = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (up) break
    if (attempt > 200) throw new Error(`the test server of ${bin} did not start`)
    await sleep(50)
  }
  const version = execFileSync(join(bin, 'postgres'), ['--version'], options).toString().trim()
  return {
    server: { version, url, bin, data, runAs },
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGQUIT')
        await new Promise((resolve) => child.once('exit', resolve))
      }
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return { uid: Number(user?.[2]), gid: Number(user?.[3]) }
}
