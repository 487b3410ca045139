import { type DestinationStream, type LoggerOptions, pino, stdTimeFunctions } from 'pino'

/** The levels of the source specification, by pino's names for them. */
const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const
const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(LEVELS).map(([ours, theirs]) => [theirs, ours]),
)
export type LogLevel = keyof typeof LEVELS
export const LOG_LEVELS = Object.keys(LEVELS) as LogLevel[]

/** Facts that go with a message, named as in the source specification. Never a password or token of a platform user. */
export type LogFields = Readonly<Record<string, unknown>>

/** One named logger; the name says which part of the platform speaks. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warning(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  critical(message: string, fields?: LogFields): void
}

export type Logging = (name: string) => Logger

/** The log of a process. */
export interface Log {
  logging: Logging
  level(): LogLevel
  /** Takes effect at once, in every logger. */
  setLevel(level: LogLevel): void
  /** There is one listener. */
  observe(observer: LogObserver): void
}

/** Told of every line of WARNING and above, and of every other one, written or not. Must be quick and may not fail. */
export type LogObserver = (level: LogLevel, logger: string, message: string, fields: LogFields) => void

export interface LogOptions {
  level: LogLevel
  destination: DestinationStream
  now?: () => number
}

/** What JSON leaves alone but terminals and editors obey: DEL, C1, and format characters (bidi, zero-width). */
const TERMINAL_CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Nearly every line is plain ASCII, and this tells so much faster than the pattern above. */
const BEYOND_ASCII = /[^ -~\n]/

/** Fields that hold a secret if somebody passes them by mistake. */
const SECRET_FIELDS = [
  'password',
  'new_password',
  'token',
  'access_token',
  'refresh_token',
  'ticket',
  'secret',
  'authorization',
  'cookie',
  'api_key',
]

/**
 * Trouble comes in floods: of one kind of line (logger and message) at WARNING and above so many are written in a window; the
 * next one says how many were left out in `suppressed`. Key events of the source specification are always written, because
 * they are counted.
 */
const FLOOD_WINDOW_MS = 10_000
const FLOOD_LINES = 50
const ALWAYS_WRITTEN = new Set(['Auth login failed', 'Canary token triggered', 'LLM unavailable'])

/**
 * One JSON object a line, exactly the fields of the source specification: `timestamp`, `level`, `logger`, `message` and
 * the facts. Attacker text cannot break a line, add a field or reach the terminal: JSON escapes C0 controls and quotes,
 * and what terminals and editors would still obey is escaped here as `\\uXXXX`.
 */
export function createLog(options: LogOptions): Log {
  const { destination, now = Date.now } = options
  const settings: LoggerOptions = {
    level: LEVELS[options.level],
    base: null,
    messageKey: 'message',
    formatters: { level: (label) => ({ level: NAMES[label] ?? label }) },
    timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
      censor: '[redacted]',
    },
    hooks: {
      streamWrite: (line) => (BEYOND_ASCII.test(line) ? line.replace(TERMINAL_CONTROLS, escaped) : line),
    },
  }
  const root = pino(settings, destination)
  const loggers = new Map<string, pino.Logger>()
  const floods = createFloodGate(now)
  let level = options.level
  let observe: LogObserver = () => {}

  function logging(name: string): Logger {
    const logger = loggers.get(name) ?? root.child({ logger: name })
    loggers.set(name, logger)
    const trouble =
      (severity: 'WARNING' | 'ERROR' | 'CRITICAL') =>
      (message: string, fields: LogFields = {}) => {
        observe(severity, name, message, fields)
        const suppressed = floods(name, message)
        if (suppressed === null) return
        logger[LEVELS[severity]](suppressed === 0 ? fields : { ...fields, suppressed }, message)
      }
    return {
      debug: (message, fields) => logger.debug(fields ?? {}, message),
      info(message, fields = {}) {
        observe('INFO', name, message, fields)
        logger.info(fields, message)
      },
      warning: trouble('WARNING'),
      error: trouble('ERROR'),
      critical: trouble('CRITICAL'),
    }
  }

  return {
    logging,
    level: () => level,
    setLevel(next) {
      level = next
      for (const logger of [root, ...loggers.values()]) logger.level = LEVELS[next]
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
    if (ALWAYS_WRITTEN.has(message)) return 0
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

/** A character in JSON's own escape, one a UTF-16 code unit. */
function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
  return units.map((unit) => `\\u${unit}`).join('')
}
