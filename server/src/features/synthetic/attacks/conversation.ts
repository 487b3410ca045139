import { connect, type Socket } from 'node:net'
import type { SensorAddress } from './attack.js'

/** A connection to a server that answers in turns. */
export interface Conversation {
  send(bytes: string | Buffer): void
  /**
   * Waits for something in what the server sent since the last wait, which is then forgotten, and gives the match; bytes are characters.
   * Rejects when the server leaves before, sends more than a prompt, or the deadline passes.
   */
  until(wanted: RegExp): Promise<RegExpExecArray>
  /** The next so many bytes, in the place of a match. Rejects as above. */
  bytes(count: number): Promise<Buffer>
  /** Sends the last bytes and ends this direction. */
  end(bytes: Buffer): void
}

/** What a server may send between two waits; a decoy sends a banner and a prompt. */
const MAX_ANSWER_BYTES = 64 * 1024
/** How long the server may take to read what was sent last and answer it. */
const LAST_ANSWER_MS = 1_500

/** Talks with a server, waits until it has read the end, and leaves. Rejects when it cannot connect, and with what `talk` does. */
export async function converse(
  { address, port, from }: Pick<SensorAddress, 'address' | 'port' | 'from'>,
  deadline: AbortSignal,
  talk: (conversation: Conversation) => Promise<void>,
): Promise<void> {
  const socket = connect({
    host: address,
    port,
    signal: deadline,
    ...(from !== undefined && { localAddress: from }),
  })
  try {
    await opened(socket)
    const { until, bytes } = readingFrom(socket, deadline)
    await talk({
      until,
      bytes,
      send: (sent) => void socket.write(sent),
      end: (sent) => void socket.end(sent),
    })
    await ended(socket, deadline)
  } finally {
    socket.destroy()
  }
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
}

/** Resolves when the server ends the connection, or has had the time for it. */
function ended(socket: Socket, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.closed) return resolve()
    const timer = setTimeout(() => {
      socket.end()
      resolve()
    }, LAST_ANSWER_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    deadline.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(deadline.reason)
    })
  })
}

/** What has come from a server, a character a byte. */
function readingFrom(socket: Socket, deadline: AbortSignal): Pick<Conversation, 'until' | 'bytes'> {
  let text = ''
  let wake = () => {}
  let over: Error | null = null
  const finish = (error: Error) => {
    over ??= error
    wake()
  }
  socket.on('data', (part) => {
    text += part.toString('latin1')
    if (text.length > MAX_ANSWER_BYTES) socket.destroy(new Error('the server sent more than a prompt'))
    wake()
  })
  socket.on('error', finish)
  socket.on('close', () => finish(new Error('the server closed the connection')))
  deadline.addEventListener('abort', () => finish(deadline.reason as Error), { once: true })

  async function found<Found>(look: () => Found | null): Promise<Found> {
    for (;;) {
      const result = look()
      if (result !== null) return result
      if (over) throw over
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    until: (wanted) =>
      found(() => {
        const match = wanted.exec(text)
        if (match) text = ''
        return match
      }),
    bytes: (count) =>
      found(() => {
        if (text.length < count) return null
        const taken = Buffer.from(text.slice(0, count), 'latin1')
        text = text.slice(count)
        return taken
      }),
  }
}
