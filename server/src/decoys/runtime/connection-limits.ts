import type { Socket } from 'node:net'

/** What one connection may use at most. */
export interface ConnectionLimits {
  /** Milliseconds from its beginning to its end. */
  totalMs: number
  /** Milliseconds without a byte of the client. */
  idleMs: number
  /** Bytes that are read of it. */
  receivedBytes: number
  /** Bytes that wait for a client that does not read. */
  unsentBytes: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  totalMs: 60 * 60_000,
  idleMs: 3 * 60_000,
  receivedBytes: 64 * 1024 * 1024,
  unsentBytes: 4 * 1024 * 1024,
}

const CHECK_MS = 1_000

/**
 * Ends a connection that uses more than it may.
 * @param now milliseconds of a clock that only goes forward.
 * @returns gives the reason where it was ended, and ends the watch.
 */
export function limitConnection(
  socket: Socket,
  limits: ConnectionLimits,
  now: () => number,
): () => string | null {
  const begun = now()
  let received = socket.bytesRead
  let receivedAt = begun
  let reason: string | null = null

  function check(): void {
    if (socket.bytesRead > received) {
      received = socket.bytesRead
      receivedAt = now()
    }
    reason ??= exceeded()
    if (reason !== null) socket.destroy()
  }

  function exceeded(): string | null {
    if (socket.bytesRead > limits.receivedBytes) return 'too many bytes'
    if (socket.writableLength > limits.unsentBytes) return 'the client does not read'
    if (now() - begun > limits.totalMs) return 'too long'
    return now() - receivedAt > limits.idleMs ? 'idle' : null
  }

  const timer = setInterval(check, Math.min(CHECK_MS, limits.idleMs, limits.totalMs))
  // A flood is over long before the next check.
  const onData = () => {
    if (socket.bytesRead > limits.receivedBytes || socket.writableLength > limits.unsentBytes) check()
  }
  socket.on('data', onData)
  return () => {
    clearInterval(timer)
    socket.off('data', onData)
    return reason
  }
}
