import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { BrokerRefusalError } from './broker-access.js'
import { type BrokerConnection, type BrokerSessionOptions, createBrokerSession } from './broker-session.js'
import { createSubscribers } from './subscribers.js'
import { encode, HpfeedsProtocolError } from './wire.js'

export interface BrokerOptions extends Omit<BrokerSessionOptions, 'subscribers'> {
  /** How long a client may take to authenticate, in milliseconds. */
  authenticationMs: number
  /** Bytes that may wait to be sent to a subscriber; one that reads slower is disconnected. */
  maxUnsentBytes: number
}

/** Receives what sensors publish, and forwards it to subscribers. */
export interface Broker {
  /** Serves a connection until it ends. Messages that are stored are forwarded, never others. */
  serve(socket: Socket, address: string, stopping: AbortSignal): Promise<void>
}

/** What all implementations of hpfeeds read. */
const NONCE_BYTES = 4

export function createBroker(options: BrokerOptions): Broker {
  const { events, authenticationMs, maxUnsentBytes } = options
  const subscribers = createSubscribers({
    maxUnsentBytes,
    onOverflow: (address) => events.refused('queue_full', address, 1),
  })

  async function receive(connection: BrokerConnection): Promise<void> {
    const session = createBrokerSession(connection, { ...options, subscribers })
    // A client that breaks the protocol is sent the reason, so the end of the loop does not close the connection.
    for await (const chunk of connection.socket.iterator({ destroyOnReturn: false }))
      await session.receive(chunk as Buffer)
  }

  /** Sends the reason, as far as the client still reads, and ends the connection. */
  async function refuse({ socket, address, signal }: BrokerConnection, error: unknown): Promise<void> {
    if (signal.aborted || socket.destroyed) return
    if (!(error instanceof BrokerRefusalError) && !(error instanceof HpfeedsProtocolError)) return
    events.refused(error instanceof BrokerRefusalError ? error.reason : 'protocol_error', address)
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      socket.end(encode({ op: 'error', text: error.message }), () => resolve())
    })
  }

  return {
    async serve(socket, address, signal) {
      const connection = { socket, address, signal, nonce: randomBytes(NONCE_BYTES) }
      const stop = () => void socket.destroy()
      signal.addEventListener('abort', stop)
      socket.on('timeout', () => {
        events.refused('idle', address)
        socket.destroy()
      })
      socket.setTimeout(authenticationMs)
      socket.write(encode({ op: 'info', name: 'eviltwin', nonce: connection.nonce }))
      try {
        await receive(connection)
      } catch (error) {
        await refuse(connection, error)
      } finally {
        signal.removeEventListener('abort', stop)
        subscribers.remove(socket)
      }
    },
  }
}
