/** The levels of the source specification, least severe first. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

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
