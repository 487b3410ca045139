import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { startHeartbeats } from '../platform/delivery/heartbeat-sender.js'
import type { Logger } from '../platform/logger.js'
import { createLog } from '../platform/telemetry/log.js'
import { VERSION } from '../platform/version.js'
import { CliError } from './errors.js'
import { postLog } from './log-request.js'
import { isPretty, prettyLog } from './pretty-log.js'
import { openStdout, type StandardOutput } from './standard-output.js'
import { createCheckpointFile } from './tail/checkpoint.js'
import { createDelivery } from './tail/delivery.js'
import { removePartials } from './tail/durable-file.js'
import { follow } from './tail/follow.js'
import { checkPatterns } from './tail/log-files.js'
import { openLogTail } from './tail/log-tail.js'
import { openTailSpool } from './tail/spool.js'

interface TailCommandOptions {
  url: string
  keyFile?: string
  sensor?: string
  state: string
  spoolMib: number
  fromEnd?: boolean
  once?: boolean
  logFormat: 'auto' | 'json' | 'pretty'
}

const KEY_HINT = 'give the sensor key in EVILTWIN_KEY, or in a file with --key-file'
const LAST_LINES_MS = 2000
const MIB = 1024 * 1024

const HELP = `
A file is read from its beginning, with what rotation made of it (name.1, name-20261126, also .gz), and then followed: through rotation by
renaming or copytruncate, and while it is not there. Lines that the server has already are not stored twice. What has been read is kept in
the state directory, which only one process may use; the key comes from EVILTWIN_KEY or a file, so that it is in no list of processes.`

export function tailCommand(): Command {
  return new Command('tail')
    .summary('follow sensor logs and send every line, through rotation and while the server is away')
    .description('Follow sensor logs (a JSON object a line) and send every line once to POST /log.')
    .argument(
      '<files...>',
      "for example /var/log/cowrie/cowrie.json, or '/var/log/*.json' (* and ? in the name)",
    )
    .option('--url <url>', 'the server', process.env['EVILTWIN_URL'] ?? 'http://localhost:8000')
    .option('--key-file <file>', 'file with the sensor key (EVILTWIN_KEY_FILE); without it EVILTWIN_KEY')
    .option('--sensor <id>', 'the sensor of records that name none')
    .addOption(
      new Option('--state <directory>', 'where positions and the spool are kept').default(
        stateDirectory(),
        '$STATE_DIRECTORY, or ~/.local/state/eviltwin',
      ),
    )
    .option(
      '--spool-mib <n>',
      'most disk for lines that wait while the server is away; 0 is none',
      mebibytes,
      256,
    )
    .option('--from-end', 'at the very first start, begin behind what is there')
    .option('--once', 'read everything to its end, and leave')
    .addOption(
      new Option('--log-format <format>', 'the log on stdout: pretty on a terminal, JSON elsewhere')
        .choices(['auto', 'json', 'pretty'])
        .default('auto'),
    )
    .addHelpText('after', HELP)
    .action(run)
}

async function run(patterns: string[], options: TailCommandOptions): Promise<void> {
  checkPatterns(patterns)
  const stdout = openStdout()
  const log = openLog(stdout, options.logFormat)
  const stop = new AbortController()
  const abort = new AbortController()
  // The second signal does not wait for what is under way.
  const onSignal = () => (stop.signal.aborted ? abort : stop).abort()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    await tail(patterns, options, { log, stop: stop.signal, abort })
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await stdout.close(LAST_LINES_MS)
  }
}

interface Surroundings {
  log: Logger
  /** Read what is there, and leave. */
  stop: AbortSignal
  /** Ends a request under way. */
  abort: AbortController
}

async function tail(
  patterns: string[],
  {
    url,
    keyFile = process.env['EVILTWIN_KEY_FILE'],
    sensor,
    state,
    spoolMib,
    fromEnd = false,
    once = false,
  }: TailCommandOptions,
  { log, stop, abort }: Surroundings,
): Promise<void> {
  // What one server has, another one has not.
  const directory = join(state, `tail-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`)
  const spoolDirectory = join(directory, 'spool')
  await removePartials(directory)
  await removePartials(spoolDirectory)
  const spool = await openTailSpool(spoolDirectory, spoolMib * MIB)
  keyOf(keyFile)
  const delivery = createDelivery({
    post: (body) => {
      const target = { url, key: keyOf(keyFile), keyHint: KEY_HINT, ...(sensor !== undefined && { sensor }) }
      return postLog(body, target, abort.signal)
    },
    spool,
    log,
    now: Date.now,
    random: Math.random,
  })
  const checkpoint = createCheckpointFile(join(directory, 'checkpoint.json'))
  const logTail = await openLogTail({ patterns, fromEnd, checkpoint, delivery, log, now: Date.now })
  log.info('Following logs', { logs: patterns, url, state: directory })
  // What reads everything once does not run a minute later.
  const heartbeats = once
    ? null
    : startHeartbeats({
        url,
        key: () => keyOf(keyFile),
        ...(sensor !== undefined && { sensor }),
        software: 'eviltwin tail',
        version: VERSION,
        spooledBytes: spool.bytes,
        log,
        now: Date.now,
        random: Math.random,
      })
  try {
    await follow({ logTail, delivery, spool, log, once, stop, abort })
  } finally {
    await heartbeats?.stop()
    await logTail.close()
  }
}

function openLog(stdout: StandardOutput, format: TailCommandOptions['logFormat']): Logger {
  const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
  const destination = isPretty(format) ? prettyLog(stdout, colours) : stdout
  return createLog({ level: 'INFO', destination }).logging('tail')
}

/** Read for each request, so that a new key needs no restart. @throws {CliError} */
function keyOf(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return process.env['EVILTWIN_KEY']
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CliError(`the sensor key cannot be read: ${(error as Error).message}; ${KEY_HINT}`)
  }
}

function stateDirectory(): string {
  // systemd gives the directories of StateDirectory= with colons between them.
  const [own] = (process.env['STATE_DIRECTORY'] ?? '').split(':')
  return own || join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'eviltwin')
}

function mebibytes(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || text.trim() === '')
    throw new CliError(`${text} is not a number of mebibytes`, 2)
  return value
}
