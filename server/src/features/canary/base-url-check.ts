import type { CanaryUrlCheck } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { OutboundGet } from '../../platform/outbound/outbound-http.js'
import { singleFlight } from '../../platform/single-flight.js'
import type { Proofs } from './proofs.js'

export interface BaseUrlCheckOptions {
  /** Where visitors reach tokens, without a final slash. */
  canaryUrl: string
  proofs: Pick<Proofs, 'request'>
  get: OutboundGet
  now: () => number
}

/** Whether the URL of tokens leads to this server, tried by a request that visitors cannot make. Checks at the same time are one. */
export type BaseUrlCheck = () => Promise<CanaryUrlCheck>

export function createBaseUrlCheck({ canaryUrl, proofs, get, now }: BaseUrlCheckOptions): BaseUrlCheck {
  return singleFlight(async () => {
    const request = proofs.request()
    const checked = { url: canaryUrl, checked_at: timestampOf(now()) }
    try {
      const { status, text } = await get(`${canaryUrl}/c/${request.text}`)
      if (text === request.answer)
        return { ...checked, outcome: 'reachable', detail: 'This server answered by the URL of its tokens.' }
      const detail = `Another program answered ${status}: the name leads elsewhere, or a proxy does not pass /c/ on.`
      return { ...checked, outcome: 'another_program', detail }
    } catch (error) {
      return { ...checked, outcome: 'unreachable', detail: (error as Error).message }
    }
  })
}
