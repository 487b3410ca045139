import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface ProofsOptions {
  /** Shared by all processes and replicas: any of them may be who is reached. */
  secretKey: string
  /** Keeps the requests of one check from being those of another. */
  purpose: 'url' | 'dns'
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Requests that only this server can make, and answers that only it can give: whoever answers one rightly is this server. */
export interface Proofs {
  /** A request and its answer: small letters and digits, at most 57 characters, which is a label of the DNS, and 32. */
  request(): { text: string; answer: string }
  /** What this server answers the request of a check; null: it is none, and must be answered as any other. */
  answerTo(text: string): string | null
}

/** How old a request may be. */
const VALID_MS = 60_000
/** Its time in base 36, a nonce and a signature of 128 bits. No token has so many characters. */
const REQUEST = /^([0-9a-z]{8,9}[0-9a-f]{16})([0-9a-f]{32})$/
const TIME_CHARACTERS = -16

export function createProofs({ secretKey, purpose, now }: ProofsOptions): Proofs {
  const sign = (part: 'request' | 'answer', challenge: string) =>
    createHmac('sha256', secretKey)
      .update(`canary ${purpose} ${part} ${challenge}`)
      .digest('hex')
      .slice(0, 32)

  return {
    request() {
      const challenge = `${now().toString(36)}${randomBytes(8).toString('hex')}`
      return { text: challenge + sign('request', challenge), answer: sign('answer', challenge) }
    },
    answerTo(text) {
      const [, challenge = '', signature = ''] = REQUEST.exec(text) ?? []
      const madeAt = Number.parseInt(challenge.slice(0, TIME_CHARACTERS), 36)
      if (challenge === '' || Math.abs(now() - madeAt) > VALID_MS) return null
      const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(sign('request', challenge)))
      return isOurs ? sign('answer', challenge) : null
    },
  }
}
