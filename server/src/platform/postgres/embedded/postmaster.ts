import { type ChildProcess, spawn } from 'node:child_process'
import { close, openSync } from 'node:fs'
import { chown, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogFields, Logger, Logging } from '../../logger.js'
import { memoryUse } from '../../telemetry/memory.js'
import { findBinaries } from './binaries.js'
import { DATABASE, ensureCluster, postgresEnvironment, ROLE } from './cluster.js'
import { EmbeddedPostgresError } from './error.js'
import { limitLogFile, limitLogFileRepeatedly } from './log-file.js'
import { memorySettings } from './memory-settings.js'
import { retireOldPostmaster } from './old-postmaster.js'
import { type Placement, preparePlacement } from './placement.js'
import { lockDataDir } from './server-lock.js'

/** How to reach the embedded database; `host` is a directory where unix sockets exist. */
export interface EmbeddedConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** A PostgreSQL that runs as our child and is restarted when it dies. */
export interface EmbeddedPostgres {
  readonly connection: EmbeddedConnection
  /** The process that is PostgreSQL right now; undefined between a crash and its restart. */
  pid(): number | undefined
  /** Ends every connection and shuts down cleanly. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** How large PostgreSQL's own log may become. */
  maxLogBytes?: number
  /** How often that is looked at. */
  logCheckMs?: number
  /** Processes of this server that connect to it. */
  clients?: number
}

/** Recovery after a crash replays the log, which can take minutes on a slow disk; a start that stands still is hopeless. */
const START_TIMEOUT_MS = 10 * 60_000
const STOP_TIMEOUT_MS = 60_000
const MAX_LOG_BYTES = 10 * 1024 * 1024
const LOG_CHECK_MS = 10_000
/** The pools of a process, and its connections for reachability, leadership and notifications (../database.ts). */
const CONNECTIONS_A_CLIENT = 24
/** For commands beside the server. */
const CONNECTIONS_OF_COMMANDS = 16
const RESTART_DELAYS_MS = [100, 500, 2_000, 5_000, 15_000, 30_000]

/**
 * Settings that differ from PostgreSQL's defaults. Two cores and one client: parallel workers and JIT cost more than
 * they bring. Durability is untouched: fsync, full_page_writes and synchronous_commit are on.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'on',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements hold what attackers sent, and a conflict, which is an error, is usual.
  log_min_error_statement: 'panic',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  unix_socket_permissions: '0700',
}

/**
 * Starts the embedded PostgreSQL on `dataDir`, whatever state the last run left it in.
 * @throws {EmbeddedPostgresError} naming the cause and the next step.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  logging: Logging,
  { maxLogBytes = MAX_LOG_BYTES, logCheckMs = LOG_CHECK_MS, clients = 1 }: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const log = logging('backend.database')
  const placement = await preparePlacement(dataDir, await findBinaries())
  const lock = await lockDataDir(dataDir, placement.socketDir)
  const supervisor = supervise(placement, { maxLogBytes, clients }, log)
  const logLimiter = limitLogFileRepeatedly(placement.logFile, maxLogBytes, logCheckMs, log)

  try {
    // Whoever killed the last server may have left a postmaster on the cluster that is about to be checked.
    const password = await ensureCluster(placement, log)
    const port = process.platform === 'win32' ? await freePort() : 5432
    await supervisor.launch(port)
    const { pid } = supervisor
    log.info('the embedded database is ready', { version: placement.binaries.version, pid: pid() })
    return {
      connection: connectionTo(placement, port, password),
      pid,
      async stop() {
        clearInterval(logLimiter)
        await supervisor.stop()
        await lock.release()
      },
    }
  } catch (error) {
    clearInterval(logLimiter)
    supervisor.abandon()
    await lock.release()
    throw error
  }
}

/** Runs PostgreSQL as our child; once it was launched, it is launched again whenever it ends, until it is stopped. */
function supervise(
  placement: Placement,
  { maxLogBytes, clients }: Required<Pick<EmbeddedOptions, 'maxLogBytes' | 'clients'>>,
  log: Logger,
) {
  let child: ChildProcess | undefined
  let stopping = false
  let failures = 0
  let launching: Promise<void> | null = null
  let restartTimer: NodeJS.Timeout | undefined

  async function launch(port: number): Promise<void> {
    await retireOldPostmaster(placement, log)
    await limitLogFile(placement.logFile, maxLogBytes)
    if (stopping) return
    const started = await spawnPostgres(placement, port, clients)
    child = started
    endWithThisProcess(started)
    started.once('exit', (code, signal) => {
      child = undefined
      // A launch that is still waiting for it fails by itself.
      if (stopping || launching) return
      scheduleRestart(port, 'the embedded database stopped unexpectedly', { exit_code: code, signal })
    })
    if (stopping) started.kill('SIGINT')
    await ready(placement, started)
  }

  function scheduleRestart(port: number, problem: string, fields: LogFields): void {
    const delay = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0
    failures += 1
    log.critical(problem, { ...fields, restart_in_ms: delay })
    restartTimer = setTimeout(() => {
      launching = restart(port)
    }, delay)
  }

  /** Whatever a restart fails of, before or after there is a process, another one follows. */
  async function restart(port: number): Promise<void> {
    const failure = await launch(port).then(
      () => (child ? null : 'it ended as soon as it was ready'),
      (error) => String(error),
    )
    launching = null
    if (stopping) return
    if (failure === null) {
      failures = 0
      log.warning('the embedded database is back')
      return
    }
    child?.kill('SIGQUIT')
    scheduleRestart(port, 'the embedded database did not restart', { error: failure })
  }

  return {
    launch,
    pid: () => child?.pid,
    async stop() {
      stopping = true
      clearTimeout(restartTimer)
      if (child) await stopChild(child)
      await launching
    },
    /** For a first launch that failed. */
    abandon() {
      stopping = true
      child?.kill('SIGQUIT')
    },
  }
}

/** How to reach the embedded database of a server that is already running on `dataDir`. */
export async function attachEmbeddedPostgres(dataDir: string): Promise<EmbeddedConnection> {
  const placement = await preparePlacement(dataDir, await findBinaries())
  const password = (await readFile(`${placement.cluster}.password`, 'utf8')).trim()
  const [, , , port] = (await readFile(join(placement.cluster, 'postmaster.pid'), 'utf8')).split('\n')
  return connectionTo(placement, Number(port), password)
}

function connectionTo({ socketDir }: Placement, port: number, password: string): EmbeddedConnection {
  const host = process.platform === 'win32' ? '127.0.0.1' : socketDir
  return { host, port, user: ROLE, password, database: DATABASE }
}

async function spawnPostgres(placement: Placement, port: number, clients: number): Promise<ChildProcess> {
  const { binaries, cluster, socketDir, logFile, runAs } = placement
  const size = await stat(logFile).then(
    (file) => file.size,
    () => -1,
  )
  if (size < 0) await writeFile(logFile, '', { mode: 0o600 })
  if (runAs) await chown(logFile, runAs.uid, runAs.gid)
  const memory = memorySettings(Math.min(memoryUse().limit, totalmem()))
  const network =
    process.platform === 'win32'
      ? { listen_addresses: '127.0.0.1' }
      : { listen_addresses: '', unix_socket_directories: socketDir }
  const max_connections = String(CONNECTIONS_A_CLIENT * clients + CONNECTIONS_OF_COMMANDS)
  const settings = Object.entries({ ...SETTINGS, max_connections, ...memory, ...network }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  )
  const output = openSync(logFile, 'a')
  const child = spawn(
    join(binaries.root, 'bin', 'postgres'),
    ['-D', cluster, '-p', String(port), ...settings],
    {
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
      env: postgresEnvironment(),
      cwd: '/',
      stdio: ['ignore', output, output],
      // A Ctrl-C in the terminal is for us: PostgreSQL must outlive the requests that we still answer.
      detached: true,
    },
  )
  close(output)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  return child
}

/** PostgreSQL writes `ready` into the eighth line of its pid file once it accepts connections. */
async function ready({ cluster, logFile }: Placement, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const tail = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n')
      throw new EmbeddedPostgresError(`PostgreSQL did not start; the end of ${logFile} says:\n${tail}`)
    }
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL was not ready within ${START_TIMEOUT_MS / 60_000} minutes; see ${logFile}`,
  )
}

/** A process that ends without closing the store must not leave its database running. */
function endWithThisProcess(child: ChildProcess): void {
  const stop = () => child.kill('SIGINT')
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
}

async function stopChild(child: ChildProcess): Promise<void> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGINT')
  const forceCloseTimer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(forceCloseTimer)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
