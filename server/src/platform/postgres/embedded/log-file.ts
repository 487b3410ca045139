import { open } from 'node:fs/promises'
import type { Logger } from '../../logger.js'

/**
 * Shortens a log that has grown over `maxBytes` to its last tenth, while its writer goes on: the writer appends, so its next line
 * follows. What it writes between the two steps may be lost. A file that does not exist is short enough.
 */
export async function limitLogFile(path: string, maxBytes: number): Promise<void> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!file) return
  try {
    const { size } = await file.stat()
    if (size <= maxBytes) return
    const tail = Buffer.alloc(Math.floor(maxBytes / 10))
    const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length)
    await file.truncate(0)
    const kept = tail.subarray(tail.indexOf('\n') + 1, bytesRead)
    const appended = await open(path, 'a')
    await appended.write(kept).finally(() => appended.close())
  } finally {
    await file.close()
  }
}

/** The same every `everyMs`, until the timer is cleared; it keeps no process alive. */
export function limitLogFileRepeatedly(
  path: string,
  maxBytes: number,
  everyMs: number,
  log: Logger,
): NodeJS.Timeout {
  return setInterval(() => {
    limitLogFile(path, maxBytes).catch((error) =>
      log.warning('the log of the embedded database cannot be shortened', { cause: String(error) }),
    )
  }, everyMs).unref()
}
