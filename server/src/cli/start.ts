import { createServer } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import { pino } from 'pino'
import { v7 as uuidV7 } from 'uuid'
import { composeServer, type Server } from '../compose.js'
import { createSpool } from '../features/forwarding/index.js'
import { type Config, loadConfig } from '../platform/config.js'
import { createLog } from '../platform/telemetry/log.js'
import { openLogFile, toAll } from '../platform/telemetry/log-destinations.js'
import { createTelemetry } from '../platform/telemetry/telemetry.js'
import { VERSION } from '../platform/version.js'
import { playDemo } from './demo.js'
import { explain } from './errors.js'

/** Logs that nobody reads (a stalled pipe) take at most this much memory. */
const MAX_LOG_BUFFER_BYTES = 64 * 1024 * 1024
/** What the log for Splunk may take on disk while Splunk is away. */
const MAX_SPOOL_BYTES = 256 * 1024 * 1024
const SHUTDOWN_TIMEOUT_MS = 60_000
/** How far apart the signals of one request to stop may arrive. */
const SAME_REQUEST_MS = 1000

export function startCommand(): Command {
  return new Command('start')
    .description('run the platform: API and dashboard on HOST:PORT (http://localhost:8000)')
    .option('--demo', 'also replay a small built-in capture, so that there is something to see')
    .action(async ({ demo }: { demo?: boolean }) => {
      if (process.stdout.isTTY) process.stderr.write(`EvilTwin ${VERSION} is starting ...\n`)
      // Asynchronous and in pieces: a line costs no system call, and a crash loses at most the last quarter second.
      const destination = pino.destination({
        sync: false,
        minLength: 4096,
        maxLength: MAX_LOG_BUFFER_BYTES,
        periodicFlush: 250,
      })
      const config = await loadConfig(process.env)
      const telemetry = createTelemetry(config.OTEL_EXPORTER_OTLP_ENDPOINT, uuidV7(), VERSION)
      const file =
        config.LOG_FILE === undefined
          ? null
          : openLogFile(config.LOG_FILE, (error) =>
              platformLog
                .logging('backend.main')
                .error('LOG_FILE cannot be written', { cause: error.message }),
            )
      const logSpool =
        config.SPLUNK_HEC_URL === undefined || config.SPLUNK_HEC_TOKEN === undefined
          ? null
          : createSpool({
              directory: join(config.DATA_DIR, 'spool', 'splunk-log'),
              maxBytes: MAX_SPOOL_BYTES,
              onDropped: (lines) =>
                process.stderr.write(`eviltwin: ${lines} log lines for Splunk were dropped: no room\n`),
            })
      const platformLog = createLog({
        level: config.LOG_LEVEL,
        destination: toAll([
          destination,
          ...(file ? [file] : []),
          ...(telemetry.logDestination ? [telemetry.logDestination] : []),
          ...(logSpool ? [{ write: logSpool.add }] : []),
        ]),
      })
      const log = platformLog.logging('backend.main')
      try {
        await assertPortIsFree(config)
        const platform = await composeServer(config, platformLog, Date.now, { telemetry, logSpool })
        const url = await platform.app.listen({ host: config.HOST, port: config.PORT })
        log.info('Service started', { url, version: VERSION })
        process.stderr.write(welcome(platform, config, url))
        if (demo) void playDemo(platform.ingest, log)
        await untilStopped()
        log.info('Service stopping')
        const late = setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS)
        await platform.close()
        clearTimeout(late)
        log.info('Service stopped')
      } catch (error) {
        log.critical('Service startup failed', { error: explain(error) })
        throw error
      } finally {
        await telemetry.shutdown()
        await file?.close()
        destination.flushSync()
      }
    })
}

/** The database takes a second to start: a port that is taken is better said before. */
function assertPortIsFree({ HOST, PORT }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(PORT, HOST, () => probe.close(() => resolve()))
  })
}

/**
 * The first signal stops gracefully; one that comes later stops at once. Supervisors signal every process of a
 * service and npm hands on what it gets, so what arrives within {@link SAME_REQUEST_MS} is still the first.
 */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        asked ??= performance.now()
        if (performance.now() - asked > SAME_REQUEST_MS) process.exit(130)
        resolve()
      })
    }
  })
}

/** What to do next, for a person: on stderr, because stdout belongs to the log. */
function welcome({ firstStart }: Server, config: Config, listening: string): string {
  const url = listening
    .replace('127.0.0.1', 'localhost')
    .replace('[::1]', 'localhost')
    .replace('0.0.0.0', 'localhost')
  const lines = ['', `  EvilTwin ${VERSION} is running: ${url}   (API: ${url}/docs)`, '']
  const { admin, sensorKey } = firstStart
  if (admin) {
    const password = admin.password
      ? `password ${admin.password}   (shown this once)`
      : 'the password of ADMIN_PASSWORD'
    lines.push(`  Log in as ${admin.username} with ${password}`)
  }
  const key = config.INGEST_AUTH === 'none' ? null : (sensorKey ?? '<sensor key>')
  if (sensorKey) lines.push(`  Sensor key ${sensorKey}   (shown this once)`)
  if (admin) {
    const authorization = key === null ? '' : ` -H 'Authorization: Bearer ${key}'`
    const event = `{"source_ip":"203.0.113.7","occurred_at":"${new Date().toISOString()}","event_type":"login_attempt","username":"root","password":"admin"}`
    lines.push('', '  Send a first event:', '')
    lines.push(`  curl ${url}/log${authorization} -H 'Content-Type: application/json' -d '${event}'`)
  } else if (key !== null) {
    lines.push('  Make another sensor key: npx eviltwin key add NAME')
  }
  return `${lines.join('\n')}\n\n`
}
