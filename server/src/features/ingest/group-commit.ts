import { setTimeout as sleep } from 'node:timers/promises'
import { QueueFullError } from '../../platform/errors.js'

export interface GroupCommitOptions<Write, Result> {
  /** Makes one group durable and answers with one result a write, in order. Runs one at a time. */
  commit: (writes: Write[]) => Promise<Result[]>
  /** How many rows a write is; the bounds below count rows. */
  rowsOf: (write: Write) => number
  /** A group closes at this many rows. A larger single write is a group of its own. */
  maxBatchRows: number
  /** A group with fewer rows than `gatherRows` is held open this long for others to join it. */
  gatherMs: number
  gatherRows: number
  /** At most this many rows wait, the group being committed included. */
  maxQueuedRows: number
}

export interface GroupCommit<Write, Result> {
  /**
   * Queues a write; resolves once it is durable.
   * @throws {QueueFullError} at once, when the queue cannot take it. Nothing was kept.
   */
  enqueue(write: Write): Promise<Result>
  /** Rows promised a place and not yet settled. */
  queuedRows(): number
  /** Resolves when everything queued is settled. */
  drain(): Promise<void>
}

interface Waiting<Write, Result> {
  write: Write
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Collects writes while a commit is under way and commits what has gathered in one go: the busier, the larger the
 * groups. A failed commit fails exactly the writes in it.
 */
export function createGroupCommit<Write, Result>(
  options: GroupCommitOptions<Write, Result>,
): GroupCommit<Write, Result> {
  const { commit, rowsOf, maxBatchRows, gatherMs, gatherRows, maxQueuedRows } = options
  let waiting: Waiting<Write, Result>[] = []
  let queuedRows = 0
  let running: Promise<void> | null = null

  function takeGroup(): Waiting<Write, Result>[] {
    let rows = 0
    let taken = 0
    for (const { write } of waiting) {
      rows += rowsOf(write)
      if (taken > 0 && rows > maxBatchRows) break
      taken += 1
    }
    const group = waiting.slice(0, taken)
    waiting = waiting.slice(taken)
    return group
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // Senders that were just answered are about to send again: a moment's wait makes fewer, cheaper commits.
      if (queuedRows < gatherRows) await sleep(gatherMs)
      const group = takeGroup()
      try {
        const results = await commit(group.map(({ write }) => write))
        for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { write } of group) queuedRows -= rowsOf(write)
    }
    running = null
  }

  return {
    enqueue(write) {
      const rows = rowsOf(write)
      if (queuedRows > 0 && queuedRows + rows > maxQueuedRows)
        return Promise.reject(new QueueFullError(`${queuedRows} rows are waiting to be stored`))
      queuedRows += rows
      return new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject })
        running ??= run()
      })
    },
    queuedRows: () => queuedRows,
    async drain() {
      while (running) await running
    },
  }
}
