import { clientBlockOf } from '../../domain/ip-address.js'
import { QueueFullError, TooManyRequestsError } from '../errors.js'

/** Who answers for the bytes of a request. */
export interface BodyOwner {
  /** The id of its key; null without one. */
  key: string | null
  /** Where it comes from. IPv6 addresses count by /64. */
  address: string
}

/** What one request holds of a budget. */
export interface BodyAccount {
  /**
   * Counts bytes that were received or produced; negative ones are given back. Nothing is counted when it throws.
   * @throws {TooManyRequestsError} for more than the share of the key or of the address.
   * @throws {QueueFullError} for more than all requests together may hold.
   */
  hold(bytes: number): void
  /** Gives back everything that is still held. */
  close(): void
}

/** Bounds the bytes of bodies in memory: of all requests together, of one key, and of one address. */
export interface BodyBudget {
  open(owner: BodyOwner): BodyAccount
  /** Bytes held now. */
  held(): number
  /** The most bytes that were ever held at the same time. */
  peak(): number
}

/** One leaked key leaves half to the others; several keys behind one address leave a quarter to other addresses. */
const KEY_SHARE = 1 / 2
const ADDRESS_SHARE = 3 / 4
const RETRY_SECONDS = 1

interface Share {
  limit: number
  bytes: number
  /** Requests that count into it. */
  requests: number
  refusal: () => Error
}

/**
 * @param totalBytes of all requests together. A request may always exceed a limit alone, so that one large body passes under any
 * setting; what a single body may be is limited elsewhere.
 */
export function createBodyBudget(totalBytes: number): BodyBudget {
  const shares = new Map<string, Share>()
  const total: Share = { limit: totalBytes, bytes: 0, requests: 0, refusal: memoryFull }
  let peak = 0

  function shareOf(name: string, limit: number, whose: string): Share {
    const known = shares.get(name)
    if (known) return known
    const share = { limit, bytes: 0, requests: 0, refusal: () => shareExceeded(whose, limit) }
    shares.set(name, share)
    return share
  }

  return {
    open({ key, address }) {
      const named = new Map<string, Share>()
      if (key !== null) named.set(`key ${key}`, shareOf(`key ${key}`, totalBytes * KEY_SHARE, 'this key'))
      const block = clientBlockOf(address)
      named.set(block, shareOf(block, totalBytes * ADDRESS_SHARE, 'this address'))
      // The narrowest first: it is refused who causes it.
      const all = [...named.values(), total]
      for (const share of all) share.requests += 1
      let own = 0
      return {
        hold(bytes) {
          for (const share of all) {
            if (bytes > 0 && share.bytes > own && share.bytes + bytes > share.limit) throw share.refusal()
          }
          own += bytes
          for (const share of all) share.bytes += bytes
          peak = Math.max(peak, total.bytes)
        },
        close() {
          for (const share of all) {
            share.bytes -= own
            share.requests -= 1
          }
          own = 0
          for (const [name, { requests }] of named) if (requests === 0) shares.delete(name)
        },
      }
    },
    held: () => total.bytes,
    peak: () => peak,
  }
}

function shareExceeded(whose: string, limit: number): TooManyRequestsError {
  return new TooManyRequestsError(
    `the requests of ${whose} hold ${limit} bytes at once, which is its share; nothing of this request was kept, send it again when others are answered`,
    RETRY_SECONDS,
  )
}

function memoryFull(): QueueFullError {
  return new QueueFullError('the limit of bytes that wait to be stored is reached')
}
