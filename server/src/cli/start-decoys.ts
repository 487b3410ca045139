import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from '../compose.js'
import { acceptedPassword } from '../decoys/accepted-password.js'
import type { DecoyIdentity } from '../decoys/decoy.js'
import { knownIdentity, openIdentity } from '../decoys/identity.js'
import { PROTOCOLS } from '../decoys/protocols.js'
import type { DecoysOfServer } from '../features/synthetic/index.js'
import { type Config, ConfigError } from '../platform/config.js'
import type { Logger } from '../platform/logger.js'
import { createRestarts } from '../platform/workers/restarts.js'
import { createWholeLines } from '../platform/workers/whole-lines.js'

/** A decoy that runs beside the server. */
export interface PlannedDecoy {
  protocol: string
  /** Undefined: that of the protocol. */
  port: number | undefined
  sensor_id: string
  keyFile: string
}

/** Decoys as child processes, each replaced when it ends. */
export interface RunningDecoys {
  /** Ends all of them, at once where they do not end in time. */
  stop(): Promise<void>
}

export interface DecoyProcessOptions {
  config: Config
  /** Where the server listens. */
  url: string
  log: Logger
  /** Whole lines of their logs. */
  onLines: (lines: string) => void
  /** Says something to a person. */
  say: (text: string) => void
  /** What is known of all of them, whenever one begins or ceases to listen. */
  onChange: (decoys: DecoysOfServer) => void
}

const PROGRAM = fileURLToPath(new URL('../../bin/eviltwin.mjs', import.meta.url))
/** The whole stop of a server has 9 s, and comes after this. What is not sent by then is on the disk. */
const STOP_MS = 3_000
const UNPRIVILEGED = 'nobody'
/**
 * Bounds of the heap of a decoy, in MiB: without them V8 takes memory where there is some, and gives it back late. The first is above what all
 * sessions may hold; with the second, what lives for a short time is collected soon.
 */
export const DECOY_NODE_OPTIONS = ['--max-old-space-size=512', '--max-semi-space-size=2'] as const
/** What a decoy receives of the environment: nothing that is secret. */
const ENVIRONMENT = ['PATH', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'] as const

/** Which decoys DECOYS names: `all`, or protocols, each with a port where it is not the usual one. @throws {ConfigError} */
export async function planDecoys({ DECOYS, DATA_DIR }: Config): Promise<PlannedDecoy[]> {
  if (DECOYS.length === 0) return []
  const wanted = DECOYS.includes('all') ? PROTOCOLS : DECOYS
  const identity = await openIdentity(decoyState(DATA_DIR))
  return wanted.map((text) => {
    const [protocol = '', port, ...rest] = text.split(':')
    if (!PROTOCOLS.includes(protocol) || rest.length > 0)
      throw new ConfigError(`DECOYS: ${text} is no decoy; there are ${PROTOCOLS.join(', ')}, and all`)
    if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) > 65_535))
      throw new ConfigError(`DECOYS: ${port} is not a port (0 to 65535)`)
    return {
      protocol,
      port: port === undefined ? undefined : Number(port),
      sensor_id: sensorOf(protocol, identity),
      keyFile: join(decoyState(DATA_DIR), `${protocol}.key`),
    }
  })
}

function sensorOf(protocol: string, { hostName }: DecoyIdentity): string {
  return `decoy-${protocol}-${hostName}`
}

/** Makes the keys of decoys where they are missing. */
export async function keepDecoyKeys(config: Config, server: Pick<Server, 'keepKey'>): Promise<void> {
  for (const { protocol, sensor_id, keyFile } of await planDecoys(config))
    await server.keepKey({ file: keyFile, name: `decoy ${protocol}`, sensor_id })
}

/** Starts the decoys that the configuration names. They end with this process, however it ends. */
export async function startDecoys(options: DecoyProcessOptions): Promise<RunningDecoys> {
  const { config } = options
  const planned = await planDecoys(config)
  const report = await createReport(config, planned, options.onChange)
  if (planned.length > 0 && process.getuid?.() === 0) {
    // They run as another user, who has to pass through.
    await chmod(config.DATA_DIR, ((await stat(config.DATA_DIR)).mode & 0o777) | 0o011)
  }
  const running = planned.map((decoy) => superviseDecoy(decoy, options, report))
  return {
    async stop() {
      await Promise.all(running.map((decoy) => decoy.stop()))
    },
  }
}

/** Says where a decoy listens; null: nowhere. */
type Report = (sensor_id: string, port: number | null) => void

async function createReport(
  { DATA_DIR }: Config,
  planned: readonly PlannedDecoy[],
  onChange: DecoyProcessOptions['onChange'],
): Promise<Report> {
  const identity = await knownIdentity(decoyState(DATA_DIR))
  const ports = new Map<string, number | null>()
  const started = new Set(planned.map(({ sensor_id }) => sensor_id))
  const known = identity === null ? [] : PROTOCOLS.map((protocol) => sensorOf(protocol, identity))
  const publish = () =>
    onChange({
      started: planned.map(({ protocol, sensor_id }) => ({
        protocol,
        sensor_id,
        port: ports.get(sensor_id) ?? null,
        ...(identity && acceptedPassword(protocol, identity)),
      })),
      notStarted: known.filter((sensor_id) => !started.has(sensor_id)),
    })
  publish()
  return (sensor_id, port) => {
    ports.set(sensor_id, port)
    publish()
  }
}

function superviseDecoy(decoy: PlannedDecoy, options: DecoyProcessOptions, report: Report): RunningDecoys {
  const { log, say } = options
  const { protocol, sensor_id } = decoy
  const restarts = createRestarts(() => performance.now())
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let wasAnnounced = false

  function start(): void {
    child = spawnDecoy(decoy, options)
    log.info('Decoy started', { protocol, pid: child.pid })
    child.on('message', (message: { listening?: { host: string; port: number } }) => {
      if (message.listening === undefined) return
      report(sensor_id, message.listening.port)
      if (wasAnnounced) return
      wasAnnounced = true
      say(
        `  Decoy ${protocol}: ${message.listening.host} port ${message.listening.port}, sensor ${sensor_id}\n`,
      )
    })
    // What cannot be started ends like one that was.
    child.on('error', (error) => log.error('A decoy cannot be started', { protocol, cause: error.message }))
    child.once('close', (exit_code, signal) => replace(exit_code, signal))
  }

  function replace(exit_code: number | null, signal: NodeJS.Signals | null): void {
    child = null
    report(sensor_id, null)
    if (isStopping) return
    const restart_in_ms = restarts.next()
    if (restart_in_ms === null) {
      log.critical('A decoy ends again and again; it stays stopped', { protocol, exit_code, signal })
      say(`  Decoy ${protocol} ended again and again, and stays stopped; the log says why.\n`)
      return
    }
    log.error('A decoy ended; it is started again', { protocol, exit_code, signal, restart_in_ms })
    timer = setTimeout(start, restart_in_ms)
  }

  start()
  return {
    async stop() {
      isStopping = true
      clearTimeout(timer)
      const ending = child
      if (ending === null) return
      const closed = new Promise<void>((resolve) => ending.once('close', () => resolve()))
      ending.kill('SIGTERM')
      const force = setTimeout(() => ending.kill('SIGKILL'), STOP_MS)
      await closed
      clearTimeout(force)
    },
  }
}

function spawnDecoy(decoy: PlannedDecoy, { config, url, onLines }: DecoyProcessOptions): ChildProcess {
  const { protocol, port, sensor_id, keyFile } = decoy
  const options = [
    ...['--url', reachable(url), '--key-file', keyFile, '--sensor', sensor_id],
    ...['--state', config.DATA_DIR, '--log-format', 'json'],
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(config.DECOYS_PUBLIC ? ['--host', '0.0.0.0', '--public'] : []),
    ...(process.getuid?.() === 0 ? ['--user', UNPRIVILEGED] : []),
  ]
  const child = spawn(process.execPath, [...DECOY_NODE_OPTIONS, PROGRAM, 'decoy', protocol, ...options], {
    // Not where the server runs: a file .env there has its secrets.
    cwd: decoyState(config.DATA_DIR),
    env: Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  child.stdout?.on('data', createWholeLines(onLines).take)
  return child
}

/** A server that listens on every address is reached on the loopback one. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]')
}

/** As `eviltwin decoy --state DATA_DIR` has it. */
function decoyState(dataDir: string): string {
  return join(dataDir, 'decoys')
}
