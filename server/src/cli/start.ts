import { createServer } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import type { DestinationStream } from 'pino'
import { v7 as uuidV7 } from 'uuid'
import { composeServer, type Server } from '../compose.js'
import { createSpool, type Spool } from '../features/forwarding/index.js'
import { type Config, loadConfig } from '../platform/config.js'
import { createLog, type Log } from '../platform/telemetry/log.js'
import { openLogFile, toAll } from '../platform/telemetry/log-destinations.js'
import { createTelemetry, type Telemetry } from '../platform/telemetry/telemetry.js'
import { VERSION } from '../platform/version.js'
import { explain } from './errors.js'
import { prettyLog } from './pretty-log.js'
import { endProcess, listenForShutdown } from './shutdown.js'
import { openStderr, openStdout, type StandardOutput } from './standard-output.js'

/** What the log for Splunk may take on disk while Splunk is away. */
const MAX_SPOOL_BYTES = 256 * 1024 * 1024
/** How long the last lines may take to be written once everything else has ended. */
const LAST_LINES_MS = 1_000

export function startCommand(): Command {
  return new Command('start')
    .summary('run the platform: API and dashboard on HOST:PORT (http://localhost:8000)')
    .description(
      'Run the platform: API and dashboard on HOST:PORT (http://localhost:8000). Settings, such as PORT, DATA_DIR and DATABASE_URL, are environment variables or lines of a file .env: see docs/configuration.md.',
    )
    .option('--demo', 'run with traffic of invented attackers, in a data directory of its own (DEMO=true)')
    .option('--demo-speed <factor>', 'how fast the schedule of the demo runs, 1 to 60 (DEMO_SPEED)')
    .option(
      '--log-format <format>',
      'the log on stdout: json, pretty, or auto (pretty on a terminal, JSON elsewhere; LOG_FORMAT)',
    )
    .action((options: StartOptions) => start(environmentOf(options)))
}

interface StartOptions {
  demo?: true
  demoSpeed?: string
  logFormat?: string
}

/** Options are settings that are written on the command line. */
function environmentOf({ demo, demoSpeed, logFormat }: StartOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(demo && { DEMO: 'true' }),
    ...(demoSpeed !== undefined && { DEMO: 'true', DEMO_SPEED: demoSpeed }),
    ...(logFormat !== undefined && { LOG_FORMAT: logFormat }),
  }
}

async function start(environment: NodeJS.ProcessEnv): Promise<void> {
  const stdout = openStdout()
  const stderr = openStderr()
  const abandonOutputs = () => {
    stdout.abandon()
    stderr.abandon()
  }
  const shutdown = listenForShutdown(abandonOutputs)
  let sinks: LogSinks | null = null
  let failed = true
  try {
    if (process.stdout.isTTY) stderr.write(`EvilTwin ${VERSION} is starting ...\n`)
    const config = await loadConfig(environment)
    sinks = openLogSinks(config, stdout, stderr)
    await serve(config, sinks, { stdout, stderr, stopRequested: shutdown.requested })
    failed = false
  } finally {
    await sinks?.close()
    const written = await Promise.all([stdout.close(LAST_LINES_MS), stderr.close(LAST_LINES_MS)])
    if (written.includes(false)) endProcess(failed ? 1 : 0, abandonOutputs)
    shutdown.release()
  }
}

interface Outputs {
  stdout: StandardOutput
  stderr: StandardOutput
}

interface LogSinks {
  platformLog: Log
  telemetry: Telemetry
  logSpool: Spool | null
  close(): Promise<void>
}

/** The log of this process and everything that it is written to. */
function openLogSinks(config: Config, stdout: StandardOutput, stderr: StandardOutput): LogSinks {
  const telemetry = createTelemetry(config.OTEL_EXPORTER_OTLP_ENDPOINT, uuidV7(), VERSION)
  const log = () => platformLog.logging('backend.main')
  const file =
    config.LOG_FILE === null
      ? null
      : openLogFile({
          path: config.LOG_FILE,
          onOutage: ({ message }) => log().error('LOG_FILE cannot be written', { cause: message }),
          onRecovery: (lost_lines) => log().warning('LOG_FILE is written again', { lost_lines }),
        })
  const logSpool =
    config.SPLUNK_HEC_URL === undefined || config.SPLUNK_HEC_TOKEN === undefined
      ? null
      : createSpool({
          directory: join(config.DATA_DIR, 'spool', 'splunk-log'),
          maxBytes: MAX_SPOOL_BYTES,
          onDropped: (lines) =>
            stderr.write(`eviltwin: ${lines} log lines for Splunk were dropped: no room\n`),
        })
  const platformLog = createLog({
    level: config.LOG_LEVEL,
    destination: toAll([
      inFormat(config.LOG_FORMAT, stdout),
      ...(file ? [file] : []),
      ...(telemetry.logDestination ? [telemetry.logDestination] : []),
      ...(logSpool ? [{ write: logSpool.add }] : []),
    ]),
  })
  return {
    platformLog,
    telemetry,
    logSpool,
    async close() {
      await telemetry.shutdown()
      await file?.close()
    },
  }
}

/** The log as stdout is to have it. */
function inFormat(format: Config['LOG_FORMAT'], stdout: StandardOutput): DestinationStream {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  return isPretty ? prettyLog(stdout, process.stdout.isTTY && process.env['NO_COLOR'] === undefined) : stdout
}

/** Runs the platform until a stop is requested. @throws what kept it from starting, which is in the log then. */
async function serve(
  config: Config,
  { platformLog, telemetry, logSpool }: LogSinks,
  { stdout, stderr, stopRequested }: Outputs & { stopRequested: Promise<void> },
): Promise<void> {
  const log = platformLog.logging('backend.main')
  try {
    await assertPortIsFree(config)
    const platform = await composeServer(config, platformLog, Date.now, { telemetry, logSpool })
    const url = await platform.app.listen({ host: config.HOST, port: config.PORT })
    log.info('Service started', { url, version: VERSION })
    await platform.playDemo(url)
    // The last of what a start writes: lines of the log come before it, whichever output is quicker.
    await stdout.flush(LAST_LINES_MS)
    stderr.write(welcome(platform, config, url))
    await stopRequested
    log.info('Service stopping')
    await platform.close()
    log.info('Service stopped')
  } catch (error) {
    log.critical('Service startup failed', { error: explain(error) })
    throw error
  }
}

/** The database takes a second to start: a port that is taken is better said before. */
function assertPortIsFree({ HOST, PORT }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(PORT, HOST, () => probe.close(() => resolve()))
  })
}

/** Above and below what a start says to a person, so that it is found among the lines of the log. */
const RULE = '─'.repeat(72)

/** The facts of this start and what to do next, for a person: on stderr, because stdout belongs to the log. */
function welcome(server: Server, config: Config, listening: string): string {
  const url = listening
    .replace('127.0.0.1', 'localhost')
    .replace('[::1]', 'localhost')
    .replace('0.0.0.0', 'localhost')
  const what = config.DEMO ? `is running the demo, with its data in ${config.DATA_DIR}` : 'is running'
  const lines = [
    `  EvilTwin ${VERSION} ${what}: ${url}   (API: ${url}/docs)`,
    ...credentials(server, config),
    ...nextStep(server, config, url),
  ]
  return `\n${[RULE, ...lines, RULE].join('\n')}\n\n`
}

/** What is shown once, by the start that made it. */
function credentials({ firstStart: { admin, sensorKey } }: Server, config: Config): string[] {
  const lines = ['']
  if (admin) {
    const password = admin.password
      ? `password ${admin.password}   (shown this once)`
      : 'the password of ADMIN_PASSWORD'
    lines.push(`  Log in as ${admin.username} with ${password}`)
    if (admin.problem) lines.push(`  It must be changed at the first login: ${admin.problem}`)
  }
  if (sensorKey) lines.push(`  Sensor key ${sensorKey}   (shown this once)`)
  if (admin && !config.METRICS_OPEN)
    lines.push(`  A key for Prometheus: ${commandOf(config)} key add prometheus --scope metrics:read`)
  return lines.length > 1 ? lines : []
}

function nextStep({ firstStart: { admin, sensorKey } }: Server, config: Config, url: string): string[] {
  const key = config.INGEST_AUTH === 'none' ? null : (sensorKey ?? '<sensor key>')
  if (!admin) return key === null ? [] : ['', `  Make another sensor key: ${commandOf(config)} key add NAME`]
  const authorization = key === null ? '' : ` -H 'Authorization: Bearer ${key}'`
  const event = `{"source_ip":"203.0.113.7","occurred_at":"${new Date().toISOString()}","event_type":"login_attempt","username":"root","password":"admin"}`
  return [
    '',
    '  Send a first event:',
    '',
    `  curl ${url}/log${authorization} -H 'Content-Type: application/json' -d '${event}'`,
  ]
}

/** How a person runs another command on this installation: the demo has a data directory that is not the default. */
function commandOf({ DEMO, DATA_DIR }: Config): string {
  return DEMO ? `DATA_DIR=${DATA_DIR} npx eviltwin` : 'npx eviltwin'
}
