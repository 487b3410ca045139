import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type SocketLock, takeSocketLock } from '../../socket-lock.js'
import { DataDirInUseError, EmbeddedPostgresError } from './error.js'

/** Takes the data directory for this process. @throws {DataDirInUseError} when another server holds it. */
export async function lockDataDir(dataDir: string, socketDir: string): Promise<SocketLock> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\eviltwin-${name}` : join(socketDir, 'server.lock')
  const lock = await takeSocketLock(path, `process ${process.pid}`)
  if (lock === null) throw new EmbeddedPostgresError(`cannot lock ${dataDir}: ${path} is taken`)
  if ('release' in lock) return lock
  throw new DataDirInUseError(
    `another EvilTwin server is using ${dataDir}; stop it first, or set DATA_DIR (and PORT) for a second one`,
  )
}
