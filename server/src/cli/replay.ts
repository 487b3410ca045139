import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { IngestMany, Problem } from '@eviltwin/contract'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { parseTimestamp } from '../domain/timestamp.js'
import { CliError } from './errors.js'

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
}

const MAX_ATTEMPTS = 12
const REQUEST_TIMEOUT_MS = 60_000

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
    .option('--key <key>', 'sensor key; better given as EVILTWIN_KEY, which other users cannot see')
    .option(
      '--speed <n>',
      'n times as fast as it happened (1 is real time); without it as fast as possible',
      number,
    )
    .option('--rate <n>', 'at most n lines a second', number)
    .option('--batch <n>', 'lines in one request', number, 500)
    .option('--resume', 'go on where an interrupted replay of the same file stopped')
    .addHelpText('after', '\nReplaying a file twice is harmless: every event is stored once.')
    .action(async (files: string[], options: ReplayOptions) => {
      const totals: Totals = { lines: 0, accepted: 0, duplicates: 0, quarantined: 0 }
      for (const file of files) await replayFile(file, options, totals)
      const { lines, accepted, duplicates, quarantined } = totals
      console.log(
        `${lines} lines: ${accepted} accepted, ${duplicates} duplicates, ${quarantined} quarantined`,
      )
      if (quarantined > 0) console.log('see why: eviltwin quarantine list')
      if (accepted + duplicates + quarantined !== lines)
        throw new CliError('not every line was accounted for')
    })
}

async function replayFile(file: string, options: ReplayOptions, totals: Totals): Promise<void> {
  const { size } = await stat(file).catch(() => {
    throw new CliError(`${file} cannot be read`)
  })
  const checkpoint = checkpointOf(file, size, options.url)
  const skip = options.resume ? await checkpoint.read() : 0
  const bar = new SingleBar({
    format: `${basename(file)} [{bar}] {percentage}% | {lines} lines | {accepted} accepted | {quarantined} quarantined | {eta_formatted} left`,
    hideCursor: true,
    noTTYOutput: false,
    clearOnComplete: false,
  })
  const totalsOfFile: Totals = { lines: 0, accepted: 0, duplicates: 0, quarantined: 0 }
  const pace = createPace(options)
  const source = createReadStream(file)
  const input = createInterface({
    input: file.endsWith('.gz') ? source.pipe(createGunzip()) : source,
    crlfDelay: Infinity,
  })
  let batch: string[] = []
  let position = 0
  const send = async () => {
    if (batch.length === 0) return
    await pace(batch)
    const { accepted, duplicates, quarantined } = await post(batch, options)
    totalsOfFile.lines += batch.length
    totalsOfFile.accepted += accepted
    totalsOfFile.duplicates += duplicates
    totalsOfFile.quarantined += quarantined
    batch = []
    bar.update(source.bytesRead, { ...totalsOfFile })
    await checkpoint.write(position)
  }
  if (process.stderr.isTTY) bar.start(size, 0, { ...totalsOfFile })
  try {
    for await (const line of input) {
      position += 1
      if (position <= skip || line.trim() === '') continue
      batch.push(line)
      if (batch.length >= options.batch) await send()
    }
    await send()
    await checkpoint.remove()
  } catch (error) {
    bar.stop()
    if (position > 0) process.stderr.write(`stopped at line ${position} of ${file}; go on with --resume\n`)
    throw error
  } finally {
    bar.stop()
    for (const name of ['lines', 'accepted', 'duplicates', 'quarantined'] as const)
      totals[name] += totalsOfFile[name]
  }
}

/** Sends one batch until the server has it. Refusals for overload are waited out as the server asks. */
async function post(lines: string[], { url, key }: ReplayOptions): Promise<IngestMany> {
  const authorization = key ?? process.env['EVILTWIN_KEY']
  for (let attempt = 1; ; attempt += 1) {
    let refusal: string
    let retryAfter = 0
    try {
      const response = await fetch(new URL('/log', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          ...(authorization !== undefined && { authorization: `Bearer ${authorization}` }),
        },
        body: lines.join('\n'),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      })
      if (response.ok) return IngestMany.parse(await response.json())
      const problem = Problem.safeParse(await response.json().catch(() => null)).data
      refusal = `${url} answered ${response.status}${problem ? `: ${problem.title}: ${problem.detail} (request ${problem.request_id})` : ''}`
      if (response.status !== 429 && response.status < 500) {
        const hint = response.status === 401 ? '; give the sensor key in EVILTWIN_KEY or with --key' : ''
        throw new CliError(refusal + hint)
      }
      retryAfter = Number(response.headers.get('retry-after') ?? 0) * 1000
    } catch (error) {
      if (error instanceof CliError) throw error
      const { message, cause } = error as Error
      refusal = `${url} cannot be reached: ${cause instanceof Error ? cause.message : message}`
    }
    if (attempt === MAX_ATTEMPTS) throw new CliError(`${refusal}; gave up after ${attempt} attempts`)
    await sleep(retryAfter + Math.random() * Math.min(10_000, 100 * 2 ** attempt))
  }
}

/** Waits before a batch as --speed and --rate demand. */
function createPace({ speed, rate }: ReplayOptions): (batch: readonly string[]) => Promise<void> {
  const started = Date.now()
  let firstEvent: number | null = null
  let sent = 0
  return async (batch) => {
    let due = started
    if (rate !== undefined) due = Math.max(due, started + (sent / rate) * 1000)
    const time = speed === undefined ? null : timeOf(batch[0] ?? '')
    if (speed !== undefined && time !== null) {
      firstEvent ??= time
      due = Math.max(due, started + (time - firstEvent) / speed)
    }
    sent += batch.length
    if (due > Date.now()) await sleep(due - Date.now())
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
