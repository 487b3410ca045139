import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { printable } from './terminal.js'

/**
 * Writes each line of the log as a person reads it on a terminal: time, level, logger, message, then the facts. Text of attackers stays inert:
 * what JSON had escaped is escaped again before anything is coloured.
 * @param colours whether the terminal shows colours.
 */
export function prettyLog(output: DestinationStream, colours: boolean): DestinationStream {
  const pretty = prettyFactory({
    colorize: colours,
    messageKey: 'message',
    timestampKey: 'timestamp',
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'logger',
    messageFormat: '{logger}: {message}',
    customLevels: { DEBUG: 20, INFO: 30, WARNING: 40, ERROR: 50, CRITICAL: 60 },
    customColors: { debug: 'blue', info: 'green', warning: 'yellow', error: 'red', critical: 'bgRed' },
    singleLine: true,
  })
  return { write: (line) => output.write(pretty(inert(JSON.parse(line)))) }
}

/** Whether a log on stdout is for a person. */
export function isPretty(format: 'auto' | 'json' | 'pretty'): boolean {
  return format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
}

function inert(value: unknown): unknown {
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.map(inert)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [printable(name), inert(each)]))
}
