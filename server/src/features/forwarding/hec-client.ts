import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** Splunk did not take a batch; it is to be sent again. */
export class HecError extends Error {
  override name = 'HecError'
}

/**
 * Sends a batch of HEC envelopes (JSON texts). Resolves once Splunk says that they are indexed, or, where the token has no
 * acknowledgement, that they are accepted. @throws {HecError}
 */
export type HecClient = (envelopes: readonly string[]) => Promise<void>

const TIMEOUT_MS = 15_000
const ACK_POLL_MS = 500
const ACK_TIMEOUT_MS = 60_000
const Accepted = z.object({ code: z.number(), text: z.string(), ackId: z.number().optional() })
const Acknowledged = z.object({ acks: z.record(z.string(), z.boolean()) })

/** https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck */
export function createHecClient(baseUrl: string, token: string): HecClient {
  const channel = randomUUID()
  const collector = `${baseUrl.replace(/\/services\/collector.*$/, '')}/services/collector`

  async function post(path: string, body: string): Promise<unknown> {
    const response = await fetch(`${collector}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Splunk ${token}`,
        'content-type': 'application/json',
        'x-splunk-request-channel': channel,
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      throw new HecError(`the collector cannot be reached: ${error.name}`, { cause: error })
    })
    const answer = await response.text()
    if (!response.ok) throw new HecError(`the collector answered ${response.status} ${answer.slice(0, 200)}`)
    try {
      return JSON.parse(answer)
    } catch (error) {
      throw new HecError('the collector answered something that is not JSON', { cause: error })
    }
  }

  return async (envelopes) => {
    const accepted = Accepted.safeParse(await post('/event', envelopes.join('\n')))
    if (!accepted.success || accepted.data.code !== 0) {
      throw new HecError(`the collector did not accept the batch: ${accepted.data?.text ?? 'unknown answer'}`)
    }
    const { ackId } = accepted.data
    if (ackId === undefined) return
    const deadline = performance.now() + ACK_TIMEOUT_MS
    while (performance.now() < deadline) {
      const answer = Acknowledged.safeParse(
        await post(`/ack?channel=${channel}`, JSON.stringify({ acks: [ackId] })),
      )
      if (answer.data?.acks[String(ackId)]) return
      await sleep(ACK_POLL_MS)
    }
    throw new HecError(`the collector did not acknowledge the batch within ${ACK_TIMEOUT_MS / 1000} s`)
  }
}
