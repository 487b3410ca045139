import type { Logger } from '../../platform/logger.js'
import { closeSource, type FollowedLog, followedLog, openLog, positionOf } from './followed-log.js'
import { createFormerPositions } from './former-positions.js'
import { type FoundLogs, findLogs } from './log-files.js'
import type { LogSource } from './plain-source.js'
import type { Position } from './position.js'
import { createProblemReports, type ReportProblem } from './problem-reports.js'

export interface FollowedLogsOptions {
  patterns: readonly string[]
  /** Where an earlier process read files to. */
  positions: readonly Position[]
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
}

/**
 * The files that are followed. A file is what it is (device and inode) and what it contains, so that neither a name nor an inode that is used
 * again misleads.
 */
export interface FollowedLogs {
  /** Looks for files once. One that was deleted is followed as long as it is open, so that it is read to its end. */
  find(): Promise<void>
  /** In the order in which they were found: rotated ones first, oldest first. */
  all(): Iterable<FollowedLog>
  /** Opens a file where it was read to, if it is not open. @returns null where it cannot be read (yet). */
  open(each: FollowedLog): Promise<LogSource | null>
  /** Makes everything that was found count as read. */
  skipAll(): Promise<void>
  /** How far every file was read, for the checkpoint. */
  positions(): Position[]
  close(): Promise<void>
}

/** Files that were deleted before they were read to their end, and are kept open. */
const MAX_GONE = 100

export function createFollowedLogs(options: FollowedLogsOptions): FollowedLogs {
  const { patterns, log, now } = options
  const former = createFormerPositions(options.positions)
  const report = createProblemReports(log)
  const followed = new Map<string, FollowedLog>()
  const positions = () => [
    ...former.all(),
    ...[...followed.values()].flatMap((each) => positionOf(each) ?? []),
  ]

  /** No path leads to a file any more. */
  async function markGone(key: string, each: FollowedLog): Promise<void> {
    if (!each.isGone) each.movedAt = now()
    each.isGone = true
    const gone = [...followed.values()].filter(({ isGone }) => isGone)
    if (each.source && gone.length > MAX_GONE) {
      log.error('Deleted log was not read to its end', { path: each.file.path })
      await closeSource(each)
    }
    if (each.source) return
    former.add(positionOf(each))
    followed.delete(key)
  }

  /** @param atEnd whether to begin at its end. */
  async function open(each: FollowedLog, atEnd: boolean): Promise<LogSource | null> {
    if (each.source) return each.source
    const { path, gzip } = each.file
    const onReplaced = () => {
      log.info('Log was truncated or replaced; it is read from its beginning', { path: each.file.path })
      former.add(positionOf(each))
    }
    try {
      each.source = await openLog(each.file, { positions: positions(), atEnd, onReplaced })
      each.progress = each.source?.progress() ?? each.progress
      former.remove(positionOf(each))
    } catch (error) {
      const message = gzip ? 'Compressed log is incomplete or damaged' : 'Log cannot be read'
      report(message, path, { cause: (error as Error).message })
    }
    return each.source
  }

  return {
    async find() {
      const found = await findLogs(patterns)
      reportMissing(found, patterns, report)
      const keys = new Set(found.files.map(({ key }) => key))
      for (const [key, each] of followed) if (!keys.has(key)) await markGone(key, each)
      for (const file of found.files) {
        const each = followed.get(file.key)
        if (each) Object.assign(each, { file, isGone: false })
        else followed.set(file.key, followedLog(file, former.finishedGzipBytes(file)))
      }
    },
    all: () => followed.values(),
    open: (each) => open(each, false),
    async skipAll() {
      for (const each of followed.values()) {
        if (each.file.gzip) each.finishedGzipBytes = each.file.size
        else await open(each, true)
      }
    },
    positions,
    async close() {
      for (const each of followed.values()) await closeSource(each)
    },
  }
}

/** Reports what the patterns name and is not followed. */
function reportMissing(
  { files, unreadable, leftOut }: FoundLogs,
  patterns: readonly string[],
  report: ReportProblem,
): void {
  for (const path of unreadable) report('Compressed log cannot be read; only gzip can', path, {})
  if (leftOut > 0) report('Too many files; the oldest are left out', patterns.join(' '), { leftOut })
  if (files.length === 0) report('No log is there yet', patterns.join(' '), {})
}
