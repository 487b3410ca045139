import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.js'
import { type Calls, createLink, type Link, type Remote } from './link.js'
import { createRestarts } from './restarts.js'
import { createWholeLines } from './whole-lines.js'

/** What ended a worker that was to go on; the message is for a person. */
export class WorkerError extends Error {
  override name = 'WorkerError'
}

/** What every worker offers. */
export interface Supervised {
  /** Shows that it does not hang. */
  ping(): void
  /** Ends the worker once what it accepted is settled. The answer comes at once. */
  stop(): void
}

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

/** A worker is asked so often; one that leaves so many questions in a row without an answer hangs, and is ended. */
const PING_MS = 5_000
const MAX_UNANSWERED = 3
/** The whole stop has 9 s (cli/shutdown.ts), and PostgreSQL stops after the workers. */
const STOP_MS = 7_000

interface Running<Offered> {
  worker: Worker
  link: Link<Offered & Supervised>
  /** Settles when it listens, or has ended before. */
  listening: Promise<unknown>
  isListening: boolean
  /** Resolves once it has ended and everything it wrote is read. */
  gone: Promise<void>
}

/** How a worker ended. */
interface EndedWorker {
  pid: number | undefined
  exit_code: number | null
  signal: string | null
  /** What it said itself. */
  reason: string | null
}

/**
 * Workers accept from one socket by themselves (SCHED_NONE): a connection is never on its way to a process that ends, and a process that
 * hangs takes none.
 */
export function createSupervisor<Offered>(options: SupervisorOptions): Supervisor<Offered> {
  const { log, onChange } = options
  const running = new Map<number, Running<Offered>>()
  const restarts = createRestarts(() => performance.now())
  const timers = new Set<NodeJS.Timeout>()
  let state: 'starting' | 'running' | 'stopping' = 'starting'
  let ended = 0
  let fail: (error: Error) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever awaits it learns of it; nobody does before the start is over.
  failure.catch(() => {})
  const killAll = () => {
    for (const { worker } of running.values()) worker.process.kill('SIGKILL')
  }

  function fork(slot: number): Running<Offered> {
    const worker = cluster.fork()
    const lines = createWholeLines(options.onLines)
    worker.process.stdout?.on('data', lines.take)
    let reason: string | null = null
    let listens: (facts: unknown) => void = () => {}
    let fails: (error: Error) => void = () => {}
    const listening = new Promise<unknown>((resolve, reject) => {
      listens = resolve
      fails = reject
    })
    listening.catch(() => {})
    const link = createLink<Offered & Supervised>(
      (message) => worker.send(message as object, undefined, undefined, () => {}),
      {
        ...options.callsOf(slot),
        listening(facts: unknown) {
          started.isListening = true
          listens(facts)
          onChange()
        },
        failed(why: string) {
          reason = why
        },
      },
    )
    const gone = new Promise<void>((resolve) => {
      worker.process.once('close', (code: number | null, signal: string | null) => {
        link.close()
        running.delete(slot)
        options.onGone(slot)
        fails(
          new WorkerError(
            reason ?? `worker ${slot} ended before it listened (${signal ?? `exit code ${code}`})`,
          ),
        )
        // A start that waits for it fails by itself.
        if (state === 'running' || (state === 'starting' && started.isListening))
          replace(slot, { pid: worker.process.pid, exit_code: code, signal, reason })
        resolve()
      })
    })
    const started: Running<Offered> = { worker, link, listening, isListening: false, gone }
    worker.on('message', link.receive)
    // What cannot be sent or forked shows as its end.
    worker.on('error', () => {})
    running.set(slot, started)
    void watch(slot, started)
    return started
  }

  /** Questions are counted, and no time: a machine that slept says nothing about its processes. */
  async function watch(slot: number, watched: Running<Offered>): Promise<void> {
    await watched.listening.catch(() => {})
    const isThere = () => running.get(slot) === watched && state !== 'stopping'
    for (let unanswered = 0; isThere(); ) {
      if (unanswered === MAX_UNANSWERED) {
        log.error('A worker hangs and is ended', { worker: slot, pid: watched.worker.process.pid })
        watched.worker.process.kill('SIGKILL')
        return
      }
      await sleep(PING_MS, undefined, { ref: false })
      if (!isThere()) return
      unanswered = await watched.link.remote.ping().then(
        () => 0,
        () => unanswered + 1,
      )
    }
  }

  function replace(slot: number, { reason, ...how }: EndedWorker): void {
    ended += 1
    onChange()
    const restart_in_ms = restarts.next()
    const fields = { worker: slot, ...how, ...(reason !== null && { error: reason }) }
    if (restart_in_ms === null) {
      log.critical('Workers end again and again; the server ends', fields)
      fail(
        new WorkerError(
          `workers ended again and again, the last one with ${how.signal ?? `exit code ${how.exit_code}`}; the log says more`,
        ),
      )
      return
    }
    log.error('A worker ended; another one takes its place', { ...fields, restart_in_ms })
    const timer = setTimeout(() => {
      timers.delete(timer)
      const { worker, listening } = fork(slot)
      listening.then(
        () => log.info('Worker started', { worker: slot, pid: worker.process.pid }),
        () => {},
      )
    }, restart_in_ms)
    timers.add(timer)
  }

  async function stop(): Promise<void> {
    state = 'stopping'
    for (const timer of timers) clearTimeout(timer)
    const all = [...running.entries()]
    const force = setTimeout(() => {
      for (const slot of running.keys()) log.error('A worker does not end and is ended', { worker: slot })
      killAll()
    }, STOP_MS)
    for (const [, { worker, link, isListening }] of all) {
      // One that is still starting has nothing to settle.
      if (isListening) link.remote.stop().catch(() => {})
      else worker.process.kill('SIGKILL')
    }
    await Promise.all(all.map(([, { gone }]) => gone))
    clearTimeout(force)
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
    failure,
    live: () =>
      [...running].flatMap(([slot, { link, isListening }]) =>
        isListening ? [{ slot, remote: link.remote as Remote<Offered> }] : [],
      ),
    ended: () => ended,
    stop,
  }
}
