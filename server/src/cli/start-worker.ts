import { v7 as uuidV7 } from 'uuid'
import { composeServer } from '../compose.js'
import type { Spool } from '../features/forwarding/index.js'
import { type Config, loadConfig } from '../platform/config.js'
import { createLog, type Log, type LogObserver } from '../platform/telemetry/log.js'
import { createTelemetry } from '../platform/telemetry/telemetry.js'
import { VERSION } from '../platform/version.js'
import { createLink, type Remote } from '../platform/workers/link.js'
import { isSpokesman, type WorkerPlace } from '../platform/workers/place.js'
import { explain } from './errors.js'
import { openStderr, openStdout } from './standard-output.js'
import { LAST_LINES_MS } from './start-alone.js'
import { openLogSpool } from './start-log.js'
import type { PrimaryCalls, WorkerCalls } from './worker-calls.js'

/**
 * Serves the port beside other processes, for the primary that forked this one. It ends when it is told to, at SIGTERM, and with the
 * primary (node:cluster).
 */
export async function runWorker(environment: NodeJS.ProcessEnv): Promise<void> {
  const stdout = openStdout()
  const stop = listenForStop()
  const lines = createLog({ level: 'INFO', destination: stdout })
  let observe: LogObserver = () => {}
  const offered: WorkerCalls & { stop(): void } = {
    stop: stop.request,
    setLogLevel: lines.setLevel,
    noteProblem: (level, logger, message) => observe(level, logger, message),
  }
  const link = createLink<PrimaryCalls>((message) => process.send?.(message), { ...offered })
  process.on('message', link.receive)
  const log: Log = {
    ...lines,
    setLevel: (level) => void link.remote.setLogLevel(level).catch(() => lines.setLevel(level)),
    observe(observer) {
      observe = observer
      lines.observe(observer)
    },
  }
  let code = 0
  try {
    await serve(await loadConfig(environment), log, lines.setLevel, link.remote, stop.requested)
  } catch (error) {
    code = 1
    await link.remote.failed(explain(error)).catch(() => {})
  }
  await stdout.close(LAST_LINES_MS)
  process.exit(code)
}

/** Ctrl-C reaches every process of a terminal, and is for the primary. */
function listenForStop(): { requested: Promise<void>; request: () => void } {
  let request = () => {}
  const requested = new Promise<void>((resolve) => {
    request = resolve
  })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', request)
  return { requested, request }
}

async function serve(
  config: Config,
  log: Log,
  setLevel: Log['setLevel'],
  primary: Remote<PrimaryCalls>,
  stopRequested: Promise<void>,
): Promise<void> {
  const { place, connection, logLevel } = await primary.begin()
  setLevel(logLevel)
  const server = await composeServer(shareOf(config, place), log, Date.now, {
    telemetry: createTelemetry(config.OTEL_EXPORTER_OTLP_ENDPOINT, uuidV7(), VERSION),
    place,
    connection: connection ?? undefined,
    logSpool: logSpoolOf(config, place),
  })
  const url = await server.app.listen({ host: config.HOST, port: config.PORT })
  if (isSpokesman(place)) await server.playDemo(url)
  await primary.listening({ firstStart: server.firstStart, url })
  await stopRequested
  await server.close()
}

/** What bounds memory, and what one sender may have of it, is divided: together the workers have what is configured. */
function shareOf(config: Config, { workers }: WorkerPlace): Config {
  return {
    ...config,
    INGEST_MAX_BYTES_IN_FLIGHT: Math.ceil(config.INGEST_MAX_BYTES_IN_FLIGHT / workers),
    INGEST_MAX_QUEUED_EVENTS: Math.ceil(config.INGEST_MAX_QUEUED_EVENTS / workers),
  }
}

/** The primary fills the spool on disk; the first worker sends what is in it, and the others only what the leader sends. */
function logSpoolOf(config: Config, place: WorkerPlace): Spool | null {
  const spool = openLogSpool(config, openStderr())
  if (spool === null || isSpokesman(place)) return spool
  return { add() {}, flush: async () => {}, oldest: async () => null }
}
