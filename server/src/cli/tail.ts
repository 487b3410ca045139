import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Command } from 'commander'
import { createDelivery } from '../platform/delivery/delivery.js'
import { removePartials } from '../platform/delivery/durable-file.js'
import { openFileSpool } from '../platform/delivery/file-spool.js'
import { startHeartbeats } from '../platform/delivery/heartbeat-sender.js'
import { type LogTarget, postLog } from '../platform/delivery/post-log.js'
import type { Logger } from '../platform/logger.js'
import { VERSION } from '../platform/version.js'
import { type LogFormat, logFormatOption, openCommandLog } from './command-log.js'
import { MIB, mebibytes } from './mebibytes.js'
import { putTtylog, type TtylogUpload } from './recording-request.js'
import { SENSOR_KEY_HINT, sensorKey } from './sensor-key.js'
import { openStdout } from './standard-output.js'
import { stateOption } from './state-directory.js'
import { type SideSender, sendBesideLines } from './tail/beside-lines.js'
import { createCheckpointFile } from './tail/checkpoint.js'
import { MAX_ENTRIES } from './tail/download-folder.js'
import { openDownloadOwners } from './tail/download-owners.js'
import { createDownloads } from './tail/downloads.js'
import { follow } from './tail/follow.js'
import { checkPatterns } from './tail/log-files.js'
import { openLogTail } from './tail/log-tail.js'
import { type FileToSend, putFile } from './tail/put-file.js'
import { openSentFiles } from './tail/sent-files.js'
import { lockState } from './tail/state-lock.js'
import { openTtylogs } from './tail/ttylogs.js'

interface TailCommandOptions {
  url: string
  keyFile?: string
  sensor?: string
  ttylogs?: string
  downloads?: string
  downloadsMaxMib: number
  state: string
  spoolMib: number
  fromEnd?: boolean
  once?: boolean
  logFormat: LogFormat
}

const LAST_LINES_MS = 2000
/** For whoever has a key for several sensors: a heartbeat says of one of them that it runs. */
const HEARTBEAT_HINT = 'name one with --sensor <id>; lines are sent without it, and heartbeats are not kept'

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
    .option('--sensor <id>', 'the sensor of heartbeats, and of records that name none')
    .option(
      '--ttylogs <directory>',
      "also send the ttylogs that Cowrie's log names, from this directory (var/lib/cowrie/tty)",
    )
    .addOption(stateOption('where positions and the spool are kept'))
    .option(
      '--spool-mib <n>',
      'most disk for lines that wait while the server is away; 0 is none',
      mebibytes,
      256,
    )
    .option(
      '--downloads <directory>',
      'also send the files that the sensor saves there, such as the downloads folder of Cowrie, each once',
    )
    .option('--downloads-max-mib <n>', 'larger files of --downloads are left out', mebibytes, 64)
    .option('--from-end', 'at the very first start, begin behind what is there')
    .option('--once', 'read everything to its end, and leave')
    .addOption(logFormatOption())
    .addHelpText('after', HELP)
    .action(run)
}

async function run(patterns: string[], options: TailCommandOptions): Promise<void> {
  checkPatterns(patterns)
  const stdout = openStdout()
  const log = openCommandLog(stdout, options.logFormat, 'tail')
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
  options: TailCommandOptions,
  { log, stop, abort }: Surroundings,
): Promise<void> {
  // What one server has, another one has not.
  const server = createHash('sha256').update(options.url).digest('hex').slice(0, 16)
  const directory = join(options.state, `tail-${server}`)
  const lock = await lockState(directory)
  try {
    await tailAlone(patterns, options, { log, stop, abort, directory })
  } finally {
    await lock.release()
  }
}

async function tailAlone(
  patterns: string[],
  options: TailCommandOptions,
  { log, stop, abort, directory }: Surroundings & { directory: string },
): Promise<void> {
  const { url, keyFile = process.env['EVILTWIN_KEY_FILE'], sensor, spoolMib } = options
  const { fromEnd = false, once = false } = options
  const spoolDirectory = join(directory, 'spool')
  await removePartials(directory)
  await removePartials(spoolDirectory)
  const spool = await openFileSpool(spoolDirectory, 'ndjson', spoolMib * MIB)
  sensorKey(keyFile)
  const target = () => ({ url, key: sensorKey(keyFile), keyHint: SENSOR_KEY_HINT })
  const base = { log, now: Date.now, random: Math.random }
  const lines = createDelivery({
    ...base,
    post: (body) => postLog(body, { ...target(), ...(sensor !== undefined && { sensor }) }, abort.signal),
    spool,
  })
  const senders = await openSenders(options, { ...base, directory, target, abort: abort.signal })
  const { watching, beside } = sendBesideLines(senders)
  const delivery = watching(lines)
  const checkpoint = createCheckpointFile(join(directory, 'checkpoint.json'))
  const logs = await openLogTail({ patterns, fromEnd, checkpoint, delivery, log, now: Date.now })
  log.info('Following logs', { logs: patterns, url, state: directory })
  // What reads everything once does not run a minute later.
  const heartbeats = once
    ? null
    : startHeartbeats({
        ...base,
        url,
        key: () => sensorKey(keyFile),
        ...(sensor !== undefined && { sensor }),
        sensorHint: HEARTBEAT_HINT,
        software: 'eviltwin tail',
        version: VERSION,
        spooledBytes: spool.bytes,
      })
  try {
    await follow({ logTail: beside(logs), delivery, spool, log, once, stop, abort })
  } finally {
    await heartbeats?.stop()
    await logs.close()
  }
}

interface FolderSurroundings {
  log: Logger
  now: () => number
  random: () => number
  /** Where it is remembered what was sent. */
  directory: string
  target: () => Pick<LogTarget, 'url' | 'key' | 'keyHint'>
  abort: AbortSignal
}

/** Who sends what is beside lines: recordings of terminals and files. */
async function openSenders(
  { sensor, ttylogs, downloads, downloadsMaxMib }: TailCommandOptions,
  { directory, target, abort, ...base }: FolderSurroundings,
): Promise<SideSender[]> {
  const senders: SideSender[] = []
  if (ttylogs !== undefined) {
    const stateFile = join(directory, 'ttylogs.json')
    const put = (upload: TtylogUpload) => putTtylog(upload, target(), abort)
    senders.push(await openTtylogs({ ...base, directory: ttylogs, stateFile, sensor, put }))
  }
  if (downloads !== undefined) {
    const { log } = base
    const owners = await openDownloadOwners({
      stateFile: join(directory, 'download-owners.json'),
      sensor,
      log,
    })
    const sent = await openSentFiles(join(directory, 'downloads.json'), MAX_ENTRIES, log)
    const put = (file: FileToSend) => putFile(file, target(), abort)
    const maxBytes = downloadsMaxMib * MIB
    senders.push(createDownloads({ ...base, directory: downloads, sent, owners, sensor, maxBytes, put }))
  }
  return senders
}
