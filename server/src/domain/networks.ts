import ipaddr from 'ipaddr.js'
import { canonicalIp } from './ip-address.js'

/** A range of addresses, parsed. */
export interface Network {
  /** CIDR notation with the host bits cleared; a single address stands alone. */
  readonly text: string
  contains(address: string): boolean
}

const BITS = { ipv4: 32, ipv6: 128 } as const
const MAPPED_PREFIX_BITS = 96

/** @returns null for text that is neither an address nor CIDR notation, as `10/8` and `010.0.0.1`, which programs read differently. */
export function parseNetwork(text: string): Network | null {
  const [, base = '', suffix] = /^([\d.a-f:]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? []
  const mapped = canonicalIp(base)
  if (mapped === null) return null
  // What is mapped into IPv6 is a network of IPv4 whose prefix begins after the mapping; `::ffff:0:0/96` is the mapping itself.
  const isMapping = suffix !== undefined && base.includes(':') && Number(suffix) <= MAPPED_PREFIX_BITS
  const address = isMapping ? ipaddr.IPv6.parse(base) : ipaddr.parse(mapped)
  const kind = address.kind()
  const prefixBits = kind === 'ipv4' && base.includes(':') ? MAPPED_PREFIX_BITS : 0
  const bits = suffix === undefined ? BITS[kind] : Number(suffix) - prefixBits
  if (bits > BITS[kind]) return null
  const network =
    kind === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`)
  return {
    text: suffix === undefined ? mapped : `${network}/${bits}`,
    contains(other) {
      if (!ipaddr.isValid(other)) return false
      // An IPv4 address mapped into IPv6 is that IPv4 address, in every check that matters.
      const candidate = ipaddr.process(other)
      return candidate.kind() === kind && candidate.match(network, bits)
    },
  }
}

/** For literals of our own. @throws {RangeError} for text that is no network. */
export function networks(...texts: string[]): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text)
    if (!network) throw new RangeError(`not a network: ${text}`)
    return network
  })
}
