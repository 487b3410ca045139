import type { Delivery } from '../../platform/delivery/delivery.js'
import type { Logger } from '../../platform/logger.js'
import type { CheckpointFile } from './checkpoint.js'
import { closeSource, type FollowedLog, lastLineOf, mayGrow } from './followed-log.js'
import { createFollowedLogs } from './followed-logs.js'
import type { LogSource } from './plain-source.js'

export interface LogTailOptions {
  patterns: readonly string[]
  /** At the very first start, begin behind what is there. */
  fromEnd: boolean
  checkpoint: CheckpointFile
  delivery: Pick<Delivery, 'deliver' | 'drain'>
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
}

/** `moved`: there may be more at once; `waiting`: lines could not be delivered; `idle`: there are no more. */
export type PassResult = 'moved' | 'waiting' | 'idle'

/** Follows logs. */
export interface LogTail {
  /**
   * Looks for files once, and takes at most one batch of each.
   * @param ending whether nothing will be read later: a last line without its end is taken if it is whole.
   */
  pass(ending: boolean): Promise<PassResult>
  /** Lines that were read and are durable elsewhere. */
  lines(): number
  close(): Promise<void>
}

/**
 * Reads the checkpoint, and delivers the lines of logs from there on. The checkpoint is written after lines are durable elsewhere, never
 * before. A checkpoint that cannot be used is logged, and files are read from their beginning.
 */
export async function openLogTail(options: LogTailOptions): Promise<LogTail> {
  const { patterns, fromEnd, checkpoint, delivery, log, now } = options
  const { positions, isNew, problem } = await checkpoint.read()
  if (problem !== null)
    log.error('Checkpoint cannot be used; files are read from their beginning', { cause: problem })
  const logs = createFollowedLogs({ patterns, positions, log, now })
  let mustSkip = fromEnd && isNew
  let lines = 0

  const save = () => checkpoint.write(logs.positions())

  async function take(each: FollowedLog, ending: boolean): Promise<PassResult> {
    const { file, isGone } = each
    if (each.finishedGzipBytes === file.size) return 'idle'
    const lastLine = lastLineOf(each, ending, now())
    const readAs = `${file.size} ${file.mtimeMs} ${lastLine}`
    if (!isGone && readAs === each.readAs) return 'idle'
    const source = await logs.open(each)
    const taken = source && (await source.next(lastLine))
    if (!source || !taken) {
      // Permissions may be mended; a damaged file is not read again and again.
      if (source || file.gzip) each.readAs = readAs
      if (source) await settle(each, source, ending)
      return 'idle'
    }
    if (taken.lines > 0 && !(await delivery.deliver(taken.body))) return 'waiting'
    source.confirm(taken)
    each.progress = source.progress()
    each.movedAt = now()
    lines += taken.lines
    await save()
    return 'moved'
  }

  /** Nothing is left to read of a file for now; one that is not written to any more need not stay open. */
  async function settle(each: FollowedLog, source: LogSource, ending: boolean): Promise<void> {
    each.progress = source.progress()
    if (mayGrow(each, ending, now())) return
    await closeSource(each)
    if (!each.file.gzip) return
    each.finishedGzipBytes = each.file.size
    await save()
  }

  return {
    async pass(ending) {
      await logs.find()
      if (mustSkip) {
        await logs.skipAll()
        await save()
        mustSkip = false
      }
      const isDrained = await delivery.drain()
      if (ending && !isDrained) return 'waiting'
      let result: PassResult = 'idle'
      for (const each of logs.all()) {
        const outcome = await take(each, ending)
        if (outcome === 'waiting') return 'waiting'
        if (outcome === 'moved') result = 'moved'
      }
      return result
    },
    lines: () => lines,
    close: logs.close,
  }
}
