import cluster from 'node:cluster'
import type { Logger } from '../logger.js'
import type { Calls, Remote } from './link.js'
import { createRestarts } from './restarts.js'
import { type EndedWorker, forkWorker, hangs, WorkerError, type WorkerProcess } from './worker-process.js'

/** Processes that serve one port, each replaced when it ends. */
export interface Supervisor<Offered> {
  /**
   * Starts the first worker, and then the others.
   * @returns what the first said when it listened. @throws {Error} what kept one of them from listening; none is left then.
   */
  start(): Promise<unknown>
  /** Rejects when workers end again and again; never resolves. */
  failure: Promise<never>
  /** Those that listen. */
  live(): ReadonlyArray<{ slot: number; remote: Remote<Offered> }>
  /** Workers that have ended so far without having been asked to. */
  ended(): number
  /** Asks every worker to end, and ends those that do not in time. */
  stop(): Promise<void>
}

export interface SupervisorOptions {
  workers: number
  /** What the worker with this number may call, beside `listening(facts)` and `failed(reason)`. */
  callsOf: (slot: number) => Calls
  /** Whole lines that a worker wrote to its stdout. */
  onLines: (lines: string) => void
  /** How many listen has changed, or one has ended. */
  onChange: () => void
  /** A worker is gone, with whatever it held. */
  onGone: (slot: number) => void
  log: Logger
}

/** The whole stop has 9 s (cli/shutdown.ts), and PostgreSQL stops after the workers. */
const STOP_MS = 7_000

/**
 * Workers accept from one socket by themselves (SCHED_NONE): a connection is never on its way to a process that ends, and a process that
 * hangs takes none.
 */
export function createSupervisor<Offered>(options: SupervisorOptions): Supervisor<Offered> {
  const { log, onChange } = options
  const running = new Map<number, WorkerProcess<Offered>>()
  let state: 'starting' | 'running' | 'stopping' = 'starting'
  const replacements = createReplacements(log, (slot) => fork(slot))
  const killAll = () => {
    for (const worker of running.values()) worker.kill()
  }

  function fork(slot: number): WorkerProcess<Offered> {
    const calls = options.callsOf(slot)
    const worker = forkWorker<Offered>({ slot, calls, onLines: options.onLines, onListening: onChange })
    running.set(slot, worker)
    void worker.ended.then((how) => {
      running.delete(slot)
      options.onGone(slot)
      // A start that waits for it fails by itself.
      if (state === 'stopping' || (state === 'starting' && !worker.isListening())) return
      replacements.replace(slot, how)
      onChange()
    })
    void endIfItHangs(slot, worker)
    return worker
  }

  async function endIfItHangs(slot: number, worker: WorkerProcess<Offered>): Promise<void> {
    if (!(await hangs(worker, () => running.get(slot) === worker && state !== 'stopping'))) return
    log.error('A worker hangs and is ended', { worker: slot, pid: worker.pid })
    worker.kill()
  }

  async function stop(): Promise<void> {
    state = 'stopping'
    replacements.stop()
    await endAll(running, log)
    process.off('exit', killAll)
  }

  return {
    async start() {
      cluster.schedulingPolicy = cluster.SCHED_NONE
      cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'inherit', 'ipc'], serialization: 'advanced' })
      process.on('exit', killAll)
      try {
        const facts = await fork(1).listening
        const others = Array.from({ length: options.workers - 1 }, (_, index) => fork(index + 2))
        await Promise.all(others.map(({ listening }) => listening))
        if (state === 'starting') state = 'running'
        return facts
      } catch (error) {
        await stop()
        throw error
      }
    },
    failure: replacements.failure,
    live: () =>
      [...running].flatMap(([slot, worker]) =>
        worker.isListening() ? [{ slot, remote: worker.remote as Remote<Offered> }] : [],
      ),
    ended: replacements.count,
    stop,
  }
}

/** Asks workers to end, and ends those that do not in time. */
async function endAll(running: ReadonlyMap<number, WorkerProcess<unknown>>, log: Logger): Promise<void> {
  const force = setTimeout(() => {
    for (const [slot, worker] of running) {
      log.error('A worker does not end and is ended', { worker: slot })
      worker.kill()
    }
  }, STOP_MS)
  const all = [...running.values()]
  for (const worker of all) {
    // One that is still starting has nothing to settle.
    if (worker.isListening()) worker.remote.stop().catch(() => {})
    else worker.kill()
  }
  await Promise.all(all.map(({ ended }) => ended))
  clearTimeout(force)
}

/** Replaces workers that end, ever later, until they end again and again. */
function createReplacements(log: Logger, fork: (slot: number) => WorkerProcess<unknown>) {
  const restarts = createRestarts(() => performance.now())
  const timers = new Set<NodeJS.Timeout>()
  let count = 0
  let fail: (error: Error) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever awaits it learns of it; nobody does before the start is over.
  failure.catch(() => {})

  function replace(slot: number, { reason, ...how }: EndedWorker): void {
    count += 1
    const restart_in_ms = restarts.next()
    const fields = { worker: slot, ...how, ...(reason !== null && { error: reason }) }
    if (restart_in_ms === null) {
      log.critical('Workers end again and again; the server ends', fields)
      const last = how.signal ?? `exit code ${how.exit_code}`
      fail(new WorkerError(`workers ended again and again, the last one with ${last}; the log says more`))
      return
    }
    log.error('A worker ended; another one takes its place', { ...fields, restart_in_ms })
    const timer = setTimeout(() => {
      timers.delete(timer)
      const { pid, listening } = fork(slot)
      listening.then(
        () => log.info('Worker started', { worker: slot, pid }),
        () => {},
      )
    }, restart_in_ms)
    timers.add(timer)
  }

  return {
    replace,
    failure,
    /** Workers that have ended so far. */
    count: () => count,
    stop() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
