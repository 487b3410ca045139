import { isIPv4, isIPv6 } from 'node:net'
import { clientBlockOf } from '../../domain/ip-address.js'

/** Wider networks hold more neighbours of an attacker than anybody should block for one session. */
const SHORTEST_PREFIX = 24

/** The networks that hold an address, /24 to /31 of IPv4 and the /64 of IPv6, in the spelling of `networkNamed`. */
export function networksOf(address: string): string[] {
  if (!isIPv4(address)) return isIPv6(address) ? [clientBlockOf(address)] : []
  const prefixes = Array.from({ length: 32 - SHORTEST_PREFIX }, (_, n) => SHORTEST_PREFIX + n)
  return prefixes.map((prefix) => ipv4Network(address, prefix))
}

/** One spelling a network; null where it is wider than those, or no network. */
export function networkNamed(text: string): string | null {
  const [address = '', length = ''] = text.split('/')
  const prefix = Number(length)
  if (isIPv4(address)) return prefix >= SHORTEST_PREFIX && prefix < 32 ? ipv4Network(address, prefix) : null
  return isIPv6(address) && prefix === 64 ? clientBlockOf(address) : null
}

function ipv4Network(address: string, prefix: number): string {
  const [a, b, c, d] = address.split('.')
  return `${a}.${b}.${c}.${Number(d) & (0xff << (32 - prefix))}/${prefix}`
}
