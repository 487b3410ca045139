import { setTimeout as sleep } from 'node:timers/promises'
import type { Network } from '../../domain/networks.js'
import { createDatagramPort } from '../../platform/sockets/datagram-port.js'
import type { Frame } from './framing.js'

export interface DatagramOptions {
  host: string
  port: number
  allowed: readonly Network[]
  /** What may wait to be stored. */
  maxQueued: { messages: number; bytes: number }
  /** Resolves once the messages are stored. @returns false: they are lost. */
  store: (frames: Frame[], signal: AbortSignal) => Promise<boolean>
  onDropped: (reason: 'not_allowed' | 'queue_full' | 'stopped', address: string, messages: number) => void
}

/** A UDP port, with a queue of what waits to be stored. */
export interface DatagramReceiver {
  /** @throws {Error} when the port cannot be listened on. */
  start(): Promise<void>
  /** Receives nothing more, and stores what waits, for a few seconds at the longest. */
  stop(): Promise<void>
  /** Messages that wait. */
  queued(): number
}

const BATCH = 500
const STOP_MS = 2_000
/** The kernel keeps as much of what this process has not read yet, where it may. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

interface Waiting {
  bytes: Buffer
  address: string
}

/** RFC 5426: a message a datagram. UDP has no flow control: what finds the queue full is dropped and counted. */
export function createDatagramReceiver(options: DatagramOptions): DatagramReceiver {
  const { host, port, allowed, maxQueued, store, onDropped } = options
  const stopping = new AbortController()
  let queue: Waiting[] = []
  let queuedBytes = 0
  let storing: Promise<void> | null = null

  /** Why a datagram cannot wait; null where it may. */
  function refusalOf({ length }: Buffer, address: string): 'not_allowed' | 'queue_full' | null {
    if (!allowed.some((network) => network.contains(address))) return 'not_allowed'
    const isFull = queue.length >= maxQueued.messages || queuedBytes + length > maxQueued.bytes
    return isFull ? 'queue_full' : null
  }

  function receive(bytes: Buffer, address: string): void {
    const refusal = refusalOf(bytes, address)
    if (refusal !== null) {
      onDropped(refusal, address, 1)
      return
    }
    queue.push({ bytes, address })
    queuedBytes += bytes.length
    storing ??= storeAll().finally(() => {
      storing = null
    })
  }

  async function storeAll(): Promise<void> {
    while (queue.length > 0 && !stopping.signal.aborted) {
      const batch = queue.slice(0, BATCH)
      await store(
        batch.map(({ bytes }) => ({ bytes, size: bytes.length })),
        stopping.signal,
      )
      // Only now: what is being stored counts as waiting.
      queue = queue.slice(batch.length)
      for (const { bytes } of batch) queuedBytes -= bytes.length
    }
  }

  const datagrams = createDatagramPort({
    host,
    port,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    onMessage: (bytes, { address }) => receive(bytes, address),
  })
  return {
    start: datagrams.start,
    async stop() {
      await datagrams.stop()
      const isStored = await Promise.race([
        (storing ?? Promise.resolve()).then(() => true),
        sleep(STOP_MS, false, { ref: false }),
      ])
      stopping.abort()
      if (isStored) return
      for (const { address } of queue) onDropped('stopped', address, 1)
      queue = []
    },
    queued: () => queue.length,
  }
}
