import type { Socket } from 'node:net'
import {
  authenticate,
  type BrokerClient,
  BrokerRefusalError,
  checkPublish,
  checkSubscribe,
} from './broker-access.js'
import { BATCH, type Published, type RecordOptions, storePublished } from './records.js'
import type { BrokerAccounts } from './settings.js'
import type { Subscribers } from './subscribers.js'
import { createDecoder, type HpfeedsMessage } from './wire.js'

export interface BrokerSessionOptions extends RecordOptions {
  accounts: BrokerAccounts
  subscribers: Subscribers
  /** A connection on which nothing is exchanged for so long is closed, in milliseconds; it begins with the authentication. */
  idleMs: number
}

/** A connection with the broker. */
export interface BrokerConnection {
  socket: Socket
  address: string
  /** What the client was greeted with. */
  nonce: Buffer
  /** Aborts when the broker stops. */
  signal: AbortSignal
}

/** What the broker does with the bytes of one connection. */
export interface BrokerSession {
  /**
   * Handles the messages that end within the bytes, in their order. Resolves once what they publish is stored and forwarded: nothing more is to
   * be read before. @throws {BrokerRefusalError | HpfeedsProtocolError} after which the connection is to be closed.
   */
  receive(chunk: Buffer): Promise<void>
}

/** The longest message before a client is known, as in hpfeeds itself: an ident and a digest. */
const MAX_AUTH_BYTES = 5 + 256 + 20
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024

export function createBrokerSession(
  { socket, address, nonce, signal }: BrokerConnection,
  options: BrokerSessionOptions,
): BrokerSession {
  const { accounts, subscribers, idleMs } = options
  const decoder = createDecoder(MAX_MESSAGE_BYTES)
  const maxBytes = () => (client ? MAX_MESSAGE_BYTES : MAX_AUTH_BYTES)
  let client: BrokerClient | null = null

  async function handle(message: HpfeedsMessage, batch: Published[]): Promise<void> {
    if (message.op !== 'publish') {
      await storeAndForward(batch.splice(0))
      return client ? handleSubscription(client, message) : admit(message)
    }
    if (!client) throw new BrokerRefusalError('unauthorized', 'First message was not AUTH')
    checkPublish(client, message)
    batch.push(message)
    if (batch.length === BATCH) await storeAndForward(batch.splice(0))
  }

  function admit(message: HpfeedsMessage): void {
    client = authenticate(accounts, nonce, message)
    socket.setTimeout(idleMs)
  }

  function handleSubscription(subscriber: BrokerClient, message: HpfeedsMessage): void {
    if (message.op !== 'subscribe' && message.op !== 'unsubscribe')
      throw new BrokerRefusalError('protocol_error', `Unexpected message ${message.op}`)
    if (message.op === 'unsubscribe') subscribers.unsubscribe(socket, message.channel)
    else {
      checkSubscribe(subscriber, message.channel)
      subscribers.subscribe(socket, address, message.channel)
    }
  }

  async function storeAndForward(batch: readonly Published[]): Promise<void> {
    if (batch.length === 0 || client?.key === undefined) return
    socket.setTimeout(0)
    const outcome = await storePublished(batch, options, { key: client.key, address, signal })
    socket.setTimeout(idleMs)
    if (outcome === 'stored') subscribers.forward(batch)
  }

  return {
    async receive(chunk) {
      const batch: Published[] = []
      try {
        for (const message of decoder.push(chunk, maxBytes)) await handle(message, batch)
      } finally {
        await storeAndForward(batch)
      }
    },
  }
}
