import { Agent, request } from 'undici'
import type { AddressGuard } from './address-guard.js'

/** A message for the HTTP API of another system. */
export interface OutboundRequest {
  url: string
  headers: Record<string, string>
  body: string
}

/** The other side did not take a message; the text says why, and may be shown to an administrator. */
export class DeliveryError extends Error {
  override name = 'DeliveryError'

  /** Seconds the other side asked to be left alone for (`Retry-After`). */
  readonly retryAfter: number | null
  /** The other side understood this very message and will never take it. */
  readonly permanent: boolean

  constructor(message: string, { retryAfter = null, permanent = false, cause }: DeliveryErrorOptions = {}) {
    super(message, { cause })
    this.retryAfter = retryAfter
    this.permanent = permanent
  }
}

interface DeliveryErrorOptions {
  retryAfter?: number | null
  permanent?: boolean
  cause?: unknown
}

/** Answers that are about the message itself, not about who sends it, where, or when. */
const REFUSED_MESSAGE = new Set([400, 413, 415, 422])

/** Sends one message. Resolves with what the other side said, in short. @throws {DeliveryError | ForbiddenTargetError} */
export type OutboundHttp = (message: OutboundRequest) => Promise<string>

/** Asks for a page. @returns its status and the printable beginning of its text. @throws {DeliveryError | ForbiddenTargetError} */
export type OutboundGet = (url: string) => Promise<{ status: number; text: string }>

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 16 * 1024
const SHOWN_ANSWER = 200

/** Aborts when a message to another system, or the search for its address, has taken too long. */
export const outboundDeadline = () => AbortSignal.timeout(TIMEOUT_MS)

/**
 * HTTP to targets that people chose: only http and https, only to addresses that the guard permits, checked on the very
 * address that is connected to. Redirects are never followed, so they cannot lead anywhere else.
 * @param deadline begins the time that one message may take in all.
 */
export function createOutboundHttp(
  guard: AddressGuard,
  deadline: () => AbortSignal = outboundDeadline,
): { send: OutboundHttp; get: OutboundGet; close(): Promise<void> } {
  const agent = new Agent({
    connections: 4,
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    keepAliveTimeout: 10_000,
    connect: {
      // Host names come through here; address literals do not, and are checked before.
      lookup: (host, { all }, done) => {
        guard.addressOf(host, deadline()).then(
          ({ address, family }) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
          (error: Error) => done(error, []),
        )
      },
    },
  })
  return {
    async send({ url, headers, body }) {
      // The agent's limits are each about a pause; this one is about the whole.
      const signal = deadline()
      await guard.addressOf(new URL(url).hostname, signal).catch((error: unknown) => {
        throw transportError(error)
      })
      const response = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'user-agent': 'EvilTwin', ...headers },
        body,
        signal,
      }).catch((error: unknown) => {
        throw transportError(error)
      })
      const answer = await firstBytes(response.body).catch((error: unknown) => {
        throw transportError(error)
      })
      const { statusCode } = response
      if (statusCode >= 200 && statusCode < 300) return `${statusCode} ${answer}`.trim()
      if (statusCode >= 300 && statusCode < 400) {
        throw new DeliveryError(`answered ${statusCode}: redirects are not followed; enter the final URL`)
      }
      const retryAfter = Number(response.headers['retry-after'])
      throw new DeliveryError(`answered ${statusCode} ${answer}`.trim(), {
        retryAfter: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
        permanent: REFUSED_MESSAGE.has(statusCode),
      })
    },
    async get(url) {
      const signal = deadline()
      try {
        await guard.addressOf(new URL(url).hostname, signal)
        const { statusCode, body } = await request(url, { dispatcher: agent, signal })
        return { status: statusCode, text: await firstBytes(body) }
      } catch (error) {
        throw transportError(error)
      }
    },
    close: () => agent.destroy(),
  }
}

/** The beginning of an answer as printable text; the rest is not read. */
async function firstBytes(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) {
      body.destroy()
      break
    }
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, SHOWN_ANSWER)
}

/** What a failure before an answer is to the caller: a forbidden target, or a transport error, which may be transient. */
export function transportError(error: unknown): Error {
  const { name, code, message } = error as { name?: string; code?: string; message: string }
  if (name === 'ForbiddenTargetError') return error as Error
  if (name === 'TimeoutError' || /TIMEOUT/.test(code ?? '')) {
    return new DeliveryError(`no answer within ${TIMEOUT_MS / 1000} s`, { cause: error })
  }
  return new DeliveryError(`cannot be reached: ${message || code}`, { cause: error })
}
