import type { Logger } from '../logger.js'

/** Runs a statement and logs it when it took long, whether it succeeded or not. */
export type WatchStatement = <Result>(statement: NamedText, run: () => Promise<Result>) => Promise<Result>

interface NamedText {
  name?: string
  text: string
}

/** Of a statement without a name so much of its text is logged; values are parameters and never in it. */
const LOGGED_TEXT = 80

/**
 * Watches the statements of one pool. The wait for a connection is not part of a statement: that is `DB connection pool exhausted`.
 * @param thresholdMs Infinity: nothing is logged.
 */
export function watchSlowQueries(pool: string, thresholdMs: number, log: Logger): WatchStatement {
  return async (statement, run) => {
    const started = performance.now()
    try {
      return await run()
    } finally {
      const took = performance.now() - started
      if (took >= thresholdMs)
        log.warning('Slow query', { name: nameOf(statement), pool, duration_ms: Number(took.toFixed(1)) })
    }
  }
}

function nameOf({ name, text }: NamedText): string {
  return name ?? text.replaceAll(/\s+/g, ' ').trim().slice(0, LOGGED_TEXT)
}
