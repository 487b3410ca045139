import ipaddr from 'ipaddr.js'
import { InvalidInputError } from '../errors.js'
import { canonicalIp } from '../sensors/ip-address.js'

/**
 * One address, in the spelling the store uses.
 * @throws {InvalidInputError}
 */
export function addressOf(text: string, pointer: string): string {
  const address = canonicalIp(text.trim())
  if (!address)
    throw new InvalidInputError('that is not an IP address', [
      { pointer, message: 'an IPv4 or IPv6 address' },
    ])
  return address
}

/**
 * An address or a network in CIDR notation, host bits cleared as PostgreSQL's `<<=` expects.
 * @throws {InvalidInputError}
 */
export function networkOf(text: string, pointer: string): string {
  if (!text.includes('/')) return addressOf(text, pointer)
  try {
    const [address, bits] = ipaddr.parseCIDR(text.trim())
    const network =
      address.kind() === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)
        : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`)
    return `${network}/${bits}`
  } catch {
    throw new InvalidInputError('that is no network', [
      { pointer, message: 'CIDR notation, such as 203.0.113.0/24' },
    ])
  }
}
