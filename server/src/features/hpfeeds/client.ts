import { setTimeout as sleep } from 'node:timers/promises'
import { equalJitter } from '../../domain/equal-jitter.js'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { brokerOf, type ClientSessionOptions, runClientSession } from './client-session.js'

export interface ClientOptions extends Omit<ClientSessionOptions, 'onSubscribed'> {
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
  /** Why the broker has been away for a minute and more, in words that anybody may read; null otherwise. */
  problem(): string | null
  /** Closes the connection and resolves once what it received is stored, or the attempt to do so has ended. */
  stop(): Promise<void>
}

const LEADER_POLL_MS = 1_000
const SHORTEST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
const PROBLEM_MS = 60_000

/** Subscribes at once, as soon as this process is the leader, until it is stopped. */
export function startClient(options: ClientOptions): HpfeedsClient {
  const { subscription, isLeader, publish, log, now } = options
  const { pause = (ms, signal) => sleep(ms, undefined, { signal }) } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const broker = brokerOf(subscription)
  let isConnected = false
  let away: { since: number; reason: string } | null = null

  function onSubscribed(): void {
    isConnected = true
    away = null
    log.info('Connected with the hpfeeds broker', { broker, channels: subscription.channels.length })
  }

  /** One connection. @returns why it ended. */
  async function connectOnce(): Promise<string> {
    try {
      return await runClientSession({ ...options, onSubscribed }, signal)
    } catch (error) {
      return (error as Error).message
    } finally {
      isConnected = false
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
      const reason = await connectOnce()
      if (signal.aborted) return
      away = { since: away?.since ?? now(), reason }
      publish({ kind: 'connector_waiting', connector: 'hpfeeds', reason: 'broker-away' })
      log.warning('The hpfeeds broker is away', { broker, cause: reason })
      // A connection that held for a while was good: what ended it is most likely over.
      pauseMs = now() - began > LONGEST_PAUSE_MS ? SHORTEST_PAUSE_MS : pauseMs
      await pause(equalJitter(pauseMs), signal).catch(() => {})
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
