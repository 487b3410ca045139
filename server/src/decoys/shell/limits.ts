/** Bounds of a session's shell. What an attacker needs stays far below them. */
export interface ShellLimits {
  /** Bytes of all files that an attacker wrote. */
  fileSystemBytes: number
  /** Files, folders and links that an attacker made. */
  files: number
  /** Bytes of one file, and of what one command writes to the next one. */
  fileBytes: number
  /** Bytes that one line writes to the terminal. */
  outputBytes: number
  /** Units of work of one line: a command is one, and so is each KiB that it handles. */
  work: number
  /** Bytes of a line; what is beyond is cut off. */
  lineBytes: number
  /** Milliseconds that one line really waits for `sleep` and the network. */
  waitMs: number
}

export const DEFAULT_LIMITS: ShellLimits = {
  fileSystemBytes: 16 * 1_048_576,
  files: 2_000,
  fileBytes: 8 * 1_048_576,
  outputBytes: 262_144,
  work: 10_000,
  lineBytes: 1_048_576,
  waitMs: 2_000,
}

/** The line did too much: it ends, as a process that the kernel ends. */
export class WorkExhaustedError extends Error {
  override name = 'WorkExhaustedError'
}

/** Nobody reads the pipe any more, or it holds all that it may. */
export class BrokenPipeError extends Error {
  override name = 'BrokenPipeError'
}

/** What a command writes to has no room. `message` is the text of `strerror`. */
export class WriteError extends Error {
  override name = 'WriteError'
}

const UNIT_BYTES = 1_024
/** Units after which other sessions have their turn. */
const TURN_UNITS = 100

/** What one line may still do. */
export interface Budget {
  /** Counts a command and the bytes it handles. Throws WorkExhaustedError. */
  spend(bytes?: number): void
  /** Gives the event loop a turn, when enough was done since the last one. */
  turn(): Promise<void>
  /** Milliseconds that may really be waited; counts them. */
  wait(wantedMs: number): number
  /** Half of what is left, for a part of the line that may end before the line does: what it spends is spent here too. */
  half(): Budget
  isSpent(): boolean
}

export function createBudget(limits: Pick<ShellLimits, 'work' | 'waitMs'>): Budget {
  return budgetOf(limits.work * UNIT_BYTES, limits.waitMs)
}

function budgetOf(bytesLeft: number, waitMs: number, parent?: Budget): Budget {
  let left = bytesLeft
  let untilTurn = TURN_UNITS * UNIT_BYTES
  let waitLeft = waitMs
  const budget: Budget = {
    spend(bytes = UNIT_BYTES): void {
      left -= bytes
      untilTurn -= bytes
      parent?.spend(bytes)
      if (left < 0) throw new WorkExhaustedError('too much work')
    },
    async turn(): Promise<void> {
      if (untilTurn > 0) return
      untilTurn = TURN_UNITS * UNIT_BYTES
      await new Promise((resolve) => setImmediate(resolve))
    },
    wait(wantedMs): number {
      if (parent !== undefined) return parent.wait(wantedMs)
      const waited = Math.max(0, Math.min(wantedMs, waitLeft))
      waitLeft -= waited
      return waited
    },
    half: () => budgetOf(left / 2, 0, budget),
    isSpent: () => left < 0,
  }
  return budget
}
