import type { Socket } from 'node:net'
import { type ByteReader, createByteReader } from './byte-reader.js'
import { createTurns } from './turns.js'

/** How long a client may take to receive the last answer. */
const LAST_ANSWER_MS = 2_000
const ANSWERS_A_TURN = 50

/** A connection as a decoy speaks on it. */
export interface Conversation {
  readonly socket: Socket
  readonly reader: ByteReader
  /** Sends an answer, and waits while the client does not take what it has been sent. Nothing is sent on a connection that is closed. */
  send(data: string | Buffer): Promise<void>
}

/** Talks with a client until `talk` is done, the client is gone, or the decoy stops; then the last answer is flushed. */
export async function serveConnection(
  socket: Socket,
  stopping: AbortSignal,
  talk: (conversation: Conversation) => Promise<void>,
): Promise<void> {
  const stop = () => void socket.destroy()
  if (stopping.aborted) stop()
  stopping.addEventListener('abort', stop, { once: true })
  // A client that goes away is an end like any other.
  socket.on('error', () => {})
  const turn = createTurns(ANSWERS_A_TURN)
  const sendInTurns = async (data: string | Buffer) => {
    await send(socket, data)
    await turn()
  }
  try {
    await talk({ socket, reader: createByteReader(socket), send: sendInTurns })
    await flush(socket)
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}

async function send(socket: Socket, data: string | Buffer): Promise<void> {
  if (!socket.writable || socket.write(data)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.once('drain', done).once('close', done)
  })
}

async function flush(socket: Socket): Promise<void> {
  if (!socket.writable) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LAST_ANSWER_MS)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    socket.once('close', done)
    socket.end(done)
  })
}
