import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, opendir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { equalJitter } from '../../domain/equal-jitter.js'
import { writeDurably } from '../../platform/delivery/durable-file.js'
import type { LogRefusal } from '../../platform/delivery/post-log.js'
import type { Logger } from '../../platform/logger.js'
import type { PassResult } from './log-tail.js'
import type { FileRefusal, FileToSend } from './put-file.js'

/** The files that a sensor saves in one folder, each sent once. The folder itself is the buffer while the server is away. */
export interface Downloads {
  /** Sends at most one file. */
  pass(): Promise<PassResult>
  /** Failures since the last success; and the last one. */
  failures(): { count: number; last: LogRefusal | null }
}

export interface DownloadsOptions {
  directory: string
  /** The file that names what was sent. */
  state: string
  /** Larger files are left out. */
  maxBytes: number
  put: (file: FileToSend) => Promise<FileRefusal | null>
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
  /** From 0 to 1. */
  random: () => number
}

const State = z.object({ version: z.literal(1), done: z.array(z.string()) })

/** Entries of the folder that one pass looks at. */
const MAX_ENTRIES = 20_000
/** A sensor writes a file without a pause as long. */
const SETTLED_MS = 3_000
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
const MAX_RETRY_AFTER_MS = 600_000
/** What sensors call a file that they still write: Cowrie `tmp...`, others a dot or an ending. */
const UNFINISHED = /^(?:\.|tmp)|\.(?:part|partial|tmp)$/

interface Found {
  path: string
  /** What changes when the file, or who may read it, does. */
  identity: string
  /** Bytes. */
  size: number
  mtimeMs: number
}

/** Opens the state of an earlier process; one that cannot be used is logged, and files are sent again, which does no harm. */
export async function openDownloads(options: DownloadsOptions): Promise<Downloads> {
  const { directory, state, maxBytes, put, log, now, random } = options
  let done = await readState(state, log)
  const skipped = new Set<string>()
  let count = 0
  let last: LogRefusal | null = null
  let retryAt = 0
  let isMissing = false

  function skip(identity: string, why: string, fields: Record<string, unknown>): void {
    if (skipped.has(identity)) return
    if (skipped.size < MAX_ENTRIES) skipped.add(identity)
    log.warning(why, fields)
  }

  /** Files that are whole and were not sent. */
  function waitingOf(files: readonly Found[]): Found[] {
    return files.filter(({ path, identity, size, mtimeMs }) => {
      if (done.has(identity) || skipped.has(identity) || now() - mtimeMs < SETTLED_MS) return false
      if (size > maxBytes)
        skip(identity, 'File left out: it is larger than --downloads-max-mib', { path, bytes: size })
      return size <= maxBytes
    })
  }

  /** The files of the folder; null where it cannot be read. */
  async function look(): Promise<Found[] | null> {
    try {
      const files = await filesIn(directory)
      isMissing = false
      return files
    } catch (error) {
      if (!isMissing)
        log.warning('Folder of downloads cannot be read; trying again', {
          directory,
          cause: (error as Error).message,
        })
      isMissing = true
      return null
    }
  }

  /** The first file whose bytes can be read. */
  async function firstReadable(files: readonly Found[]): Promise<(Found & { sha256: string }) | null> {
    for (const file of files) {
      const sha256 = await hashOf(file.path, maxBytes)
      if (sha256 !== null) return { ...file, sha256 }
      // Exchanged for a link, or grown: then it has another identity.
      skip(file.identity, 'File left out: it cannot be read', { path: file.path })
    }
    return null
  }

  async function remember(identity: string, files: readonly Found[]): Promise<void> {
    const present = new Set(files.map((file) => file.identity))
    // Of more files than a pass looks at, the others may be there as well.
    const isPart = files.length === MAX_ENTRIES
    const kept = [...done].filter((each) => isPart || present.has(each)).slice(-MAX_ENTRIES)
    done = new Set([...kept, identity])
    await writeDurably(state, JSON.stringify({ version: 1, done: [...done] }))
  }

  function failed(refusal: FileRefusal): void {
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(count, 10))
    const pause = Math.max(Math.min(refusal.retryAfterMs, MAX_RETRY_AFTER_MS), equalJitter(backoff, random))
    retryAt = now() + pause
    count += 1
    last = refusal
    log.warning('Server does not take a file', {
      cause: refusal.refusal,
      retry_in_ms: Math.round(pause),
    })
  }

  return {
    async pass() {
      if (now() < retryAt) return 'waiting'
      const files = await look()
      const first = files && (await firstReadable(waitingOf(files)))
      if (!first) return 'idle'
      const { path, sha256 } = first
      const refusal = await put({ path, sha256 })
      if (refusal && !refusal.isOfFile) {
        failed(refusal)
        return 'waiting'
      }
      if (refusal) log.error('File left out', { path, cause: refusal.refusal })
      else log.info('File sent', { path, sha256 })
      count = 0
      last = null
      await remember(first.identity, files)
      return 'moved'
    },
    failures: () => ({ count, last }),
  }
}

/** Regular files that nobody writes any more by their names: no links, at most {@link MAX_ENTRIES}. @throws {Error} */
async function filesIn(directory: string): Promise<Found[]> {
  const files: Found[] = []
  for await (const entry of await opendir(directory)) {
    if (!entry.isFile() || UNFINISHED.test(entry.name)) continue
    const path = join(directory, entry.name)
    const found = await lstat(path).catch(() => null)
    if (!found?.isFile()) continue
    const { ino, size, mtimeMs, ctimeMs } = found
    files.push({ path, identity: `${entry.name} ${ino} ${size} ${ctimeMs}`, size, mtimeMs })
    if (files.length === MAX_ENTRIES) break
  }
  return files
}

async function readState(path: string, log: Logger): Promise<Set<string>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return new Set()
  try {
    return new Set(State.parse(JSON.parse(text)).done)
  } catch (error) {
    log.error('The list of sent files cannot be used; files are sent again', {
      cause: (error as Error).message,
    })
    return new Set()
  }
}

/** SHA-256 of a file that is no link; null where it cannot be read or is larger. */
async function hashOf(path: string, maxBytes: number): Promise<string | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null)
  if (!handle) return null
  try {
    if (!(await handle.stat()).isFile()) return null
    const hash = createHash('sha256')
    let size = 0
    for await (const part of handle.createReadStream({ autoClose: false })) {
      size += (part as Buffer).length
      if (size > maxBytes) return null
      hash.update(part as Buffer)
    }
    return hash.digest('hex')
  } catch {
    return null
  } finally {
    await handle.close()
  }
}
