import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { BATCH, type Published, type RecordOptions, storePublished } from './records.js'
import type { HpfeedsSubscription } from './settings.js'
import { createDecoder, digestOf, encode, type HpfeedsMessage } from './wire.js'

export interface ClientOptions extends RecordOptions {
  subscription: HpfeedsSubscription
  /** One process of all replicas subscribes: each of several would receive everything. */
  isLeader: () => boolean
  publish: Publish
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
  /** Waits between attempts. @throws when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** A subscription at a broker that is kept up: after each end it connects again. */
export interface HpfeedsClient {
  /** Host and port of the broker. */
  broker: string
  isConnected(): boolean
  /** Why the broker has been away for a minute and more; null otherwise. */
  problem(): string | null
  stop(): Promise<void>
}

const DEFAULT_PORT = 10_000
const ANSWER_MS = 10_000
const LEADER_POLL_MS = 1_000
const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
const PROBLEM_MS = 60_000
/** As in hpfeeds itself. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024

export function startClient(options: ClientOptions): HpfeedsClient {
  const { subscription, isLeader, publish, log, now } = options
  const { pause = (ms, signal) => sleep(ms, undefined, { signal }) } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const broker = `${subscription.url.hostname}:${subscription.url.port || DEFAULT_PORT}`
  let isConnected = false
  let away: { since: number; reason: string } | null = null

  /** Receives until the connection ends. @throws {Error} why it ended. */
  async function receive(socket: Socket): Promise<void> {
    const decoder = createDecoder(MAX_MESSAGE_BYTES)
    for await (const chunk of socket) {
      const batch: Published[] = []
      try {
        for (const message of decoder.push(chunk as Buffer, () => MAX_MESSAGE_BYTES)) {
          if (message.op === 'publish') batch.push(message)
          else answer(socket, message)
          if (batch.length === BATCH) await store(batch.splice(0))
        }
      } finally {
        await store(batch)
      }
    }
    throw new Error('the broker closed the connection')
  }

  async function store(batch: readonly Published[]): Promise<void> {
    if (batch.length === 0) return
    await storePublished(batch, options, { key: subscription.key, address: broker, signal })
  }

  function answer(socket: Socket, message: HpfeedsMessage): void {
    if (message.op === 'error') throw new Error(`the broker refuses: ${message.text.slice(0, 200)}`)
    if (message.op !== 'info') throw new Error(`the broker sent a message ${message.op}`)
    const { ident, secret, channels } = subscription
    socket.write(encode({ op: 'auth', ident, digest: digestOf(message.nonce, secret) }))
    for (const channel of channels) socket.write(encode({ op: 'subscribe', ident, channel }))
    socket.setTimeout(0)
    isConnected = true
    away = null
    log.info('Connected with the hpfeeds broker', { broker, channels: channels.length })
  }

  /** One connection. @throws {Error} why it ended. */
  async function session(): Promise<void> {
    const socket = open(subscription.url)
    const close = () => void socket.destroy()
    signal.addEventListener('abort', close)
    const watch = setInterval(() => {
      if (!isLeader()) close()
    }, LEADER_POLL_MS)
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the broker does not answer')))
    try {
      await receive(socket)
    } finally {
      isConnected = false
      clearInterval(watch)
      signal.removeEventListener('abort', close)
      socket.destroy()
    }
  }

  async function run(): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS
    while (!signal.aborted) {
      if (!isLeader()) {
        away = null
        await pause(LEADER_POLL_MS, signal).catch(() => {})
        continue
      }
      const began = now()
      const reason = await session().then(String, ({ message }: Error) => message)
      if (signal.aborted) return
      away ??= { since: now(), reason }
      away.reason = reason
      publish({ kind: 'connector_waiting', connector: 'hpfeeds', reason: 'broker-away' })
      log.warning('The hpfeeds broker is away', { broker, cause: reason })
      // A connection that held for a while was good: what ended it is most likely over.
      pauseMs = now() - began > LONGEST_PAUSE_MS ? SHORTEST_PAUSE_MS : pauseMs
      await pause(pauseMs * (0.5 + Math.random() / 2), signal).catch(() => {})
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    }
  }

  const running = run()
  return {
    broker,
    isConnected: () => isConnected,
    problem: () =>
      away !== null && now() - away.since >= PROBLEM_MS
        ? `the hpfeeds broker ${broker} cannot be subscribed to: ${away.reason}`
        : null,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

function open({ protocol, hostname, port }: URL): Socket {
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || DEFAULT_PORT }
  const socket =
    protocol === 'hpfeeds+tls:' ? connectTls({ ...target, servername: hostname }) : connect(target)
  return socket.setKeepAlive(true, ANSWER_MS)
}
