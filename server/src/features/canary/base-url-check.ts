import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { CanaryUrlCheck } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { OutboundGet } from '../../platform/outbound/outbound-http.js'

export interface BaseUrlCheckOptions {
  /** Where visitors reach tokens, without a final slash. */
  canaryUrl: string
  /** Shared by all processes and replicas: any of them may be who is reached. */
  secretKey: string
  get: OutboundGet
  now: () => number
}

/** Whether the URL of tokens leads to this server, tried by a request that visitors cannot make. */
export interface BaseUrlCheck {
  /** Requests the URL; checks at the same time are one. */
  run(): Promise<CanaryUrlCheck>
  /** What this server answers the request of a check; null: it is none, and must be answered as any other. */
  proofOf(path: string): string | null
}

/** How old the request of a check may be. */
const VALID_MS = 60_000
const CHECK = /^([0-9a-z]{8,9})([0-9a-f]{32})([0-9a-f]{64})$/

export function createBaseUrlCheck({ canaryUrl, secretKey, get, now }: BaseUrlCheckOptions): BaseUrlCheck {
  let running: Promise<CanaryUrlCheck> | null = null
  const sign = (purpose: string, text: string) =>
    createHmac('sha256', secretKey).update(`canary url ${purpose} ${text}`).digest('hex')

  async function check(): Promise<CanaryUrlCheck> {
    const challenge = `${now().toString(36)}${randomBytes(16).toString('hex')}`
    const checked = { url: canaryUrl, checked_at: timestampOf(now()) }
    try {
      const { status, text } = await get(`${canaryUrl}/c/${challenge}${sign('request', challenge)}`)
      if (text === sign('answer', challenge))
        return { ...checked, outcome: 'reachable', detail: 'This server answered by the URL of its tokens.' }
      const detail = `Another program answered ${status}: the name leads elsewhere, or a proxy does not pass /c/ on.`
      return { ...checked, outcome: 'another_program', detail }
    } catch (error) {
      return { ...checked, outcome: 'unreachable', detail: (error as Error).message }
    }
  }

  return {
    run() {
      running ??= check().finally(() => {
        running = null
      })
      return running
    },
    proofOf(path) {
      const [, time = '', nonce = '', signature = ''] = CHECK.exec(path) ?? []
      const challenge = time + nonce
      if (challenge === '' || Math.abs(now() - Number.parseInt(time, 36)) > VALID_MS) return null
      const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(sign('request', challenge)))
      return isOurs ? sign('answer', challenge) : null
    },
  }
}
