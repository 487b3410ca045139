import { canonicalIp } from '../../domain/ip-address.js'
import { parseNetwork } from '../../domain/networks.js'
import { InvalidInputError } from '../errors.js'

/**
 * One address, in the spelling the store uses.
 * @throws {InvalidInputError}
 */
export function addressOf(text: string, pointer: string): string {
  const address = canonicalIp(text.trim())
  if (!address)
    throw new InvalidInputError('the value is not an IP address', [
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
  const network = parseNetwork(text)
  if (network) return network.text
  throw new InvalidInputError('the value is not a network', [
    { pointer, message: 'CIDR notation, such as 203.0.113.0/24' },
  ])
}
