import { join } from 'node:path'
import { v7 as uuidV7 } from 'uuid'
import { createSpool, type Spool } from '../features/forwarding/index.js'
import type { Config } from '../platform/config.js'
import { createLog, type Log } from '../platform/telemetry/log.js'
import { type LogFile, openLogFile, toAll } from '../platform/telemetry/log-destinations.js'
import { createTelemetry, type Telemetry } from '../platform/telemetry/telemetry.js'
import { VERSION } from '../platform/version.js'
import { isPretty, prettyLog } from './pretty-log.js'
import type { StandardOutput } from './standard-output.js'

/** What the log for Splunk may take on disk while Splunk is away. */
const MAX_SPOOL_BYTES = 256 * 1024 * 1024

export interface Outputs {
  stdout: StandardOutput
  stderr: StandardOutput
}

/** The log of a process and everything that it is written to. */
export interface LogSinks {
  platformLog: Log
  telemetry: Telemetry
  logSpool: Spool | null
  /** Writes lines of other processes where the own ones go. @param lines one or more, each whole and with its newline. */
  relay(lines: string): void
  close(): Promise<void>
}

/** The log of a server. */
export function openLogSinks(config: Config, { stdout, stderr }: Outputs): LogSinks {
  const telemetry = createTelemetry(config.OTEL_EXPORTER_OTLP_ENDPOINT, uuidV7(), VERSION)
  const file = config.LOG_FILE === null ? null : openFile(config.LOG_FILE, () => platformLog)
  const logSpool = openLogSpool(config, stderr)
  const pretty = isPretty(config.LOG_FORMAT)
  const takingSeveral = [...(pretty ? [] : [stdout]), ...(file ? [file] : [])]
  const takingOne = [
    ...(pretty ? [prettyLog(stdout, process.stdout.isTTY && process.env['NO_COLOR'] === undefined)] : []),
    ...(telemetry.logDestination ? [telemetry.logDestination] : []),
    ...(logSpool ? [{ write: logSpool.add }] : []),
  ]
  const platformLog = createLog({
    level: config.LOG_LEVEL,
    destination: toAll([...takingSeveral, ...takingOne]),
  })
  return {
    platformLog,
    telemetry,
    logSpool,
    relay(lines) {
      for (const destination of takingSeveral) destination.write(lines)
      if (takingOne.length > 0) for (const line of linesOf(lines)) toAll(takingOne).write(line)
    },
    async close() {
      await telemetry.shutdown()
      await file?.close()
    },
  }
}

/** Where the log for Splunk waits; null without SPLUNK_HEC_URL. */
export function openLogSpool(config: Config, stderr: StandardOutput): Spool | null {
  if (config.SPLUNK_HEC_URL === undefined || config.SPLUNK_HEC_TOKEN === undefined) return null
  return createSpool({
    directory: join(config.DATA_DIR, 'spool', 'splunk-log'),
    maxBytes: MAX_SPOOL_BYTES,
    onDropped: (lines) => stderr.write(`eviltwin: ${lines} log lines for Splunk were dropped: no room\n`),
  })
}

function openFile(path: string, platformLog: () => Log): LogFile {
  const log = () => platformLog().logging('backend.main')
  return openLogFile({
    path,
    onOutage: ({ message }) => log().error('LOG_FILE cannot be written', { cause: message }),
    onRecovery: (lost_lines) => log().warning('LOG_FILE is written again', { lost_lines }),
  })
}

function* linesOf(lines: string): Generator<string, void> {
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf('\n', from) + 1
    yield lines.slice(from, end)
    from = end
  }
}
