import type { Delivery } from '../../platform/delivery/delivery.js'
import type { FileSpool } from '../../platform/delivery/file-spool.js'
import type { Logger } from '../../platform/logger.js'
import { CliError } from '../errors.js'
import type { LogTail } from './log-tail.js'

export interface FollowOptions {
  logTail: Pick<LogTail, 'pass' | 'lines'>
  delivery: Pick<Delivery, 'failures' | 'totals'>
  spool: Pick<FileSpool, 'bytes'>
  log: Logger
  /** Leave once everything was read. */
  once: boolean
  /** Read what is there, and leave. */
  stop: AbortSignal
  /** Aborted when a stop takes too long: ends the request under way. */
  abort: AbortController
}

const POLL_MS = 500
const PROGRESS_MS = 10_000
/** From the signal to the end; supervisors commonly kill after 10 s. */
const STOP_MS = 5000
/** `--once` gives up after so many failures in a row. */
const MAX_FAILURES = 5

/** Makes passes until it is stopped. @throws {CliError} when `once` cannot deliver. */
export async function follow(options: FollowOptions): Promise<void> {
  const { logTail, log, once, stop, abort } = options
  const report = createProgressReport(options)
  let deadline: NodeJS.Timeout | undefined
  const onStop = () => {
    deadline = setTimeout(() => abort.abort(), STOP_MS)
  }
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  try {
    while (!abort.signal.aborted) {
      const ending = once || stop.aborted
      const result = await logTail.pass(ending)
      report(false)
      if (ending && (result === 'idle' || (result === 'waiting' && stop.aborted))) break
      if (ending && result === 'waiting') assertHope(options)
      if (result !== 'moved') await pause(stop)
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
  } finally {
    clearTimeout(deadline)
    stop.removeEventListener('abort', onStop)
    report(true)
  }
  log.info('No longer following logs', { read_to_the_end: !abort.signal.aborted })
}

/** Until the next pass, or a stop. */
function pause(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, stop.aborted ? 0 : POLL_MS)
    stop.addEventListener('abort', end)
  })
}

/** @throws {CliError} */
function assertHope({ delivery }: FollowOptions): void {
  const { count, last } = delivery.failures()
  if (last && (last.final || count >= MAX_FAILURES))
    throw new CliError(`${last.refusal}; what was not sent is sent by the next run`)
}

/** @returns writes a line where something was sent since the last one, at most every ten seconds unless it is the last. */
function createProgressReport({ logTail, delivery, spool, log }: FollowOptions): (isLast: boolean) => void {
  let reported = 0
  let reportedAt = performance.now()
  return (isLast) => {
    const lines = logTail.lines()
    if (lines === reported || (!isLast && performance.now() - reportedAt < PROGRESS_MS)) return
    reported = lines
    reportedAt = performance.now()
    const { accepted, duplicates, quarantined, leftOut } = delivery.totals()
    log.info('Lines delivered', {
      lines,
      accepted,
      duplicates,
      quarantined,
      left_out: leftOut,
      spool_bytes: spool.bytes(),
    })
  }
}
