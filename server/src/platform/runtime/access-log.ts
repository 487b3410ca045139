import { join } from 'node:path'
import type { EventHandlers } from '../events.js'
import type { Logger } from '../logger.js'
import { type LogFile, openLogFile } from '../telemetry/log-destinations.js'
import { ownName } from '../workers/place.js'
import type { Module, ModuleContext } from './module.js'

/** A line of the access log beside its `timestamp` (RFC 3339, UTC, milliseconds). Field names are those of docs/slos.md. */
export type AccessLine =
  | { type: 'started' | 'stopped'; pid: number }
  /** So many lines before this one are missing: the disk was too slow, or failed. */
  | { type: 'lost'; lines: number }
  | {
      type: 'request'
      method: string
      route: string
      /** 499 where the client left without an answer. */
      status: number
      duration_ms: number
      key_prefix: string | null
      population: string | null
      overloaded: boolean
      answered_by_llm: boolean | null
    }
  /** Not acknowledged: the client is there and late. */
  | { type: 'acknowledgement'; duration_ms: number; mode: 'live' | 'resumed'; acknowledged: boolean }
  /** One observation of the minute's slice of AI availability. */
  | { type: 'probe'; available: boolean }

/**
 * ACCESS_LOG=file: what this process saw, a line each, so that anybody can recompute what the SLO engine says (`eviltwin slo verify`).
 * Writing never waits: lines beyond the buffer of a slow disk are lost, and counted in both logs. Created before whatever is counted, so
 * that its last line comes after it.
 */
export function createAccessLogModule({
  config,
  events,
  log,
  now,
  place,
}: Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'place'>): Module {
  if (config.ACCESS_LOG !== 'file') return {}
  const write = (line: AccessLine) => file.write(`${JSON.stringify(stamped(line, now()))}\n`)
  const path = join(config.DATA_DIR, 'logs', ownName('access.jsonl', place))
  const file = openFile(path, log.logging('backend.main'), write)
  write({ type: 'started', pid: process.pid })
  events.subscribe(accessHandlers(write))
  return {
    async stop() {
      write({ type: 'stopped', pid: process.pid })
      await file.close()
    },
  }
}

function openFile(path: string, log: Logger, write: (line: AccessLine) => void): LogFile {
  return openLogFile({
    path,
    onOutage: ({ message }) => log.error('The access log cannot be written', { cause: message }),
    onRecovery(lost_lines) {
      write({ type: 'lost', lines: lost_lines })
      log.warning('The access log is written again', { lost_lines })
    },
  })
}

function stamped(line: AccessLine, at: number) {
  const { type, ...facts } = line
  return { timestamp: new Date(at).toISOString(), type, ...facts }
}

function accessHandlers(write: (line: AccessLine) => void): EventHandlers {
  return {
    request_completed: ({ method, route, status, milliseconds, ...facts }) =>
      write({
        type: 'request',
        method,
        route,
        status,
        duration_ms: milliseconds,
        key_prefix: facts.key_prefix,
        population: facts.population,
        overloaded: facts.overloaded,
        answered_by_llm: facts.answered_by_llm,
      }),
    alert_delivered: ({ seconds, mode, acknowledged }) =>
      write({ type: 'acknowledgement', duration_ms: seconds * 1000, mode, acknowledged }),
    llm_minute_observed: ({ available }) => write({ type: 'probe', available }),
  }
}
