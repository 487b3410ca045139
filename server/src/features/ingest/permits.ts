import { QueueFullError, TooManyRequestsError } from '../../platform/errors.js'

/** Bounds how much work of a kind goes on at the same time, in all and for each owner. */
export interface Permits {
  /**
   * Does the work once there is a permit for it, in the order of arrival among those that may begin.
   * @throws {TooManyRequestsError} at once, when too much of this owner waits. @throws {QueueFullError} when too much waits in all.
   */
  run<Result>(owner: string, work: () => Promise<Result>): Promise<Result>
  /** The most work that ever went on at the same time. */
  peak(): number
}

export interface PermitLimits {
  /** At the same time. */
  total: number
  perOwner: number
  /** Work that waits. */
  maxWaiting: number
  maxWaitingPerOwner: number
}

interface Waiting {
  owner: string
  begin: () => void
}

const RETRY_SECONDS = 1

/** @param what the work is done for, in the plural. */
export function createPermits(
  { total, perOwner, maxWaiting, maxWaitingPerOwner }: PermitLimits,
  what = 'compressed bodies',
): Permits {
  const runningOf = new Map<string, number>()
  const waiting: Waiting[] = []
  let running = 0
  let peak = 0

  const mayBegin = (owner: string) => running < total && (runningOf.get(owner) ?? 0) < perOwner

  function begin(owner: string): void {
    running += 1
    runningOf.set(owner, (runningOf.get(owner) ?? 0) + 1)
    peak = Math.max(peak, running)
  }

  function end(owner: string): void {
    running -= 1
    const left = (runningOf.get(owner) ?? 1) - 1
    if (left === 0) runningOf.delete(owner)
    else runningOf.set(owner, left)
    const next = waiting.findIndex((other) => mayBegin(other.owner))
    if (next < 0) return
    const [chosen] = waiting.splice(next, 1)
    if (!chosen) return
    begin(chosen.owner)
    chosen.begin()
  }

  async function permitFor(owner: string): Promise<void> {
    if (mayBegin(owner)) return begin(owner)
    const own = waiting.reduce((count, other) => count + Number(other.owner === owner), 0)
    if (own >= maxWaitingPerOwner) {
      throw new TooManyRequestsError(
        `${own} ${what} of this sender wait already; nothing of this request was kept, send it again`,
        RETRY_SECONDS,
      )
    }
    if (waiting.length >= maxWaiting) throw new QueueFullError(`${waiting.length} ${what} are waiting`)
    await new Promise<void>((resolve) => {
      waiting.push({ owner, begin: resolve })
    })
  }

  return {
    async run(owner, work) {
      await permitFor(owner)
      try {
        return await work()
      } finally {
        end(owner)
      }
    },
    peak: () => peak,
  }
}
