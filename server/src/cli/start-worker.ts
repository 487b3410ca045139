import type { DestinationStream } from 'pino'
import { v7 as uuidV7 } from 'uuid'
import { composeServer, type Server, type Surroundings } from '../compose.js'
import type { Spool } from '../features/forwarding/index.js'
import { type Config, loadConfig } from '../platform/config.js'
import { createLog, type Log, type LogObserver } from '../platform/telemetry/log.js'
import { createTelemetry } from '../platform/telemetry/telemetry.js'
import { VERSION } from '../platform/version.js'
import { createLink, type Remote } from '../platform/workers/link.js'
import { isSpokesman, type WorkerPlace } from '../platform/workers/place.js'
import type { Supervised } from '../platform/workers/worker-process.js'
import { explain } from './errors.js'
import { openStderr, openStdout } from './standard-output.js'
import { LAST_LINES_MS } from './start-alone.js'
import { keepDecoyKeys } from './start-decoys.js'
import { openLogSpool } from './start-log.js'
import type { Assignment, PrimaryCalls, WorkerCalls, WorkerCounts } from './worker-calls.js'

/** How often the primary hears what this process counted: what is newer is lost when it is killed. */
const REPORT_MS = 5_000

/**
 * Serves the port beside other processes, for the primary that forked this one. It ends when the primary asks for it, at SIGTERM, and with the
 * primary (node:cluster).
 */
export async function runWorker(environment: NodeJS.ProcessEnv): Promise<void> {
  endWithPrimary()
  const stdout = openStdout()
  const stop = listenForStop()
  const worker = createWorker(stdout, stop.request)
  let code = 0
  try {
    await serve(await loadConfig(environment), worker, stop.requested)
  } catch (error) {
    code = 1
    await worker.primary.failed(explain(error)).catch(() => {})
  }
  await stdout.close(LAST_LINES_MS)
  process.exit(code)
}

/**
 * node:cluster exits when the primary is gone. The handlers of `exit` would then write what is left of the log to a reader that is gone, again
 * and again (sonic-boom repeats EPIPE), and Node's own end waits for system calls under way: this comes before them.
 */
function endWithPrimary(): void {
  process.prependListener('exit', () => {
    if (!process.connected) process.kill(process.pid, 'SIGKILL')
  })
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

/** This process as the primary sees it, and the primary as this process does. */
interface WorkerProcess {
  primary: Remote<PrimaryCalls>
  /** Its level is that of all processes. */
  log: Log
  /** Of this process alone. */
  setLevel: Log['setLevel']
  /** What the primary asks about. */
  server: Server | null
  counts: WorkerCounts
  /** Null while the server started none. */
  decoys: Assignment['decoys']
}

function createWorker(stdout: DestinationStream, stop: () => void): WorkerProcess {
  const lines = createLog({ level: 'INFO', destination: stdout })
  let observe: LogObserver = () => {}
  const offered: WorkerCalls & Supervised = {
    stop,
    ping() {},
    setLogLevel: lines.setLevel,
    noteProblem: (level, logger, message) => observe(level, logger, message),
    noteWorkers(counts) {
      worker.counts = counts
    },
    noteDecoys(decoys) {
      worker.decoys = decoys
      worker.server?.noteDecoys(decoys)
    },
    async metrics() {
      if (!worker.server) throw new Error('the worker is starting')
      return worker.server.metrics.snapshot()
    },
  }
  const link = createLink<PrimaryCalls>((message) => process.send?.(message), { ...offered })
  process.on('message', link.receive)
  const primary = link.remote
  const log: Log = {
    ...lines,
    setLevel(level) {
      lines.setLevel(level)
      // A primary that is gone has no other workers to tell.
      primary.setLogLevel(level).catch(() => {})
    },
    observe(observer) {
      observe = observer
      lines.observe(observer)
    },
  }
  const worker: WorkerProcess = {
    primary,
    log,
    setLevel: lines.setLevel,
    server: null,
    counts: { live: 0, ended: 0 },
    decoys: null,
  }
  return worker
}

async function serve(config: Config, worker: WorkerProcess, stopRequested: Promise<void>): Promise<void> {
  const { primary, log } = worker
  const assignment = await primary.begin()
  const { place } = assignment
  worker.setLevel(assignment.logLevel)
  worker.counts = assignment.workers
  worker.decoys = assignment.decoys
  const server = await composeServer(shareOf(config, place), log, Date.now, {
    place,
    ...surroundingsOf(worker, config, assignment),
  })
  worker.server = server
  const url = await server.app.listen({ host: config.HOST, port: config.PORT })
  if (isSpokesman(place)) {
    await keepDecoyKeys(config, server)
    await server.playDemo(url)
  }
  if (worker.decoys) server.noteDecoys(worker.decoys)
  await server.beginAttacks(url)
  await primary.listening({ firstStart: server.firstStart, url })
  const report = async () => primary.reportMetrics(await server.metrics.snapshot())
  // The primary is busy, or gone: the next report has it all.
  const reporting = setInterval(() => void report().catch(() => {}), REPORT_MS)
  await stopRequested
  clearInterval(reporting)
  await report().catch(() => {})
  worker.server = null
  await server.close()
}

function surroundingsOf(
  worker: WorkerProcess,
  config: Config,
  { place, connection, uptimeSeconds }: Assignment,
): Omit<Surroundings, 'place'> {
  const before = uptimeSeconds - process.uptime()
  return {
    telemetry: createTelemetry(config.OTEL_EXPORTER_OTLP_ENDPOINT, uuidV7(), VERSION),
    server: {
      uptimeSeconds: () => before + process.uptime(),
      workers: () => worker.counts,
      metrics: {
        collect: worker.primary.collectMetrics,
      },
    },
    shared: worker.primary,
    connection: connection ?? undefined,
    logSpool: logSpoolOf(config, place),
  }
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
