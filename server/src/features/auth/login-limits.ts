import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { TooManyRequestsError } from '../../platform/errors.js'

export interface LoginLimits {
  /** @throws {TooManyRequestsError} when this address has failed too often. */
  check(ip: string, username: string): Promise<void>
  failed(ip: string, username: string): Promise<void>
  succeeded(ip: string, username: string): Promise<void>
}

/** An office behind one address may mistype this often; a dictionary needs more. */
const PER_ADDRESS = { points: 30, duration: 300, blockDuration: 300 }
const PER_ADDRESS_AND_USER = { points: 8, duration: 300, blockDuration: 60 }

/**
 * Limits guessing by where it comes from, never by whom it is aimed at alone: nobody can lock a user out from another
 * address. Distributed guessing is slowed by the cost of each hash, and shows as an operational alert.
 */
export function createLoginLimits(): LoginLimits {
  const byAddress = new RateLimiterMemory({ keyPrefix: 'address', ...PER_ADDRESS })
  const byBoth = new RateLimiterMemory({ keyPrefix: 'both', ...PER_ADDRESS_AND_USER })
  return {
    async check(ip, username) {
      const address = networkOf(ip)
      for (const [limiter, key, points] of [
        [byAddress, address, PER_ADDRESS.points],
        [byBoth, `${address} ${nameKey(username)}`, PER_ADDRESS_AND_USER.points],
      ] as const) {
        const state = await limiter.get(key)
        if (state && state.consumedPoints >= points) {
          const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
          throw new TooManyRequestsError(
            `too many failed logins from ${ip}; try again in ${seconds} seconds`,
            seconds,
          )
        }
      }
    },
    async failed(ip, username) {
      const address = networkOf(ip)
      await Promise.all([consume(byAddress, address), consume(byBoth, `${address} ${nameKey(username)}`)])
    },
    async succeeded(ip, username) {
      await byBoth.delete(`${networkOf(ip)} ${nameKey(username)}`)
    },
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  await limiter.consume(key).catch((refusal: unknown) => {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
  })
}

/** One IPv6 customer has a /64 at least: its addresses count as one. */
function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4' ? address.toString() : `${address.toByteArray().slice(0, 8).join('.')}/64`
}

function nameKey(username: string): string {
  return username.toLowerCase().slice(0, 64)
}
