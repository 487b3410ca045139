import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { BATCH, type Published, type RecordOptions, storePublished } from './records.js'
import type { HpfeedsSubscription } from './settings.js'
import { createDecoder, digestOf, encode, type HpfeedsMessage } from './wire.js'

export interface ClientSessionOptions extends RecordOptions {
  subscription: HpfeedsSubscription
  /** The connection is closed once this process is not the leader any more. */
  isLeader: () => boolean
  /** The broker was sent the authentication and the subscriptions; a refusal would follow. */
  onSubscribed: () => void
}

const DEFAULT_PORT = 10_000
const ANSWER_MS = 10_000
const LEADER_POLL_MS = 1_000
/** As in hpfeeds itself. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024

/** Host and port of the broker of a subscription. */
export function brokerOf({ url }: HpfeedsSubscription): string {
  return `${url.hostname}:${url.port || DEFAULT_PORT}`
}

/**
 * One connection with a broker: authenticates, subscribes and stores what it receives, until it ends. What is received is stored before more
 * is read. @param signal ends it. @throws {Error} why it ended, always.
 */
export async function runClientSession(options: ClientSessionOptions, signal: AbortSignal): Promise<never> {
  const { subscription, isLeader } = options
  const socket = open(subscription.url)
  const close = () => void socket.destroy()
  signal.addEventListener('abort', close)
  const watch = setInterval(() => {
    if (!isLeader()) close()
  }, LEADER_POLL_MS)
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the broker does not answer')))
  try {
    return await receive(socket, options, signal)
  } finally {
    clearInterval(watch)
    signal.removeEventListener('abort', close)
    socket.destroy()
  }
}

function open({ protocol, hostname, port }: URL): Socket {
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || DEFAULT_PORT }
  const socket =
    protocol === 'hpfeeds+tls:' ? connectTls({ ...target, servername: hostname }) : connect(target)
  return socket.setKeepAlive(true, ANSWER_MS)
}

async function receive(socket: Socket, options: ClientSessionOptions, signal: AbortSignal): Promise<never> {
  const decoder = createDecoder(MAX_MESSAGE_BYTES)
  const source = { key: options.subscription.key, address: brokerOf(options.subscription), signal }
  const store = async (batch: readonly Published[]) => {
    if (batch.length > 0) await storePublished(batch, options, source)
  }
  for await (const chunk of socket) {
    const batch: Published[] = []
    try {
      for (const message of decoder.push(chunk as Buffer, () => MAX_MESSAGE_BYTES)) {
        if (message.op === 'publish') batch.push(message)
        else answer(socket, message, options)
        if (batch.length === BATCH) await store(batch.splice(0))
      }
    } finally {
      await store(batch)
    }
  }
  throw new Error('the broker closed the connection')
}

/** Answers the greeting. @throws {Error} for any other message. */
function answer(
  socket: Socket,
  message: HpfeedsMessage,
  { subscription, onSubscribed }: ClientSessionOptions,
): void {
  if (message.op === 'error') throw new Error(`the broker refuses: ${message.text.slice(0, 200)}`)
  if (message.op !== 'info') throw new Error(`the broker sent a message ${message.op}`)
  const { ident, secret, channels } = subscription
  socket.write(encode({ op: 'auth', ident, digest: digestOf(message.nonce, secret) }))
  for (const channel of channels) socket.write(encode({ op: 'subscribe', ident, channel }))
  socket.setTimeout(0)
  onSubscribed()
}
