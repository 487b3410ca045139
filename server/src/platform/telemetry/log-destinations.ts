import { basename, dirname } from 'node:path'
import type { DestinationStream } from 'pino'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'

/** Writes each line to all of them. */
export function toAll(destinations: readonly DestinationStream[]): DestinationStream {
  const [first, ...others] = destinations
  if (first && others.length === 0) return first
  return {
    write(line) {
      for (const destination of destinations) destination.write(line)
    },
  }
}

/** Takes one or more lines at once, each whole and with its newline. */
export interface LogFile extends DestinationStream {
  /** Resolves when everything is written. */
  close(): Promise<void>
}

export interface LogFileOptions {
  path: string
  /** Called once an outage, with its first error. */
  onOutage: (error: Error) => void
  /** Called at the end of an outage: a line is in the file again, and so many are not. */
  onRecovery: (lostLines: number) => void
  /** Milliseconds before the first attempt to open the file again; they double up to {@link MAX_RETRY_MS}. */
  firstRetryMs?: number
}

/** A file may become so large; then it is renamed to `<name>.1`, and so on. */
const MAX_SIZE = '50M'
/** So many renamed files are kept beside the newest. */
export const KEPT_LOG_FILES = 10
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** Lines are written in blocks: each write of a file is a turn of a thread and a call of the system. */
const BLOCK_CHARACTERS = 64 * 1024
/** A line waits at most so long for others to be written with it. */
const BLOCK_MS = 50
/** Lines that wait for a slow disk take at most this much memory; later ones are lost. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/**
 * The rotated log file. Rotation renames, so the path always names the newest file. A file that cannot be written does not stop
 * the platform: the log goes on elsewhere, lines are counted as lost, and the file is opened again until it takes them.
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path, onOutage, onRecovery, firstRetryMs = FIRST_RETRY_MS } = options
  let file: RotatingFileStream | null = null
  let outage = false
  let lost = 0
  let retryMs = firstRetryMs
  let retry: NodeJS.Timeout | undefined
  const blocks = inBlocks((text, lines) => {
    if (file && file.writableLength < MAX_WAITING_BYTES) file.write(text, (error) => settled(error, lines))
    else lost += lines
  })

  function open(): void {
    const opened = createLogStream(path)
    file = opened
    opened.on('error', (error) => {
      if (file !== opened) return
      file = null
      retry = setTimeout(open, retryMs).unref()
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      if (outage) return
      outage = true
      onOutage(error)
    })
  }

  /** Called for every block once it is written, or is known never to be. */
  function settled(error: Error | null | undefined, lines: number): void {
    if (error) {
      lost += lines
      return
    }
    retryMs = firstRetryMs
    if (!outage && lost === 0) return
    const lostLines = lost
    outage = false
    lost = 0
    onRecovery(lostLines)
  }

  open()
  return {
    write: blocks.add,
    close() {
      blocks.flush()
      clearTimeout(retry)
      const last = file
      file = null
      return new Promise((resolve) => {
        if (!last) return resolve()
        last.once('close', resolve)
        last.end(() => resolve())
      })
    },
  }
}

/** Gathers lines, one or several at a time. @param write receives a block of them, and how many they are. */
function inBlocks(write: (text: string, lines: number) => void) {
  let text = ''
  let lines = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (lines === 0) return
    const block = [text, lines] as const
    text = ''
    lines = 0
    write(...block)
  }

  return {
    flush,
    add(added: string): void {
      text += added
      lines += linesIn(added)
      if (text.length >= BLOCK_CHARACTERS) flush()
      else timer ??= setTimeout(flush, BLOCK_MS)
    },
  }
}

function linesIn(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

function createLogStream(path: string): RotatingFileStream {
  return createStream(basename(path), {
    path: dirname(path),
    size: MAX_SIZE,
    maxFiles: KEPT_LOG_FILES,
    rotate: KEPT_LOG_FILES,
    mode: 0o600,
    history: `.${basename(path)}.history`,
  })
}
