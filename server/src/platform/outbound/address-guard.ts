import { lookup as resolve } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Network, networks } from '../../domain/networks.js'

/** The target is an address that this server must not be made to speak to. */
export class ForbiddenTargetError extends Error {
  override name = 'ForbiddenTargetError'
}

/** Finds the address of a host that may be spoken to. */
export interface AddressGuard {
  /**
   * Resolves a host name or address literal. The caller connects to the answer and to nothing else: resolving again
   * could give another answer (DNS rebinding).
   * @throws {ForbiddenTargetError} when any of its addresses is not public and not allowed; any other error means that the name
   * could not be resolved now.
   * @param deadline ends the wait for a resolver that does not answer; rejects with its reason.
   */
  addressOf(host: string, deadline: AbortSignal): Promise<{ address: string; family: 4 | 6 }>
}

/** Addresses that no public service has (IANA special-purpose registries, RFC 6890), and the ways to wrap an IPv4 one. */
const NOT_PUBLIC = networks(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
)

/**
 * Waits for a lookup until the deadline; the lookup itself cannot be cancelled, its answer is dropped.
 * @throws the reason of the signal, once it is aborted.
 */
async function before<Result>(deadline: AbortSignal, lookup: Promise<Result>): Promise<Result> {
  deadline.throwIfAborted()
  let stopWaiting = () => {}
  const late = new Promise<never>((_, reject) => {
    stopWaiting = () => reject(deadline.reason)
    deadline.addEventListener('abort', stopWaiting, { once: true })
  })
  try {
    return await Promise.race([lookup, late])
  } finally {
    deadline.removeEventListener('abort', stopWaiting)
  }
}

/** @param allowed networks that the operator opened (OUTBOUND_ALLOWED_NETWORKS). */
export function createAddressGuard(
  allowed: readonly Network[],
  lookup: typeof resolve = resolve,
): AddressGuard {
  return {
    async addressOf(host, deadline) {
      const bare = host.startsWith('[') ? host.slice(1, -1) : host
      const family = isIP(bare)
      const addresses = family
        ? [{ address: bare, family }]
        : await before(deadline, lookup(bare, { all: true }))
      for (const { address } of addresses) {
        if (!isPermitted(address)) {
          throw new ForbiddenTargetError(
            `${host} is the private or reserved address ${address}; the operator can allow it in OUTBOUND_ALLOWED_NETWORKS`,
          )
        }
      }
      const [first] = addresses
      if (!first) throw new Error(`${host} has no address`)
      return { address: first.address, family: first.family === 6 ? 6 : 4 }
    },
  }

  function isPermitted(address: string): boolean {
    const within = (network: Network) => network.contains(address)
    return allowed.some(within) || !NOT_PUBLIC.some(within)
  }
}
