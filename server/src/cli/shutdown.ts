/** How one process of the server comes to its end. */
export interface Shutdown {
  /** Resolves with the first signal. */
  requested: Promise<void>
  /** Leaves signals to the system again: what is left to do may block. */
  release(): void
}

/** From the signal to the end of the process; supervisors commonly kill after 10 s. */
const DEADLINE_MS = 9_000
/** How far apart the signals of one request to stop may arrive. */
const SAME_REQUEST_MS = 1000

/**
 * The first SIGINT or SIGTERM asks for a graceful stop, which has {@link DEADLINE_MS}, also when it comes during the start.
 * One that comes later ends the process at once. Supervisors signal every process of a service and npm hands on what it
 * gets, so what arrives within {@link SAME_REQUEST_MS} is still the first.
 * @param beforeEnd called before the process is ended early.
 */
export function listenForShutdown(beforeEnd: () => void): Shutdown {
  let askedAt: number | undefined
  let request = () => {}
  const requested = new Promise<void>((resolve) => {
    request = resolve
  })
  const onSignal = () => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > SAME_REQUEST_MS) endProcess(130, beforeEnd)
      return
    }
    askedAt = performance.now()
    setTimeout(() => endProcess(1, beforeEnd), DEADLINE_MS).unref()
    request()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  return {
    requested,
    release() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    },
  }
}

/**
 * Ends the process whatever it waits for. The handlers of `exit` run: the embedded PostgreSQL is asked to shut down, which it
 * finishes by itself. Then SIGKILL, because Node's own end waits for system calls under way, and a write to a reader
 * that stands still never returns.
 */
export function endProcess(code: number, beforeEnd: () => void): never {
  beforeEnd()
  process.once('exit', () => process.kill(process.pid, 'SIGKILL'))
  process.exit(code)
}
