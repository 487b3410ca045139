export interface GroupCommitOptions<Write, Result> {
  /** Makes one group durable and answers with one result a write, in order. At most {@link MAX_UNDER_WAY} run at a time. */
  commit: (writes: Write[]) => Promise<Result[]>
  /** How large a write is; the bounds below count both. */
  sizeOf: (write: Write) => WriteSize
  /** Whose write it is: the writes of all owners join groups in turn. */
  ownerOf: (write: Write) => string
  /** A group closes at this size. A larger single write is a group of its own. */
  maxGroup: WriteSize
  /**
   * A group with fewer rows than `gatherRows` is held open: this long, or while another is under way. Senders that were just answered are
   * about to send again: a moment's wait makes fewer, cheaper commits.
   */
  gatherMs: number
  gatherRows: number
}

export interface WriteSize {
  rows: number
  bytes: number
}

export interface GroupCommit<Write, Result> {
  /** Queues a write; resolves once it is durable. How much may wait is bounded before (row-budget.ts). */
  enqueue(write: Write): Promise<Result>
}

interface Waiting<Write, Result> {
  write: Write
  size: WriteSize
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** One is written while the next one is planned. */
export const MAX_UNDER_WAY = 2

/**
 * Collects writes while a commit is under way and commits what has gathered in one go: the busier, the larger the
 * groups. Owners take turns, so that whoever sends much makes nobody else wait for more than the groups of a turn. A failed commit
 * fails exactly the writes in it.
 */
export function createGroupCommit<Write, Result>(
  options: GroupCommitOptions<Write, Result>,
): GroupCommit<Write, Result> {
  const { commit, sizeOf, ownerOf, maxGroup, gatherMs, gatherRows } = options
  /** In the order of their turns. */
  const waiting = new Map<string, Waiting<Write, Result>[]>()
  let waitingRows = 0
  let underWay = 0
  let isGathering = false

  function takeGroup(): Waiting<Write, Result>[] {
    const group: Waiting<Write, Result>[] = []
    let rows = 0
    let bytes = 0
    // An owner who has more comes again at the end, and the loop comes to it there.
    for (const [owner, own] of waiting) {
      const [next] = own
      if (!next) continue
      rows += next.size.rows
      bytes += next.size.bytes
      if (group.length > 0 && (rows > maxGroup.rows || bytes > maxGroup.bytes)) break
      group.push(next)
      waitingRows -= next.size.rows
      own.shift()
      waiting.delete(owner)
      if (own.length > 0) waiting.set(owner, own)
    }
    return group
  }

  function commitFullGroups(): void {
    while (waitingRows >= gatherRows && underWay < MAX_UNDER_WAY) void commitGroup()
    if (waiting.size === 0 || underWay > 0 || isGathering) return
    isGathering = true
    setTimeout(endGathering, gatherMs)
  }

  function endGathering(): void {
    isGathering = false
    if (waiting.size > 0 && underWay === 0) void commitGroup()
  }

  async function commitGroup(): Promise<void> {
    const group = takeGroup()
    underWay += 1
    try {
      const results = await commit(group.map(({ write }) => write))
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
    underWay -= 1
    commitFullGroups()
  }

  return {
    enqueue(write) {
      const size = sizeOf(write)
      const owner = ownerOf(write)
      waitingRows += size.rows
      return new Promise((resolve, reject) => {
        const own = waiting.get(owner)
        const entry = { write, size, resolve, reject }
        if (own) own.push(entry)
        else waiting.set(owner, [entry])
        commitFullGroups()
      })
    },
  }
}
