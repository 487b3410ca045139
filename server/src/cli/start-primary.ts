import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../platform/config.js'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/postmaster.js'
import type { Log } from '../platform/telemetry/log.js'
import { createMetricsOfWorkers } from '../platform/telemetry/metrics/of-workers.js'
import { VERSION } from '../platform/version.js'
import type { Remote } from '../platform/workers/link.js'
import { createSupervisor, type Supervisor } from '../platform/workers/supervisor.js'
import { createSharedState } from '../shared-state.js'
import { explain } from './errors.js'
import { assertPortIsFree, LAST_LINES_MS, type ServerStart } from './start-alone.js'
import { startDecoys } from './start-decoys.js'
import { type StartFacts, welcome } from './start-facts.js'
import type { LogSinks } from './start-log.js'
import type { Assignment, PrimaryCalls, WorkerCalls, WorkerCounts } from './worker-calls.js'

const SPOOL_MS = 1_000
/** How long the metrics wait for each of the other workers. */
const OTHERS_MS = 2_000

/**
 * Runs the platform in several processes until a stop is requested. This one serves nothing: it has what there is once (the embedded
 * PostgreSQL, the log, the signals) and replaces workers that end. @throws what kept it from starting, which is in the log then.
 */
export async function superviseWorkers(
  config: Config,
  workers: number,
  sinks: LogSinks,
  start: ServerStart,
): Promise<void> {
  const { stdout, stderr, stopRequested } = start
  const log = sinks.platformLog.logging('backend.main')
  const spooling = setInterval(() => void sinks.logSpool?.flush().catch(() => {}), SPOOL_MS)
  const stops: Array<() => Promise<void>> = []
  let serves = false
  try {
    await assertPortIsFree(config)
    const embedded =
      config.DATABASE_URL === undefined
        ? await startEmbeddedPostgres(config.DATA_DIR, sinks.platformLog.logging, { clients: workers })
        : null
    if (embedded) stops.push(embedded.stop)
    const known: KnownDecoys = { decoys: null }
    const supervisor = supervise(config, workers, sinks, embedded?.connection ?? null, known)
    stops.push(supervisor.stop)
    const facts = (await supervisor.start()) as StartFacts
    serves = true
    log.info('Service started', { url: facts.url, version: VERSION, workers })
    await stdout.flush(LAST_LINES_MS)
    stderr.write(welcome(facts, config))
    const decoys = await startDecoys({
      config,
      url: facts.url,
      log: sinks.platformLog.logging('backend.decoys'),
      onLines: sinks.relay,
      say: (text) => stderr.write(text),
      onChange(decoys) {
        known.decoys = decoys
        // One that starts now gets them with its place.
        for (const { remote } of supervisor.live()) remote.noteDecoys(decoys).catch(() => {})
      },
    })
    stops.push(decoys.stop)
    await Promise.race([stopRequested, supervisor.failure])
    log.info('Service stopping')
    while (stops.length > 0) await stops.pop()?.()
    log.info('Service stopped')
  } catch (error) {
    if (!serves) log.critical('Service startup failed', { error: explain(error) })
    while (stops.length > 0) await stops.pop()?.()
    throw error
  } finally {
    clearInterval(spooling)
    await sinks.logSpool?.flush().catch(() => {})
  }
}

/** What the primary knows of the decoys of the server. */
interface KnownDecoys {
  decoys: Assignment['decoys']
}

function supervise(
  config: Config,
  workers: number,
  { platformLog, relay }: LogSinks,
  connection: Assignment['connection'],
  known: KnownDecoys,
): Supervisor<WorkerCalls> {
  const metrics = createMetricsOfWorkers()
  const shared = createSharedState(config, Date.now)
  const counts = (): WorkerCounts => ({ live: supervisor.live().length, ended: supervisor.ended() })
  const tellAll = (tell: (remote: Remote<WorkerCalls>) => Promise<unknown>) => {
    // A worker that has just ended has no use for it.
    for (const { remote } of supervisor.live()) tell(remote).catch(() => {})
  }
  const offered = (slot: number): Omit<PrimaryCalls, 'listening' | 'failed'> => ({
    ...shared.of(slot),
    begin: () => ({
      place: { slot, workers },
      connection,
      logLevel: platformLog.level(),
      decoys: known.decoys,
      uptimeSeconds: process.uptime(),
      workers: counts(),
    }),
    setLogLevel(level) {
      platformLog.setLevel(level)
      tellAll((remote) => remote.setLogLevel(level))
    },
    reportMetrics: (own) => metrics.report(slot, own),
    async collectMetrics(own) {
      metrics.report(slot, own)
      const others = supervisor.live().filter((other) => other.slot !== slot)
      await Promise.all(
        others.map(async (other) => {
          // One that does not answer in time is as it was last heard of.
          const snapshot = await inTime(other.remote.metrics()).catch(() => null)
          if (snapshot) metrics.report(other.slot, snapshot)
        }),
      )
      return metrics.all()
    },
  })
  const supervisor = createSupervisor<WorkerCalls>({
    workers,
    callsOf: (slot) => ({ ...offered(slot) }),
    onLines: relay,
    onChange: () => tellAll((remote) => remote.noteWorkers(counts())),
    onGone(slot) {
      metrics.retire(slot)
      shared.leave(slot)
    },
    log: platformLog.logging('backend.workers'),
  })
  reportProblems(platformLog, supervisor)
  return supervisor
}

/** What this process logs is counted by the worker that serves next; it has no metrics of its own. */
function reportProblems(platformLog: Log, supervisor: Supervisor<WorkerCalls>): void {
  platformLog.observe((level, logger, message) => {
    const [first] = supervisor.live()
    first?.remote.noteProblem(level, logger, message).catch(() => {})
  })
}

async function inTime<Value>(promise: Promise<Value>): Promise<Value | null> {
  const timeout = new AbortController()
  const late = sleep(OTHERS_MS, null, { signal: timeout.signal }).catch(() => null)
  try {
    return await Promise.race([promise, late])
  } finally {
    timeout.abort()
  }
}
