import ipaddr from 'ipaddr.js'

/** A range of addresses, parsed. */
export interface Network {
  /** CIDR notation with the host bits cleared; a single address stands alone. */
  readonly text: string
  contains(address: string): boolean
}

/** @returns null for text that is neither an address nor CIDR notation. Addresses with a zone are of one link alone, and no network. */
export function parseNetwork(text: string): Network | null {
  try {
    const trimmed = text.trim()
    if (trimmed.includes('%')) return null
    const single = !trimmed.includes('/')
    const base = single ? ipaddr.process(trimmed) : null
    const [first, bits] = base
      ? ([base, base.kind() === 'ipv4' ? 32 : 128] as const)
      : ipaddr.parseCIDR(trimmed)
    const kind = first.kind()
    const network =
      kind === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(`${first}/${bits}`)
        : ipaddr.IPv6.networkAddressFromCIDR(`${first}/${bits}`)
    return {
      text: base ? base.toString() : `${network}/${bits}`,
      contains(address) {
        if (!ipaddr.isValid(address)) return false
        // An IPv4 address mapped into IPv6 is that IPv4 address, in every check that matters.
        const candidate = ipaddr.process(address)
        return candidate.kind() === kind && candidate.match(network, bits)
      },
    }
  } catch {
    return null
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
