import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Calls, createLink, type Remote } from './link.js'
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

/** How a worker ended. */
export interface EndedWorker {
  pid: number | undefined
  exit_code: number | null
  signal: string | null
  /** What it said itself. */
  reason: string | null
}

/** A process that was forked to serve the port. */
export interface WorkerProcess<Offered> {
  pid: number | undefined
  remote: Remote<Offered & Supervised>
  /** Resolves with what it said when it listened. Rejects with a {@link WorkerError} where it ended before. */
  listening: Promise<unknown>
  isListening(): boolean
  /** Resolves once it has ended and everything it wrote is read. */
  ended: Promise<EndedWorker>
  /** Ends it at once. */
  kill(): void
}

export interface WorkerProcessOptions {
  slot: number
  /** What it may call, beside `listening(facts)` and `failed(reason)`. */
  calls: Calls
  /** Whole lines that it wrote to its stdout. */
  onLines: (lines: string) => void
  onListening: () => void
}

/** Forks a worker. */
export function forkWorker<Offered>({
  slot,
  calls,
  onLines,
  onListening,
}: WorkerProcessOptions): WorkerProcess<Offered> {
  const worker = cluster.fork()
  const lines = createWholeLines(onLines)
  worker.process.stdout?.on('data', lines.take)
  let reason: string | null = null
  let isListening = false
  const { promise: listening, resolve: listens, reject: fails } = settleable<unknown>()
  const { promise: ended, resolve: ends } = settleable<EndedWorker>()
  const link = createLink<Offered & Supervised>(
    (message) => worker.send(message as object, undefined, undefined, () => {}),
    {
      ...calls,
      listening(facts: unknown) {
        isListening = true
        listens(facts)
        onListening()
      },
      failed(why: string) {
        reason = why
      },
    },
  )
  worker.process.once('close', (exit_code: number | null, signal: string | null) => {
    link.close()
    ends({ pid: worker.process.pid, exit_code, signal, reason })
    const how = signal ?? `exit code ${exit_code}`
    fails(new WorkerError(reason ?? `worker ${slot} ended before it listened (${how})`))
  })
  worker.on('message', link.receive)
  // What cannot be sent or forked shows as its end.
  worker.on('error', () => {})
  return {
    pid: worker.process.pid,
    remote: link.remote,
    listening,
    isListening: () => isListening,
    ended,
    kill: () => worker.process.kill('SIGKILL'),
  }
}

/** A promise that is settled from outside. Whoever awaits it learns of a rejection; nobody has to. */
function settleable<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/** A worker is asked so often; one that leaves so many questions in a row without an answer hangs. */
const PING_MS = 5_000
const MAX_UNANSWERED = 3

/**
 * Resolves with whether the worker hangs, once it does or `isThere` says no. Questions are counted, and no time: a machine that slept says
 * nothing about its processes.
 */
export async function hangs(
  worker: Pick<WorkerProcess<unknown>, 'listening' | 'remote'>,
  isThere: () => boolean,
): Promise<boolean> {
  await worker.listening.catch(() => {})
  for (let unanswered = 0; isThere(); ) {
    if (unanswered === MAX_UNANSWERED) return true
    await sleep(PING_MS, undefined, { ref: false })
    if (!isThere()) return false
    unanswered = await worker.remote.ping().then(
      () => 0,
      () => unanswered + 1,
    )
  }
  return false
}
