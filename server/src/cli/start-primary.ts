import type { Config } from '../platform/config.js'
import type { LogLevel } from '../platform/logger.js'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/postmaster.js'
import { VERSION } from '../platform/version.js'
import { createSupervisor, type Supervisor } from '../platform/workers/supervisor.js'
import { explain } from './errors.js'
import { assertPortIsFree, LAST_LINES_MS, type ServerStart } from './start-alone.js'
import { type StartFacts, welcome } from './start-facts.js'
import type { LogSinks } from './start-log.js'
import type { Assignment, PrimaryCalls, WorkerCalls } from './worker-calls.js'

const SPOOL_MS = 1_000

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
  try {
    await assertPortIsFree(config)
    const embedded =
      config.DATABASE_URL === undefined
        ? await startEmbeddedPostgres(config.DATA_DIR, sinks.platformLog.logging, { clients: workers })
        : null
    if (embedded) stops.push(embedded.stop)
    const supervisor = supervise(workers, sinks, start, embedded?.connection ?? null)
    stops.push(supervisor.stop)
    const facts = (await supervisor.start()) as StartFacts
    log.info('Service started', { url: facts.url, version: VERSION, workers })
    await stdout.flush(LAST_LINES_MS)
    stderr.write(welcome(facts, config))
    await Promise.race([stopRequested, supervisor.failure])
    log.info('Service stopping')
    while (stops.length > 0) await stops.pop()?.()
    log.info('Service stopped')
  } catch (error) {
    log.critical('Service startup failed', { error: explain(error) })
    while (stops.length > 0) await stops.pop()?.()
    throw error
  } finally {
    clearInterval(spooling)
    await sinks.logSpool?.flush().catch(() => {})
  }
}

function supervise(
  workers: number,
  { platformLog, relay }: LogSinks,
  { instanceId, startedAt }: ServerStart,
  connection: Assignment['connection'],
): Supervisor<WorkerCalls> {
  const offered = (slot: number): Omit<PrimaryCalls, 'listening' | 'failed'> => ({
    begin: () => ({
      place: { slot, workers },
      connection,
      logLevel: platformLog.level(),
      instanceId,
      startedAt,
    }),
    setLogLevel(level: LogLevel) {
      platformLog.setLevel(level)
      for (const { remote } of supervisor.live()) remote.setLogLevel(level).catch(() => {})
    },
  })
  const supervisor = createSupervisor<WorkerCalls>({
    workers,
    callsOf: (slot) => ({ ...offered(slot) }),
    onLines: relay,
    onChange: () => {},
    onGone: () => {},
    log: platformLog.logging('backend.workers'),
  })
  return supervisor
}
