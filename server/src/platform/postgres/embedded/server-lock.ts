import { createHash } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { DataDirInUseError, EmbeddedPostgresError } from './error.js'

/** Held while one server uses a data directory. */
export interface ServerLock {
  release(): Promise<void>
}

/**
 * Takes the data directory for this process by listening on a socket: unlike a pid file, a listener vanishes with its
 * process whatever ends it, so a lock is never stale.
 * @throws {DataDirInUseError} when another server holds it.
 */
export async function lockDataDir(dataDir: string, socketDir: string): Promise<ServerLock> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\eviltwin-${name}` : join(socketDir, 'server.lock')
  let server = await listen(path)
  if (!server) {
    if (await answers(path)) {
      throw new DataDirInUseError(
        `another EvilTwin server is using ${dataDir}; stop it first, or set DATA_DIR (and PORT) for a second one`,
      )
    }
    await unlink(path).catch(() => {})
    server = await listen(path)
  }
  if (!server) throw new EmbeddedPostgresError(`cannot lock ${dataDir}: ${path} is taken`)
  const held = server
  held.unref()
  return { release: () => new Promise((resolve) => held.close(() => resolve())) }
}

function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(path, () => resolve(server))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
