import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NewHeartbeat } from '@eviltwin/contract'
import { Problem } from '@eviltwin/contract/problem'
import type { Logger } from '../logger.js'

export interface HeartbeatSenderOptions {
  /** The server. */
  url: string
  /** Read for each heartbeat, so that a new key needs no restart. @throws {Error} when it cannot be read. */
  key: () => string | undefined
  /** The sensor, of a key for several sensors. */
  sensor?: string
  /** Where the command takes the sensor from, for whoever has a key for several sensors. */
  sensorHint?: string
  software: string
  version: string
  /** What waits because the server does not take it. */
  spooledBytes: () => number
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
  /** From 0 to 1. */
  random: () => number
  /** Waits until it may send again. @throws when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** States to the server once a minute that this process runs. That it fails is no failure of the process: it is logged when it begins. */
export interface HeartbeatSender {
  /** Resolves when a heartbeat under way has ended; there is no other. */
  stop(): Promise<void>
}

const PERIOD_MS = 60_000
/** Senders that start together do not stay together. */
const JITTER = 0.1
const REQUEST_TIMEOUT_MS = 10_000
const MAX_RETRY_AFTER_MS = 600_000

/** Sends the first heartbeat at once. */
export function startHeartbeats(options: HeartbeatSenderOptions): HeartbeatSender {
  const { log, random, pause = (ms, signal) => sleep(ms, undefined, { signal }) } = options
  const instance_id = randomUUID()
  const stopping = new AbortController()
  let problem: string | null = null

  function note(cause: string | null): void {
    if (cause !== null && cause !== problem) log.warning('Heartbeat not accepted', { cause })
    if (cause === null && problem !== null) log.info('Heartbeats are accepted again')
    problem = cause
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { cause, retryAfterMs } = await sendHeartbeat(options, instance_id, stopping.signal)
      if (stopping.signal.aborted) return
      note(cause)
      const period = PERIOD_MS * (1 - JITTER + 2 * JITTER * random())
      await pause(Math.max(period, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)), stopping.signal).catch(
        () => {},
      )
    }
  }

  const running = run()
  return {
    stop() {
      stopping.abort()
      return running
    },
  }
}

/** Never rejects. @returns why it was not accepted, and how long the server asks to wait. */
async function sendHeartbeat(
  { url, key, sensor, sensorHint, software, version, spooledBytes, now }: HeartbeatSenderOptions,
  instance_id: string,
  signal: AbortSignal,
): Promise<{ cause: string | null; retryAfterMs: number }> {
  try {
    const credential = key()
    const heartbeat: Partial<NewHeartbeat> = {
      sent_at: new Date(now()).toISOString(),
      software,
      version,
      spooled_bytes: spooledBytes(),
      instance_id,
    }
    const response = await fetch(new URL('/sensors/heartbeat', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
        ...(sensor !== undefined && { 'x-sensor-id': sensor }),
      },
      body: JSON.stringify(heartbeat),
      // What answers there may be another server, which would be sent the key.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
    const problem = Problem.safeParse(await response.json().catch(() => null)).data
    if (response.ok) return { cause: null, retryAfterMs: 0 }
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000 || 0
    const detail = problem ? `: ${problem.detail}` : ''
    const lacksSensor = problem?.errors?.some(({ pointer }) => pointer === '/sensor_id') ?? false
    const hint = lacksSensor && sensorHint !== undefined ? `; ${sensorHint}` : ''
    return { cause: `the server answered ${response.status}${detail}${hint}`, retryAfterMs }
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    return { cause: cause?.code ?? message, retryAfterMs: 0 }
  }
}
