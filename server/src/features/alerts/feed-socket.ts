/** The part of a WebSocket that the feed needs. */
export interface FeedSocket {
  /** Bytes accepted and not yet handed to the network. */
  readonly bufferedAmount: number
  send(text: string, sent: () => void): void
  ping(): void
  close(code: number, reason: string): void
}

/** A socket with the bounds of what may be buffered for its client. */
export interface FeedSocketWriter {
  send(text: string): void
  /** Too much is buffered already: the client reads too slowly. */
  isFull(): boolean
  /** Resolves when the network has taken most of what it was given, or the client is gone. */
  drained(): Promise<void>
  /** The client is gone; whoever waits for it goes on. */
  closed(): void
}

/** A client with this many bytes to go is slow: nothing more is kept for it, the store has it all. */
const HIGH_WATER_BYTES = 256 * 1024
const LOW_WATER_BYTES = 64 * 1024

/** Writes to one client; only one caller may wait in `drained` at a time. */
export function createFeedSocketWriter(socket: FeedSocket): FeedSocketWriter {
  let isClosed = false
  let waiting: (() => void) | null = null
  return {
    send(text) {
      socket.send(text, () => waiting?.())
    },
    isFull: () => socket.bufferedAmount > HIGH_WATER_BYTES,
    drained: () =>
      new Promise((resolve) => {
        const check = () => {
          if (!isClosed && socket.bufferedAmount > LOW_WATER_BYTES) return
          waiting = null
          resolve()
        }
        waiting = check
        check()
      }),
    closed() {
      isClosed = true
      waiting?.()
    },
  }
}
