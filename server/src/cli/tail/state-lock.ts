import { createHash } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SocketLock, takeSocketLock } from '../../platform/socket-lock.js'
import { CliError } from '../errors.js'

/** Of the path of a socket, in bytes (`sun_path`). */
const MAX_PATH_BYTES = 103

/**
 * Takes a state directory for this process: two would send the same lines, and write positions over each other's. Makes the directory.
 * @throws {CliError} naming the process that uses it.
 */
export async function lockState(directory: string): Promise<SocketLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = socketPath(await realpath(directory))
  const lock = await takeSocketLock(path, `process ${process.pid}`)
  if (lock === null) throw new CliError(`${directory} cannot be locked: ${path} is taken; remove it`)
  if ('release' in lock) return lock
  const other = lock.holder === '' ? '' : ` (${lock.holder})`
  throw new CliError(
    `another eviltwin tail${other} uses ${directory}; stop it, or give this one another directory with --state`,
  )
}

/** In the directory itself, or, where its path is too long for a socket, in that of temporary files. */
function socketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\eviltwin-tail-${name}`
  const path = join(directory, 'tail.lock')
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : join(tmpdir(), `eviltwin-tail-${name}.lock`)
}
