import { type DestinationStream, pino } from 'pino'

/** stdout or stderr of a program that goes on when nobody reads them. */
export interface StandardOutput extends DestinationStream {
  /** Resolves once all that was written so far is out, or after `timeoutMs`: a reader may stand still. */
  flush(timeoutMs: number): Promise<void>
  /**
   * Writes what is left, for at most `timeoutMs`: a reader that stands still would block a synchronous write for ever.
   * Later lines are dropped. @returns whether nothing is left.
   */
  close(timeoutMs: number): Promise<boolean>
  /** Drops what is left and every later line, so that the end of the process waits for no reader. */
  abandon(): void
}

/** Lines that nobody reads (a stalled pipe) take at most this much memory. */
const MAX_BUFFER_BYTES = 64 * 1024 * 1024

/** As sonic-boom has them: characters that are gathered, bytes of one write, and milliseconds after which less is written. */
interface Batching {
  minLength: number
  maxWrite?: number
  periodicFlush?: number
}

/** stdout, for the log: in pieces, so that a line costs no system call, and a crash loses at most the last quarter second. */
export function openStdout(): StandardOutput {
  return createOutput(1, { minLength: 16 * 1024, maxWrite: 64 * 1024, periodicFlush: 250 })
}

/** stderr, for what a person reads: written at once. */
export function openStderr(): StandardOutput {
  return createOutput(2, { minLength: 0 })
}

/**
 * Writes asynchronously, so that a reader that stands still does not stop the event loop. The first error (EPIPE: the
 * reader went away) disables this output only.
 */
function createOutput(fd: 1 | 2, batching: Batching): StandardOutput {
  const stream = pino.destination({ dest: fd, sync: false, maxLength: MAX_BUFFER_BYTES, ...batching })
  let open = true
  let onBroken = () => {}

  function abandon(): void {
    open = false
    // pino's own handler of the end of the process calls these.
    stream.flushSync = () => {}
    stream.end = () => {}
  }

  stream.on('error', () => {
    abandon()
    onBroken()
  })
  return {
    write(line) {
      if (open) stream.write(line)
    },
    abandon,
    flush: (timeoutMs) =>
      new Promise((resolve) => {
        if (!open) return resolve()
        const timer = setTimeout(resolve, timeoutMs)
        stream.flush(() => {
          clearTimeout(timer)
          resolve()
        })
      }),
    close: (timeoutMs) =>
      new Promise((resolve) => {
        if (!open) return resolve(true)
        open = false
        const timer = setTimeout(() => resolve(false), timeoutMs)
        const settle = () => {
          clearTimeout(timer)
          resolve(true)
        }
        onBroken = settle
        stream.once('close', settle)
        stream.end()
      }),
  }
}

/** What is written past {@link StandardOutput} to a reader that went away is lost, and no reason to end. */
export function ignoreClosedReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
