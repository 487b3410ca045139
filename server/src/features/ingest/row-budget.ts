import { QueueFullError, TooManyRequestsError } from '../../platform/errors.js'

/** Bounds the rows that wait to be stored: of all senders together, and of each owner. */
export interface RowBudget {
  /**
   * Counts rows until what it returns is called, once.
   * @throws {TooManyRequestsError} for more than the share of the owner. @throws {QueueFullError} for more than all may have.
   */
  hold(owner: string, rows: number): () => void
  held(): number
}

/** Whoever sends much leaves half to the others. */
const OWNER_SHARE = 1 / 2
const RETRY_SECONDS = 1

/** @param maxRows of all together. Whoever has nothing waiting may always exceed a limit by one request. */
export function createRowBudget(maxRows: number): RowBudget {
  const rowsOf = new Map<string, number>()
  let held = 0

  return {
    hold(owner, rows) {
      const own = rowsOf.get(owner) ?? 0
      const share = maxRows * OWNER_SHARE
      // The narrowest first: it is refused who causes it.
      if (own > 0 && own + rows > share) {
        throw new TooManyRequestsError(
          `${own} rows of this sender wait to be stored, of ${share} that may; nothing of this request was kept, send it again`,
          RETRY_SECONDS,
        )
      }
      if (held > own && held + rows > maxRows)
        throw new QueueFullError(`${held} rows are waiting to be stored`)
      held += rows
      rowsOf.set(owner, own + rows)
      return () => {
        held -= rows
        const left = (rowsOf.get(owner) ?? 0) - rows
        if (left > 0) rowsOf.set(owner, left)
        else rowsOf.delete(owner)
      }
    },
    held: () => held,
  }
}
