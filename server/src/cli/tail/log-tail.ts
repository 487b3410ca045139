import type { Logger } from '../../platform/logger.js'
import type { CheckpointFile } from './checkpoint.js'
import type { Delivery } from './delivery.js'
import { type FollowedLog, followedLog, isQuiet, lastLineOf, openLog, positionOf } from './followed-log.js'
import { findLogs, type LogFile, MAX_FILES } from './log-files.js'
import type { LogSource } from './plain-source.js'
import type { Position } from './position.js'

export interface LogTailOptions {
  patterns: readonly string[]
  /** At the very first start, begin behind what is there. */
  fromEnd: boolean
  checkpoint: CheckpointFile
  delivery: Pick<Delivery, 'deliver' | 'drain'>
  log: Logger
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

/** Files that were deleted before they were read to their end, and are kept open. */
const MAX_GONE = 100
/** Positions of files that are not there any more, or were not opened yet: they come back, compressed or under another name. */
const MAX_FORMER = MAX_FILES + 200
const MAX_REPORTED = 10_000

/**
 * Follows files by what they are (device and inode) and by what they contain, so that neither a name nor an inode that is used again
 * misleads it. Its checkpoint is written after lines are durable elsewhere, never before.
 */
export async function openLogTail(options: LogTailOptions): Promise<LogTail> {
  const { patterns, checkpoint, delivery, log, now } = options
  const stored = await checkpoint.read()
  if (stored.problem !== null)
    log.error('Checkpoint cannot be used; files are read from their beginning', { cause: stored.problem })
  const known = createKnownPositions(stored.positions)
  const report = createReports(log)
  const followed = new Map<string, FollowedLog>()
  let isFirst = true
  let lines = 0

  const save = () => checkpoint.write(known.all(followed.values()))

  async function look(): Promise<void> {
    const { files, unreadable, leftOut } = await findLogs(patterns)
    for (const path of unreadable) report('Compressed log cannot be read; only gzip can', path, {})
    if (leftOut > 0) report('Too many files; the oldest are left out', patterns.join(' '), { leftOut })
    if (files.length === 0) report('No log is there yet', patterns.join(' '), {})
    const keys = new Set(files.map(({ key }) => key))
    for (const [key, each] of followed) if (!keys.has(key)) await lose(key, each)
    for (const file of files) {
      const each = followed.get(file.key)
      if (each) Object.assign(each, { file, isGone: false })
      else followed.set(file.key, followedLog(file, known.finishedGzip(file)))
    }
    if (isFirst && options.fromEnd && stored.isNew) await skipExisting()
    isFirst = false
  }

  async function skipExisting(): Promise<void> {
    for (const each of followed.values()) {
      if (each.file.gzip) each.finishedGzipBytes = each.file.size
      else await sourceOf(each, true)
    }
    await save()
  }

  /** No path leads to a file any more. */
  async function lose(key: string, each: FollowedLog): Promise<void> {
    if (!each.isGone) each.movedAt = now()
    each.isGone = true
    const gone = [...followed.values()].filter(({ isGone }) => isGone)
    if (each.source && gone.length > MAX_GONE) {
      log.error('Deleted log was not read to its end', { path: each.file.path })
      await closeSource(each)
    }
    if (each.source) return
    known.add(positionOf(each))
    followed.delete(key)
  }

  async function sourceOf(each: FollowedLog, atEnd = false): Promise<LogSource | null> {
    if (each.source) return each.source
    const { file } = each
    const onReplaced = () => {
      log.info('Log was truncated or replaced; it is read from its beginning', { path: each.file.path })
      known.add(positionOf(each))
    }
    try {
      const opening = { positions: known.all(followed.values()), atEnd, onReplaced }
      each.source = await openLog(file, opening)
      each.progress = each.source?.progress() ?? each.progress
      known.remove(positionOf(each))
    } catch (error) {
      report(file.gzip ? 'Compressed log is incomplete or damaged' : 'Log cannot be read', file.path, {
        cause: (error as Error).message,
      })
    }
    return each.source
  }

  async function take(each: FollowedLog, ending: boolean): Promise<PassResult> {
    const { file, isGone } = each
    if (each.finishedGzipBytes === file.size) return 'idle'
    const lastLine = lastLineOf(each, ending, now())
    const readAs = `${file.size} ${file.mtimeMs} ${lastLine}`
    if (!isGone && readAs === each.readAs) return 'idle'
    const source = await sourceOf(each)
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
    const mayGrow = each.isGone ? !ending && !isQuiet(each, now()) : each.file.live
    if (mayGrow) return
    await closeSource(each)
    if (!each.file.gzip) return
    each.finishedGzipBytes = each.file.size
    await save()
  }

  return {
    async pass(ending) {
      await look()
      const isDrained = await delivery.drain()
      if (ending && !isDrained) return 'waiting'
      let result: PassResult = 'idle'
      for (const each of followed.values()) {
        const outcome = await take(each, ending)
        if (outcome === 'waiting') return 'waiting'
        if (outcome === 'moved') result = 'moved'
      }
      return result
    },
    lines: () => lines,
    async close() {
      for (const each of followed.values()) await closeSource(each)
    },
  }
}

async function closeSource(each: FollowedLog): Promise<void> {
  const { source } = each
  each.source = null
  await source?.close()
}

/** Where files were read to: of those that are followed, and of others that were. */
function createKnownPositions(stored: readonly Position[]) {
  let former = stored.slice(-MAX_FORMER)
  const isSame = (one: Position, other: Position) =>
    one.offset === other.offset &&
    one.fingerprint === other.fingerprint &&
    one.dev === other.dev &&
    one.ino === other.ino

  function remove(position: Position | null): void {
    if (position) former = former.filter((each) => !isSame(each, position))
  }

  return {
    remove,
    add(position: Position | null): void {
      remove(position)
      if (position) former = [...former, position].slice(-MAX_FORMER)
    },
    all(followed: Iterable<FollowedLog>): Position[] {
      return [...former, ...[...followed].flatMap((each) => positionOf(each) ?? [])]
    },
    /** Its size, where a compressed file was read to its end; otherwise null. */
    finishedGzip({ gzip, dev, ino, size }: LogFile): number | null {
      const isFinished = (each: Position) =>
        each.dev === dev && each.ino === ino && each.finishedGzipBytes === size
      return gzip && former.some(isFinished) ? size : null
    },
  }
}

/** Each problem of a path is reported once. */
function createReports(log: Logger) {
  const reported = new Set<string>()
  return (message: string, path: string, fields: Record<string, unknown>): void => {
    const key = `${message} ${path}`
    if (reported.has(key) || reported.size >= MAX_REPORTED) return
    reported.add(key)
    log.warning(message, { path, ...fields })
  }
}
