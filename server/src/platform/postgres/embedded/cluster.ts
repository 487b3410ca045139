import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '../../logger.js'
import { EmbeddedPostgresError } from './error.js'
import type { Placement } from './placement.js'

/** The one database and the one role, which owns it and is no superuser. */
export const DATABASE = 'eviltwin'
export const ROLE = 'eviltwin'

/** Nobody but the application's role gets in, and that only into its own database: the superuser has no way at all. */
const PG_HBA = `# Written by EvilTwin; changes are lost.
local ${DATABASE} ${ROLE} scram-sha-256
host  ${DATABASE} ${ROLE} 127.0.0.1/32 scram-sha-256
`

/**
 * Makes sure that the cluster exists, is complete, and is of the version we ship. A cluster whose making was
 * interrupted is made anew: it became visible under its name only when it was complete.
 * @returns the role's password.
 * @throws {EmbeddedPostgresError} on another major version, or when initdb fails.
 */
export async function ensureCluster(placement: Placement, log: Logger): Promise<string> {
  const passwordFile = `${placement.cluster}.password`
  const version = await readFile(join(placement.cluster, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version === null) {
    log.info('creating the embedded database', {
      version: placement.binaries.version,
      directory: placement.cluster,
    })
    await createCluster(placement, passwordFile)
  } else if (version.trim() !== placement.binaries.version.split('.')[0]) {
    throw new EmbeddedPostgresError(
      `the data in ${placement.cluster} was written by PostgreSQL ${version.trim()} and this EvilTwin ships ${placement.binaries.version}; ` +
        'run `eviltwin backup` with the EvilTwin that wrote it, then `eviltwin restore` with this one into a new DATA_DIR',
    )
  }
  return (await readFile(passwordFile, 'utf8')).trim()
}

async function createCluster(placement: Placement, passwordFile: string): Promise<void> {
  const { binaries, cluster, runAs } = placement
  const unfinished = `${cluster}.unfinished`
  const password = randomBytes(24).toString('base64url')
  await rm(unfinished, { recursive: true, force: true })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  const identity = { ...(runAs && { uid: runAs.uid, gid: runAs.gid }), env: postgresEnvironment(), cwd: '/' }
  const initdb = join(binaries.root, 'bin', 'initdb')
  const options = [
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--auth=reject',
    '--data-checksums',
  ]
  await promisify(execFile)(initdb, ['-D', unfinished, '-U', 'postgres', ...options], identity).catch(
    (error) => {
      throw new EmbeddedPostgresError(`initdb failed: ${String(error.stderr || error.message).trim()}`)
    },
  )
  await writeFile(join(unfinished, 'pg_hba.conf'), PG_HBA)
  if (runAs) await chown(join(unfinished, 'pg_hba.conf'), runAs.uid, runAs.gid)
  await runSingleUser(placement, unfinished, [
    `CREATE ROLE ${ROLE} LOGIN NOSUPERUSER PASSWORD '${password}';`,
    `CREATE DATABASE ${DATABASE} OWNER ${ROLE};`,
  ])
  await rename(unfinished, cluster)
}

/** Speaks to a cluster that no server runs on, as its superuser: the only time anybody does. */
async function runSingleUser(
  { binaries, runAs }: Placement,
  cluster: string,
  statements: string[],
): Promise<void> {
  const child = spawn(join(binaries.root, 'bin', 'postgres'), ['--single', '-j', '-D', cluster, 'postgres'], {
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    env: postgresEnvironment(),
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  // In -j mode a statement ends at a semicolon and an empty line.
  child.stdin.end(`${statements.join('\n\n')}\n\n`)
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0 || /ERROR|FATAL|PANIC/.test(complaints)) {
    throw new EmbeddedPostgresError(`setting up the embedded database failed: ${complaints.trim()}`)
  }
}

/** Nothing of our own environment (secrets, PG* variables) reaches PostgreSQL. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(process.platform === 'win32' && process.env),
  }
}
