import type { Logger } from '../../platform/logger.js'

/** Logs a problem of a path. */
export type ReportProblem = (message: string, path: string, fields: Record<string, unknown>) => void

const MAX_REPORTED = 10_000

/** Each problem of a path is logged once, although it is met at every pass; no more than 10,000 of them are. */
export function createProblemReports(log: Logger): ReportProblem {
  const reported = new Set<string>()
  return (message, path, fields) => {
    const key = `${message} ${path}`
    if (reported.has(key) || reported.size >= MAX_REPORTED) return
    reported.add(key)
    log.warning(message, { path, ...fields })
  }
}
