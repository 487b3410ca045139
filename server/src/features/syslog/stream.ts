import type { Socket } from 'node:net'
import { createFramer, type Frame } from './framing.js'

export interface StreamOptions {
  maxMessageBytes: number
  /** A connection on which nothing arrives for so long is closed. */
  idleMs: number
  /** The same within a message. */
  incompleteMs: number
  /** Resolves once the messages are stored; until then nothing more is read. @returns false: nothing more can be stored. */
  store: (frames: Frame[]) => Promise<boolean>
  onIdle: () => void
}

/**
 * Reads the messages of a connection until it ends. What is received is stored before more is read: while the store is away, TCP's own flow
 * control makes the sender wait.
 */
export async function readStream(
  socket: Socket,
  stopping: AbortSignal,
  options: StreamOptions,
): Promise<void> {
  const { maxMessageBytes, idleMs, incompleteMs, store, onIdle } = options
  const framer = createFramer(maxMessageBytes)
  const stop = () => void socket.destroy()
  stopping.addEventListener('abort', stop)
  socket.on('timeout', () => {
    onIdle()
    socket.destroy()
  })
  socket.setTimeout(idleMs)
  try {
    for await (const chunk of socket) {
      socket.setTimeout(0)
      const frames = framer.push(chunk as Buffer)
      if (frames.length > 0 && !(await store(frames))) return
      if (stopping.aborted) return
      socket.setTimeout(framer.isWithinMessage() ? incompleteMs : idleMs)
    }
  } catch {
    // The sender is gone, or the server stops: what it sent is stored all the same.
  } finally {
    stopping.removeEventListener('abort', stop)
  }
  const rest = framer.end()
  if (rest.length > 0) await store(rest)
}
