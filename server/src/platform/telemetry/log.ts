import { type DestinationStream, type LoggerOptions, pino } from 'pino'
import type { LogFields, Logger, Logging, LogLevel } from '../logger.js'
import {
  createIsoTime,
  harmless,
  type LineKind,
  type LoggedEvent,
  lineWriter,
  SECRET_FIELDS,
} from './event-lines.js'

/** The levels of the source specification by pino's names for them. */
const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const
const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(LEVELS).map(([ours, theirs]) => [theirs, ours]),
)

/** The log of a process. */
export interface Log {
  logging: Logging
  level(): LogLevel
  /** Takes effect at once, in every logger. */
  setLevel(level: LogLevel): void
  /** A writer of one kind of line, whose fields are a typed event: always written, never observed. */
  writerOf(line: LineKind): <Event extends LoggedEvent>(event: Event) => void
  /** There is one observer. */
  observe(observer: LogObserver): void
}

/** Called for every line of WARNING and above that a {@link Logger} is given, written or not. Must be quick and may not fail. */
export type LogObserver = (level: ProblemLevel, logger: string, message: string) => void
type ProblemLevel = 'WARNING' | 'ERROR' | 'CRITICAL'

export interface LogOptions {
  level: LogLevel
  destination: DestinationStream
  now?: () => number
}

/**
 * Trouble comes in floods: of one kind of line (logger and message) at WARNING and above so many are written in a window; the
 * next one says how many were left out in `suppressed`.
 */
const FLOOD_WINDOW_MS = 10_000
const FLOOD_LINES = 50

/**
 * One JSON object a line, exactly the fields of the source specification: `timestamp`, `level`, `logger`, `message` and
 * the facts. Attacker text cannot break a line, add a field or reach the terminal: JSON escapes C0 controls and quotes,
 * and what terminals and editors would still obey is escaped here as `\\uXXXX`.
 */
export function createLog(options: LogOptions): Log {
  const { destination, now = Date.now } = options
  const isoTime = createIsoTime(Date.now)
  const settings: LoggerOptions = {
    level: LEVELS[options.level],
    base: null,
    messageKey: 'message',
    formatters: { level: (label) => ({ level: NAMES[label] ?? label }) },
    timestamp: () => `,"timestamp":"${isoTime()}"`,
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
      censor: '[redacted]',
    },
    hooks: { streamWrite: harmless },
  }
  const root = pino(settings, destination)
  const loggers = new Map<string, pino.Logger>()
  const floods = createFloodGate(now)
  let level = options.level
  let observe: LogObserver = () => {}

  function childOf(name: string): pino.Logger {
    const logger = loggers.get(name) ?? root.child({ logger: name })
    loggers.set(name, logger)
    return logger
  }

  function logging(name: string): Logger {
    const logger = childOf(name)
    const problem =
      (severity: ProblemLevel) =>
      (message: string, fields: LogFields = {}) => {
        observe(severity, name, message)
        const suppressed = floods(name, message)
        if (suppressed === null) return
        logger[LEVELS[severity]](suppressed === 0 ? fields : { ...fields, suppressed }, message)
      }
    return {
      debug: (message, fields) => logger.debug(fields ?? {}, message),
      info: (message, fields) => logger.info(fields ?? {}, message),
      warning: problem('WARNING'),
      error: problem('ERROR'),
      critical: problem('CRITICAL'),
    }
  }

  return {
    logging,
    level: () => level,
    setLevel(next) {
      level = next
      for (const logger of [root, ...loggers.values()]) logger.level = LEVELS[next]
    },
    writerOf(kind) {
      const write = lineWriter(kind, destination, isoTime)
      const severity = LEVELS[kind.level]
      return (event) => {
        if (root.isLevelEnabled(severity)) write(event)
      }
    },
    observe(observer) {
      observe = observer
    },
  }
}

/** @returns for each line how many of its kind were left out before it, or null when it is to be left out itself. */
function createFloodGate(now: () => number): (logger: string, message: string) => number | null {
  const kinds = new Map<string, { since: number; written: number; suppressed: number }>()
  return (logger, message) => {
    const key = `${logger} ${message}`
    const at = now()
    let kind = kinds.get(key)
    if (!kind) {
      kind = { since: at, written: 0, suppressed: 0 }
      kinds.set(key, kind)
    }
    if (at - kind.since >= FLOOD_WINDOW_MS) {
      kind.since = at
      kind.written = 0
    }
    if (kind.written >= FLOOD_LINES) {
      kind.suppressed += 1
      return null
    }
    kind.written += 1
    const { suppressed } = kind
    kind.suppressed = 0
    return suppressed
  }
}
