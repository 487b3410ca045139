import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { Command } from 'commander'
import { readSettings } from '../platform/config.js'
import { KEPT_LOG_FILES } from '../platform/telemetry/log-destinations.js'
import { CliError } from './errors.js'

const SINCE = /^(\d{1,4})(m|h|d)$/
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export function logsCommand(): Command {
  return new Command('logs')
    .description('print the lines of the log file, rotated ones included, oldest first: for jq and grep')
    .option('--since <time>', 'how far back: 90m, 24h, 7d', '7d')
    .action(async ({ since }: { since: string }) => printLog(sinceOf(since)))
}

/** @throws {CliError} */
function sinceOf(text: string): number {
  const [, count, unit] = SINCE.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new CliError(`--since takes minutes, hours or days such as 90m, 24h, 7d, not ${text}`, 2)
  return Date.now() - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

async function printLog(since: number): Promise<void> {
  const { LOG_FILE } = readSettings(process.env)
  if (LOG_FILE === null)
    throw new CliError(
      'LOG_FILE=none: the log is on the stdout of the server only; unset LOG_FILE and restart it',
    )
  const files = await openLogFiles(LOG_FILE)
  if (files.length === 0)
    throw new CliError(`there is no log at ${LOG_FILE}; set DATA_DIR or LOG_FILE to that of the server`)
  try {
    const from = new Date(since).toISOString()
    for (const file of files) {
      if ((await file.stat()).mtimeMs < since) continue
      if (!(await printLines(file, from))) return
    }
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}

/**
 * Every file of the log, oldest first. All are opened before any is read, the newest first: a rotation in between renames, so
 * that one file may be met twice but none is missed.
 */
async function openLogFiles(path: string): Promise<FileHandle[]> {
  const files = new Map<number, FileHandle>()
  const names = [path, ...Array.from({ length: KEPT_LOG_FILES }, (_, n) => `${path}.${n + 1}`)]
  for (const name of names) {
    const file = await open(name, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new CliError(`${name} cannot be read: ${error.message}`)
    })
    if (!file) continue
    const { ino } = await file.stat()
    if (files.has(ino)) await file.close()
    else files.set(ino, file)
  }
  return [...files.values()].reverse()
}

/** @returns false when nobody reads any more. */
async function printLines(file: FileHandle, from: string): Promise<boolean> {
  for await (const line of file.readLines({ autoClose: false })) {
    if (!isSince(line, from)) continue
    if (process.stdout.write(`${line}\n`)) continue
    // A reader that went away (head) drains nothing.
    if (process.stdout.destroyed) return false
    const gone = new AbortController()
    const isThere = await Promise.race([
      once(process.stdout, 'drain', gone).then(() => true),
      once(process.stdout, 'close', gone).then(() => false),
    ]).catch(() => false)
    gone.abort()
    if (!isThere) return false
  }
  return true
}

/** The timestamps of our lines are of one length and sort as text. A line that a crash cut off has none and is left out. */
function isSince(line: string, from: string): boolean {
  try {
    const { timestamp } = JSON.parse(line) as { timestamp?: unknown }
    return typeof timestamp === 'string' && timestamp >= from
  } catch {
    return false
  }
}
