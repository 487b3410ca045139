import { Option } from 'commander'
import type { Logger } from '../platform/logger.js'
import { createLog } from '../platform/telemetry/log.js'
import { isPretty, prettyLog } from './pretty-log.js'
import type { StandardOutput } from './standard-output.js'

export type LogFormat = 'auto' | 'json' | 'pretty'

/** How a command that keeps running writes its log. */
export function logFormatOption(): Option {
  return new Option('--log-format <format>', 'the log on stdout: pretty on a terminal, JSON elsewhere')
    .choices(['auto', 'json', 'pretty'])
    .default('auto')
}

/** The log of a command that keeps running. @param name the logger of its lines. */
export function openCommandLog(stdout: StandardOutput, format: LogFormat, name: string): Logger {
  const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
  const destination = isPretty(format) ? prettyLog(stdout, colours) : stdout
  return createLog({ level: 'INFO', destination }).logging(name)
}
