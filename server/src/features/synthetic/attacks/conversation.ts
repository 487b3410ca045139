import { connect, type Socket } from 'node:net'
import type { TargetAddress } from './guarded-target.js'

/** One exchange with a server: what is waited for, then what is sent. */
export interface Exchange {
  /** In what the server sent since the exchange before; null: nothing is waited for. */
  await: RegExp | null
  send: string
}

/** What a server may send in one exchange; a decoy sends a banner and a prompt. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Speaks with a server line by line, and leaves. Rejects when it cannot connect, the server leaves before the end, or the deadline passes.
 */
export async function converse(
  { address, port }: TargetAddress,
  exchanges: readonly Exchange[],
  deadline: AbortSignal,
): Promise<void> {
  const socket = connect({ host: address, port, signal: deadline })
  try {
    await opened(socket)
    const reader = readingFrom(socket)
    for (const exchange of exchanges) {
      if (exchange.await !== null) await reader.until(exchange.await, deadline)
      socket.write(exchange.send)
    }
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

/** How long the server may take to read what was sent last and answer it. */
const LAST_ANSWER_MS = 1_500

/** Resolves when the server ends the connection, or has had the time for it. */
function ended(socket: Socket, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
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

function readingFrom(socket: Socket) {
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
  return {
    async until(wanted: RegExp, deadline: AbortSignal): Promise<void> {
      deadline.addEventListener('abort', () => finish(deadline.reason as Error), { once: true })
      while (!wanted.test(text)) {
        if (over) throw over
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      text = ''
    },
  }
}
