import { hash } from 'node:crypto'
import type { Logger } from '../../platform/logger.js'
import type { HookKind, Step } from './acts.js'
import type { IngestDelay } from './ingest-delay.js'

export interface SenderOptions {
  /** Where this server listens, without a final slash. */
  url: string
  keys: { demo: string; unknown: string }
  /** Paths of the webhooks of canary tokens. */
  hooks: Readonly<Record<HookKind, string>>
  delay: Pick<IngestDelay, 'inject'>
  /** How many seconds of the schedule pass in a second. */
  speed: number
  /** Milliseconds since the epoch. */
  now: () => number
  log: Logger
}

export interface Sender {
  /** Performs one step over HTTP, as a sensor does. Never throws: what fails is logged, once until something succeeds again. */
  perform(step: Step): Promise<void>
  /** Sends many records, one a line, with the demo's key. */
  sendLines(lines: string): Promise<void>
}

/** An answer takes less, the injected delay included. */
const TIMEOUT_MS = 10_000

export function createSender({ url, keys, hooks, delay, speed, now, log }: SenderOptions): Sender {
  let failing = false

  const post = (path: string, key: string | null, type: string, body: string) =>
    send('POST', path, key, type, body)

  async function send(
    method: 'POST' | 'PUT',
    path: string,
    key: string | null,
    type: string,
    body: string | Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    try {
      const { status } = await fetch(url + path, {
        method,
        headers: { 'content-type': type, ...(key !== null && { authorization: `Bearer ${key}` }) },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (status >= 500) throw new Error(`${path.split('/', 2).join('/')} answered ${status}`)
      failing = false
    } catch (error) {
      if (!failing)
        log.warning('Demo traffic cannot be sent; trying again', { cause: (error as Error).message })
      failing = true
    }
  }

  return {
    async perform(step) {
      if (step.kind === 'delay') {
        const forMs = (step.seconds * 1000) / speed
        delay.inject(step.milliseconds, forMs)
        log.warning('The demo delays POST /log', { delay_ms: step.milliseconds, for_ms: forMs })
        return
      }
      if (step.kind === 'file') {
        const { content, kind: _, at: __, ...owner } = step
        const path = `/evidence/files/${hash('sha256', content)}?${new URLSearchParams(owner)}`
        return send('PUT', path, keys.demo, 'application/octet-stream', new Uint8Array(content))
      }
      const body = JSON.stringify(step.record(new Date(now())))
      if (step.kind === 'canary') return post(hooks[step.hook], null, 'application/json', body)
      return post('/log', keys[step.key], 'application/json', body)
    },
    sendLines: (lines) => post('/log', keys.demo, 'application/x-ndjson', lines),
  }
}
