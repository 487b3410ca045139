import type { LogLevel } from '../logger.js'
import type { Log } from './log.js'

/** Which line a refusal is. */
export interface RefusalLine {
  logger: string
  level: LogLevel
  message: string
}

/** What refusals that are counted together have in common, as fields of their lines: a key or an address, and the reason. */
export type RefusalIdentity = Readonly<Record<string, string | null | undefined>> & { reason: string }

/**
 * Logs refusals, of which whoever is refused makes as many as they like: the first of an identity at once, the further ones of the same
 * minute as one line with their `count` and the time `since` which they were counted. The sum over lines, each for `count` or else for one,
 * is exact.
 */
export interface RefusalLog {
  /** @param fields of the line; they have those of the identity among them. */
  write(line: RefusalLine, identity: RefusalIdentity, fields: object): void
  /** Writes what was counted in minutes that are over. */
  flush(): void
  /** Writes whatever was counted: nothing is refused any more. */
  close(): void
}

interface Window {
  line: RefusalLine
  /** Fields of the summary. */
  common: object
  since: number
  count: number
}

const WINDOW_MS = 60_000
/** Identities that are counted apart at once; further ones share one line for each message and reason. */
const MAX_WINDOWS = 100

/** @param now milliseconds since the epoch. */
export function createRefusalLog({ writerOf }: Pick<Log, 'writerOf'>, now: () => number): RefusalLog {
  const apart = new Map<string, Window>()
  /** As many as there are messages and reasons. */
  const together = new Map<string, Window>()

  function summarize({ line, common, since, count }: Window): void {
    if (count > 0) writerOf(line)({ ...common, count, since: new Date(since).toISOString() })
  }

  /** The window that a refusal falls into, if there is one. */
  function current(windows: Map<string, Window>, name: string): Window | undefined {
    const window = windows.get(name)
    if (!window || now() - window.since < WINDOW_MS) return window
    summarize(window)
    windows.delete(name)
    return undefined
  }

  function flushWhere(isDue: (window: Window) => boolean): void {
    for (const windows of [apart, together]) {
      for (const [name, window] of windows) {
        if (!isDue(window)) continue
        summarize(window)
        windows.delete(name)
      }
    }
  }

  return {
    write(line, identity, fields) {
      const name = JSON.stringify([line.message, identity])
      let window = current(apart, name)
      if (!window && apart.size < MAX_WINDOWS) {
        apart.set(name, { line, common: identity, since: now(), count: 0 })
        return writerOf(line)(fields)
      }
      const { reason } = identity
      const shared = JSON.stringify([line.message, reason])
      window ??= current(together, shared)
      if (window) {
        window.count += 1
        return
      }
      together.set(shared, { line, common: { reason }, since: now(), count: 0 })
      writerOf(line)(fields)
    },
    flush() {
      const at = now()
      flushWhere(({ since }) => at - since >= WINDOW_MS)
    },
    close() {
      flushWhere(() => true)
    },
  }
}
