import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { ConnectorRefusal, Publish } from '../../domain/platform-event.js'
import { type Published, type RecordOptions, storePublished } from './records.js'
import type { BrokerAccount, BrokerAccounts } from './settings.js'
import { createDecoder, digestOf, encode, type HpfeedsMessage, HpfeedsProtocolError } from './wire.js'

export interface BrokerOptions extends RecordOptions {
  accounts: BrokerAccounts
  publish: Publish
  /** How long a client may take to authenticate. */
  authenticationMs: number
  /** A connection on which nothing is exchanged for so long is closed. */
  idleMs: number
  /** Bytes that may wait to be sent to a subscriber; one that reads slower is disconnected. */
  maxUnsentBytes: number
}

/** Receives what sensors publish, and passes it on to subscribers. */
export interface Broker {
  /** Serves a connection until it ends. */
  serve(socket: Socket, address: string, stopping: AbortSignal): Promise<void>
}

/** The longest message before a client is known, as in hpfeeds itself: an ident and a digest. */
const MAX_AUTH_BYTES = 5 + 256 + 20
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024
/** What all implementations of hpfeeds read. */
const NONCE_BYTES = 4
const BATCH = 500
/** Channels that one connection may be subscribed to. */
const MAX_CHANNELS = 100

/** Why a connection is ended, with what its client is told. */
class Refused extends Error {
  constructor(
    readonly reason: ConnectorRefusal,
    message: string,
  ) {
    super(message)
  }
}

interface Subscriber {
  socket: Socket
  address: string
  channels: Set<string>
}

/** What is known of a connection. */
interface Client {
  socket: Socket
  address: string
  signal: AbortSignal
  nonce: Buffer
  account: (BrokerAccount & { ident: string }) | null
  subscriber: Subscriber
}

export function createBroker(options: BrokerOptions): Broker {
  const { publish, maxUnsentBytes } = options
  const subscribers = new Set<Subscriber>()

  function refused(reason: ConnectorRefusal, client_ip: string, messages = 0): void {
    publish({
      kind: 'connector_refused',
      connector: 'hpfeeds',
      transport: 'tcp',
      reason,
      client_ip,
      messages,
    })
  }

  async function serve(socket: Socket, address: string, signal: AbortSignal): Promise<void> {
    const subscriber = { socket, address, channels: new Set<string>() }
    const client: Client = {
      socket,
      address,
      signal,
      nonce: randomBytes(NONCE_BYTES),
      account: null,
      subscriber,
    }
    const stop = () => void socket.destroy()
    signal.addEventListener('abort', stop)
    socket.on('timeout', () => {
      refused('idle', address)
      socket.destroy()
    })
    socket.setTimeout(options.authenticationMs)
    socket.write(encode({ op: 'info', name: 'eviltwin', nonce: client.nonce }))
    try {
      await readFrom(client)
    } catch (error) {
      await explain(client, error)
    } finally {
      signal.removeEventListener('abort', stop)
      subscribers.delete(subscriber)
    }
  }

  async function readFrom(client: Client): Promise<void> {
    const decoder = createDecoder(MAX_MESSAGE_BYTES)
    const maxBytes = () => (client.account ? MAX_MESSAGE_BYTES : MAX_AUTH_BYTES)
    // Whoever breaks the protocol is told, so the end of the loop does not close the connection.
    for await (const chunk of client.socket.iterator({ destroyOnReturn: false })) {
      const batch: Published[] = []
      try {
        for (const message of decoder.push(chunk as Buffer, maxBytes)) await take(client, message, batch)
      } finally {
        await pass(client, batch)
      }
    }
  }

  /** Messages are taken in their order; what is published is gathered. */
  async function take(client: Client, message: HpfeedsMessage, batch: Published[]): Promise<void> {
    if (message.op !== 'publish') {
      await pass(client, batch.splice(0))
      return handle(client, message)
    }
    if (!client.account) throw new Refused('unauthorized', 'First message was not AUTH')
    checkPublish(client.account, message)
    batch.push(message)
    if (batch.length === BATCH) await pass(client, batch.splice(0))
  }

  /** Stores what was published, then sends it to whoever subscribed. Nothing more is read before. */
  async function pass(
    { socket, address, signal, account }: Client,
    batch: readonly Published[],
  ): Promise<void> {
    if (batch.length === 0 || account?.key === undefined) return
    publish({ kind: 'connector_received', connector: 'hpfeeds', transport: 'tcp', messages: batch.length })
    socket.setTimeout(0)
    const outcome = await storePublished(batch, options, { key: account.key, signal })
    socket.setTimeout(options.idleMs)
    if (outcome === 'stored') return forward(batch)
    refused(outcome, address, batch.length)
  }

  function forward(batch: readonly Published[]): void {
    for (const message of batch) {
      for (const { socket, address, channels } of subscribers) {
        if (!channels.has(message.channel)) continue
        if (socket.writableLength < maxUnsentBytes) socket.write(encode(message))
        else {
          refused('queue_full', address, 1)
          socket.destroy()
        }
      }
    }
  }

  function handle(client: Client, message: HpfeedsMessage): void {
    if (!client.account) {
      client.account = authenticated(client, message)
      client.socket.setTimeout(options.idleMs)
      return
    }
    if (message.op !== 'subscribe' && message.op !== 'unsubscribe')
      throw new Refused('protocol_error', `Unexpected message ${message.op}`)
    const { channels } = client.subscriber
    if (message.op === 'unsubscribe') channels.delete(message.channel)
    else if (!client.account.subchans.includes(message.channel))
      throw new Refused('unauthorized', `Authkey not allowed to sub here. chan=${message.channel}`)
    else if (channels.size < MAX_CHANNELS) channels.add(message.channel)
    subscribers.add(client.subscriber)
  }

  function authenticated({ nonce }: Client, message: HpfeedsMessage): NonNullable<Client['account']> {
    if (message.op !== 'auth') throw new Refused('unauthorized', 'First message was not AUTH')
    const account = options.accounts.get(message.ident)
    const expected = digestOf(nonce, account?.secret ?? '')
    const isEqual = message.digest.length === expected.length && timingSafeEqual(message.digest, expected)
    if (!account || !isEqual) throw new Refused('unauthorized', 'Authentication failed')
    return { ...account, ident: message.ident }
  }

  /** Says why, as far as the other side still reads, and ends the connection. */
  async function explain({ socket, address, signal }: Client, error: unknown): Promise<void> {
    if (signal.aborted || socket.destroyed) return
    const { reason, message } =
      error instanceof Refused
        ? error
        : { reason: 'protocol_error' as const, message: (error as Error).message }
    if (!(error instanceof Refused) && !(error instanceof HpfeedsProtocolError)) return
    refused(reason, address)
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      socket.end(encode({ op: 'error', text: message }), () => resolve())
    })
  }

  return { serve }
}

function checkPublish({ ident, pubchans }: NonNullable<Client['account']>, message: Published): void {
  if (message.ident !== ident) throw new Refused('unauthorized', 'Invalid authkey in message')
  if (!pubchans.includes(message.channel))
    throw new Refused('unauthorized', `Authkey not allowed to pub here. chan=${message.channel}`)
}
