import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { parseTimestamp } from '../domain/timestamp.js'
import { CliError } from './errors.js'
import { kindOfFile, readLines } from './replay-lines.js'
import { type PostedLines, postLines } from './replay-request.js'

interface ReplayOptions {
  url: string
  key?: string
  speed?: number
  rate?: number
  batch: number
  resume?: boolean
}

interface Totals {
  lines: number
  accepted: number
  duplicates: number
  quarantined: number
  /** Messages of sensors about themselves. */
  ignored: number
  /** Not sent at all: the server takes no line of that size. */
  tooLarge: number
}

/** Far below what a server takes in one request by default. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024
/** A file whose first lines are all no events is not read further. */
const PROBE_LINES = 10

export function replayCommand(): Command {
  const number = (text: string) => {
    const value = Number(text)
    if (!(value > 0)) throw new CliError(`${text} is not a positive number`, 2)
    return value
  }
  return new Command('replay')
    .description('send sensor logs (NDJSON, also .gz) through the public API')
    .argument('<files...>', 'for example /var/log/cowrie/cowrie.json*')
    .option('--url <url>', 'the server', process.env['EVILTWIN_URL'] ?? 'http://localhost:8000')
    .option('--key <key>', 'sensor key; prefer EVILTWIN_KEY, which other users cannot see')
    .option(
      '--speed <n>',
      'n times as fast as it happened (1 is real time); without it as fast as possible',
      number,
    )
    .option('--rate <n>', 'at most n lines a second', number)
    .option('--batch <n>', 'lines in one request', number, 500)
    .option('--resume', 'continue an interrupted replay of the same file')
    .addHelpText('after', '\nReplaying a file twice is harmless: every event is stored once.')
    .action(async (files: string[], options: ReplayOptions) => {
      const totals: Totals = { lines: 0, accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, tooLarge: 0 }
      const interrupt = new AbortController()
      const onSignal = () => interrupt.abort()
      process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
      try {
        for (const file of files) await replayFile(file, options, totals, interrupt.signal)
      } finally {
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      }
      const { lines, accepted, duplicates, quarantined, ignored, tooLarge } = totals
      console.log(
        `${lines} lines: ${accepted} accepted, ${duplicates} duplicates, ${quarantined} quarantined`,
      )
      if (quarantined > 0) console.log('see why: eviltwin quarantine list')
      if (tooLarge > 0)
        throw new CliError(
          `${tooLarge} lines are larger than the server takes; see INGEST_MAX_BODY_BYTES there`,
        )
      if (ignored > 0) console.log(`${ignored} lines are messages of sensors about themselves, and no events`)
      if (accepted + duplicates + quarantined + ignored !== lines)
        throw new CliError('not every line was accounted for')
    })
}

async function replayFile(
  file: string,
  options: ReplayOptions,
  totals: Totals,
  aborted: AbortSignal,
): Promise<void> {
  const { size } = await stat(file).catch((error: Error) => {
    throw new CliError(`${file} cannot be read: ${error.message}; check the path and its permissions`)
  })
  const checkpoint = checkpointOf(file, size, options.url)
  const skip = options.resume ? await checkpoint.read() : 0
  const bar = progressBar(file)
  const counts: Totals = { lines: 0, accepted: 0, duplicates: 0, quarantined: 0, ignored: 0, tooLarge: 0 }
  const pace = createPace(options, aborted)
  let bytesRead = 0
  let batch: Buffer[] = []
  let firstLines: Buffer[] = []
  let bytes = 0
  let position = 0
  let done = skip
  const send = async (upTo: number) => {
    if (batch.length === 0) return
    await pace(batch)
    const posted = await postLines(batch, options, aborted)
    if (counts.lines === 0 && skip === 0) firstLines = batch
    addTo(counts, batch.length, posted)
    for (const { length } of posted.tooLarge)
      process.stderr.write(
        `a line of ${length} bytes of ${file} is larger than ${options.url} takes; left out\n`,
      )
    if (firstLines === batch && batch.length === PROBE_LINES) refuseWithoutEvents(file, counts, batch)
    batch = []
    bytes = 0
    done = upTo
    bar.update(bytesRead, { ...counts })
    await checkpoint.write(done)
  }
  if (process.stderr.isTTY) bar.start(size, 0, { ...counts })
  try {
    for await (const line of readLines(file, (read) => {
      bytesRead = read
    })) {
      if (position >= skip && line.some((byte) => byte > 0x20)) {
        if (bytes + line.length > MAX_BATCH_BYTES) await send(position)
        batch.push(line)
        bytes += line.length + 1
      }
      position += 1
      const most = counts.lines === 0 && skip === 0 ? Math.min(PROBE_LINES, options.batch) : options.batch
      if (batch.length >= most) await send(position)
    }
    await send(position)
    refuseWithoutEvents(file, counts, firstLines)
    await checkpoint.remove()
  } catch (error) {
    bar.stop()
    process.stderr.write(whereItStopped(file, counts, done, skip))
    if (aborted.aborted) throw new CliError('interrupted', 130)
    throw error
  } finally {
    bar.stop()
    for (const name of COUNTED) totals[name] += counts[name]
  }
}

/** @param done the lines of the file that need not be sent again. @param skipped those of an earlier run. */
function whereItStopped(file: string, counts: Totals, done: number, skipped: number): string {
  if (counts.accepted + counts.duplicates === 0 && skipped === 0)
    return `none of the lines of ${file} were accepted\n`
  return `stopped behind line ${done} of ${file} (${counts.accepted} accepted by this run); go on with the same command and --resume\n`
}

const COUNTED = ['lines', 'accepted', 'duplicates', 'quarantined', 'ignored', 'tooLarge'] as const

function addTo(
  counts: Totals,
  lines: number,
  { accepted, duplicates, quarantined, ignored, tooLarge }: PostedLines,
): void {
  counts.lines += lines
  counts.accepted += accepted
  counts.duplicates += duplicates
  counts.quarantined += quarantined
  counts.ignored += ignored
  counts.tooLarge += tooLarge.length
}

/** A file of which every line so far went to the quarantine is no log. @param first its first lines. @throws {CliError} */
function refuseWithoutEvents(file: string, { lines, quarantined }: Totals, first: readonly Buffer[]): void {
  if (first.length === 0 || quarantined < lines) return
  throw new CliError(
    `${file} seems to be ${kindOfFile(first)}: none of its first ${lines} lines is an event; see why: eviltwin quarantine list`,
  )
}

function progressBar(file: string): SingleBar {
  return new SingleBar({
    format: `${basename(file)} [{bar}] {percentage}% | {lines} lines | {accepted} accepted | {quarantined} quarantined | {eta_formatted} left`,
    hideCursor: true,
    noTTYOutput: false,
    clearOnComplete: false,
    // The process ends by itself after Ctrl-C, and says how far it came.
    gracefulExit: false,
  })
}

/** Waits before a batch as --speed and --rate demand. */
function createPace(
  { speed, rate }: ReplayOptions,
  signal: AbortSignal,
): (batch: readonly Buffer[]) => Promise<void> {
  const started = Date.now()
  let firstEvent: number | null = null
  let sent = 0
  return async (batch) => {
    let due = started
    if (rate !== undefined) due = Math.max(due, started + (sent / rate) * 1000)
    const time = speed === undefined ? null : timeOf(batch[0]?.toString('utf8') ?? '')
    if (speed !== undefined && time !== null) {
      firstEvent ??= time
      due = Math.max(due, started + (time - firstEvent) / speed)
    }
    sent += batch.length
    if (due > Date.now()) await sleep(due - Date.now(), undefined, { signal })
  }
}

function timeOf(line: string): number | null {
  try {
    const { timestamp } = JSON.parse(line) as { timestamp?: unknown }
    const parsed = parseTimestamp(timestamp)
    return parsed === null ? null : Date.parse(parsed)
  } catch {
    return null
  }
}

/** How many lines of a file are done, kept where the platform keeps a user's state. */
function checkpointOf(file: string, size: number, url: string) {
  const directory = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'eviltwin')
  const identity = createHash('sha256')
    .update(JSON.stringify([resolve(file), size, url]))
    .digest('hex')
    .slice(0, 16)
  const path = join(directory, `replay-${identity}`)
  return {
    read: async () => Number(await readFile(path, 'utf8').catch(() => '0')),
    write: async (lines: number) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(path, String(lines))
    },
    remove: () => rm(path, { force: true }),
  }
}
