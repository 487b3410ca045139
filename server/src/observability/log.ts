import { type DestinationStream, type LoggerOptions, pino, stdTimeFunctions } from 'pino'

/** The levels of the source specification, by pino's names for them. */
const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const
const NAMES: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(LEVELS).map(([ours, theirs]) => [theirs, ours]))
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

/** Control characters that JSON leaves alone but terminals obey (DEL and C1), and Unicode that re-orders or breaks lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to find
const TERMINAL_CONTROLS = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

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
    hooks: { streamWrite: (line) => (needsEscape(line) ? line.replace(TERMINAL_CONTROLS, escapeCharacter) : line) },
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

function needsEscape(line: string): boolean {
  TERMINAL_CONTROLS.lastIndex = 0
  return TERMINAL_CONTROLS.test(line)
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
