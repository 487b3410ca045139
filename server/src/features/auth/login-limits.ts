import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { TooManyRequestsError } from '../../platform/errors.js'

export interface LoginLimits {
  /** Counts an attempt before its password is looked at, so that many at once cannot pass together. @throws {TooManyRequestsError} */
  attempt(ip: string, username: string): Promise<void>
  /** The attempt was right: it does not count, and earlier mistakes of this user are forgiven. */
  succeeded(ip: string, username: string): Promise<void>
  /** Nobody could say whether the attempt was right: it does not count. */
  undecided(ip: string, username: string): Promise<void>
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
    async attempt(ip, username) {
      const address = networkOf(ip)
      const both = `${address} ${nameKey(username)}`
      await refuseAbove(byAddress, address, ip)
      await refuseAbove(byBoth, both, ip)
      await consume(byAddress, address, ip)
      await consume(byBoth, both, ip)
    },
    async succeeded(ip, username) {
      const address = networkOf(ip)
      await Promise.all([byAddress.reward(address), byBoth.delete(`${address} ${nameKey(username)}`)])
    },
    async undecided(ip, username) {
      const address = networkOf(ip)
      await Promise.all([byAddress.reward(address), byBoth.reward(`${address} ${nameKey(username)}`)])
    },
  }
}

/** An attempt that is refused does not count: it must not prolong the refusal. */
async function refuseAbove(limiter: RateLimiterMemory, key: string, ip: string): Promise<void> {
  const state = await limiter.get(key)
  if (state && state.consumedPoints >= limiter.points) throw tooMany(ip, state)
}

async function consume(limiter: RateLimiterMemory, key: string, ip: string): Promise<void> {
  await limiter.consume(key).catch((refusal: unknown) => {
    throw refusal instanceof RateLimiterRes ? tooMany(ip, refusal) : refusal
  })
}

function tooMany(ip: string, { msBeforeNext }: RateLimiterRes): TooManyRequestsError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new TooManyRequestsError(
    `too many failed logins from ${ip}; try again in ${seconds} seconds`,
    seconds,
  )
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
