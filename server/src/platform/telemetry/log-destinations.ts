import { basename, dirname } from 'node:path'
import type { DestinationStream } from 'pino'
import { createStream } from 'rotating-file-stream'

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

export interface LogFile extends DestinationStream {
  /** Resolves when everything is written. */
  close(): Promise<void>
}

/** A file may become so large; then it is renamed to `<name>.1`, and so on. */
const MAX_SIZE = '50M'
const KEPT_FILES = 10

/**
 * The rotated log file. Rotation renames, so the path always names the newest file. A file that cannot be written does not stop
 * the platform: it is told, and the log goes on elsewhere.
 * @param onError told of the first failure in a row.
 */
export function openLogFile(path: string, onError: (error: Error) => void): LogFile {
  const file = createStream(basename(path), {
    path: dirname(path),
    size: MAX_SIZE,
    maxFiles: KEPT_FILES,
    rotate: KEPT_FILES,
    mode: 0o600,
    history: `.${basename(path)}.history`,
  })
  let failed = false
  file.on('error', (error) => {
    if (!failed) onError(error)
    failed = true
  })
  return {
    write(line) {
      if (!failed) file.write(line)
    },
    close: () => new Promise((resolve) => (failed ? resolve() : file.end(() => resolve()))),
  }
}
