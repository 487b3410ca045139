import type { IngestPopulation, IngestWay } from '../../../domain/ingest-population.js'

/** Series that are no SLI of their own. Those of routes and SLIs are named in ../objective.ts. */

export const FAILED_LOGINS = 'auth login failed'
export const LOGINS = 'auth login'
export const POOL_EXHAUSTED = 'database pool exhausted'
/** Alerts sent to clients of which it is unknown when they had them; in no objective. */
export const UNMEASURED_ALERTS = 'alert delivery unmeasured'
export const AI_ANALYSES = 'ai analyses'

const LOG_PREFIX = 'log '

/** Lines of a kind that tells of trouble: level, logger and our own message, which is never a request's text. */
export function logSeries(level: string, logger: string, message: string): string {
  return `${LOG_PREFIX}${level} ${logger} ${message}`
}

export function parseLogSeries(series: string): { level: string; logger: string; message: string } | null {
  const match = /^log (\S+) (\S+) (.*)$/s.exec(series)
  return match ? { level: match[1] ?? '', logger: match[2] ?? '', message: match[3] ?? '' } : null
}

export const LOG_SERIES_PREFIX = LOG_PREFIX

/** Requests of a way in that the objectives judge: good by the rule of availability, with the durations that count for latency. */
export function ingestSeries(way: IngestWay): string {
  return `ingest platform ${way}`
}

/** Requests of a way in that are no statement about the platform, by whose they are. */
export function ingestApartSeries(population: Exclude<IngestPopulation, 'platform'>, way: IngestWay): string {
  return `ingest ${population} ${way}`
}

/** Requests of a route that were answered 4xx. */
export function clientErrorSeries(route: string): string {
  return `client errors ${route}`
}

/** Requests of a route whose client left without an answer (499). */
export function unansweredSeries(route: string): string {
  return `unanswered ${route}`
}
