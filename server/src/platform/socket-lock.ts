import { unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'

/** Held by one process of those that use the same path. */
export interface SocketLock {
  release(): Promise<void>
}

/** Another process holds the lock. */
export interface LockHolder {
  /** What it says of itself; empty where it says nothing in time. */
  holder: string
}

const ANSWER_MS = 1_000
const MAX_ANSWER_CHARACTERS = 200

/**
 * Takes a lock by listening on a socket: unlike a file with a process id, a listener vanishes with its process whatever ends it, so a lock is
 * never stale.
 * @param path of the socket, of at most 103 bytes; a named pipe on Windows. @param holder said to whoever finds it taken.
 * @returns null where the path is taken and nobody answers there. @throws {Error} where it cannot be used.
 */
export async function takeSocketLock(path: string, holder: string): Promise<SocketLock | LockHolder | null> {
  let server = await listen(path, holder)
  if (!server) {
    const answer = await holderOf(path)
    if (answer !== null) return { holder: answer }
    await unlink(path).catch(() => {})
    server = await listen(path, holder)
  }
  if (!server) return null
  const held = server
  held.unref()
  return { release: () => new Promise((resolve) => held.close(() => resolve())) }
}

function listen(path: string, holder: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      // Whoever leaves without reading the answer does not end the holder.
      socket.on('error', () => {})
      socket.end(holder)
    })
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(path, () => resolve(server))
  })
}

/** What the process says that listens there; null where none does. */
function holderOf(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = ''
    let isThere = false
    const socket = connect(path)
      .setEncoding('utf8')
      .setTimeout(ANSWER_MS, () => socket.destroy())
    socket.once('connect', () => {
      isThere = true
    })
    socket.on('data', (part) => {
      answer += part
      if (answer.length >= MAX_ANSWER_CHARACTERS) socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => resolve(isThere ? answer.slice(0, MAX_ANSWER_CHARACTERS) : null))
  })
}
