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

/** What JSON leaves alone but terminals and editors obey: DEL, C1, and format characters (bidi, zero-width). */
const TERMINAL_CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Nearly every line is plain ASCII, and this tells so much faster than the pattern above. */
const BEYOND_ASCII = /[^ -~\n]/

/**
 * One JSON object a line, exactly the fields of the source specification: `timestamp`, `level`, `logger`, `message` and
 * the facts. Attacker text cannot break a line, add a field or reach the terminal: JSON escapes C0 controls and quotes,
 * and what terminals and editors would still obey is escaped here as `\\uXXXX`.
 */
export function createLogging(options: { level: LogLevel; destination: DestinationStream }): Logging {
  const settings: LoggerOptions = {
    level: LEVELS[options.level],
    base: null,
    messageKey: 'message',
    formatters: { level: (label) => ({ level: NAMES[label] ?? label }) },
    timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
    hooks: {
      streamWrite: (line) => (BEYOND_ASCII.test(line) ? line.replace(TERMINAL_CONTROLS, escaped) : line),
    },
  }
  const root = pino(settings, options.destination)
  return (name) => {
    const logger = root.child({ logger: name })
    return {
      debug: (message, fields) => logger.debug(fields ?? {}, message),
      info: (message, fields) => logger.info(fields ?? {}, message),
      warning: (message, fields) => logger.warn(fields ?? {}, message),
      error: (message, fields) => logger.error(fields ?? {}, message),
      critical: (message, fields) => logger.fatal(fields ?? {}, message),
    }
  }
}

/** A character in JSON's own escape, one a UTF-16 code unit. */
function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
  return units.map((unit) => `\\u${unit}`).join('')
}
