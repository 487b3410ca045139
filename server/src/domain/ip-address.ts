import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The source of an event of which nobody states one: the unspecified address, which stands for the absence of one (RFC 4291 2.5.2). No feed lists it. */
export const UNKNOWN_SOURCE = '::'

/**
 * One spelling an address: dotted quad for IPv4 and for IPv4-mapped IPv6 (RFC 4291 2.5.5.2), RFC 5952 for IPv6,
 * without zone or brackets. `null` for anything else, octal and hexadecimal IPv4 spellings included.
 */
export function canonicalIp(text: string): string | null {
  if (isIPv4(text)) return text
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (!isIPv6(bare)) return null
  const address = ipaddr.IPv6.parse(bare.split('%', 1)[0] ?? bare)
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String()
}

/** The address that limits count by: one IPv6 customer has a /64 at least, whose addresses count as one. What is no address stays as it is. */
export function clientBlockOf(ip: string): string {
  const canonical = canonicalIp(ip)
  if (canonical === null || isIPv4(canonical)) return canonical ?? ip
  return `${ipaddr.IPv6.parse(canonical).toByteArray().slice(0, 8).join('.')}/64`
}
