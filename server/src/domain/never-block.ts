import type { IocType } from '@eviltwin/contract'
import ipaddr from 'ipaddr.js'
import { canonicalIp } from './ip-address.js'
import { parseNetwork } from './networks.js'

/** Why a list is kept; see docs/decisions/0018. */
export type NeverBlockCategory =
  | 'special-purpose'
  | 'documentation'
  | 'platform'
  | 'operator'
  | 'popular'
  /** Names of providers: what stands below one of them is of a customer, whom no list of popular names covers. */
  | 'hosting'
  | 'scanner'
  | 'allowlist'

/** How a list names what it holds, as in MISP warninglists: a name covers the names below it, a string is the whole value. */
export type NeverBlockType = 'cidr' | 'hostname' | 'string'

/** A list of what no export may name, in the shape of a MISP warninglist. https://github.com/MISP/misp-warninglists */
export interface NeverBlockList {
  name: string
  /** Rises with each release of the list. */
  version: number
  category: NeverBlockCategory
  /** Where it comes from; null where the list does not state it. */
  source: string | null
  /** YYYY-MM-DD; null where the list does not state it. */
  date: string | null
  /** SPDX identifier or words; null where the list does not state it. */
  licence: string | null
  type: NeverBlockType
  list: readonly string[]
}

/** What keeps a value out of every export. */
export interface NeverBlockMatch {
  /** Name of the list. */
  list: string
  category: NeverBlockCategory
  /** The member of the list. */
  entry: string
}

/** Something that an export may name. */
export interface Observable {
  type: IocType
  value: string
}

/** Lists, prepared for look-ups whose cost does not depend on their length. */
export interface NeverBlock {
  /** Without their members. */
  readonly lists: readonly NeverBlockList[]
  readonly networks: NetworkIndex
  readonly names: ReadonlyMap<string, NeverBlockMatch>
  readonly hosting: ReadonlySet<string>
  readonly strings: ReadonlyMap<string, NeverBlockMatch>
}

/** Networks by family and prefix length, then by the bits of their prefix. */
type NetworkIndex = ReadonlyMap<Family, ReadonlyMap<number, ReadonlyMap<bigint, NeverBlockMatch>>>
type Family = 'ipv4' | 'ipv6'

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 }

/** Members that are not of their list's type are left out: a list is checked where it is loaded. */
export function prepareNeverBlock(lists: readonly NeverBlockList[]): NeverBlock {
  const networks = new Map<Family, Map<number, Map<bigint, NeverBlockMatch>>>()
  const names = new Map<string, NeverBlockMatch>()
  const strings = new Map<string, NeverBlockMatch>()
  const hosting = new Set<string>()
  for (const { name, category, type, list } of lists) {
    for (const entry of list) {
      const match = { list: name, category, entry }
      if (type === 'cidr') addNetwork(networks, entry, match)
      else if (type === 'hostname') {
        addName(names, hostName(entry), match)
        if (category === 'hosting') hosting.add(hostName(entry))
      } else addFirst(strings, entry.toLowerCase(), match)
    }
  }
  return { lists, networks, names, hosting, strings }
}

/**
 * The one rule that every export passes. An address is looked for in the networks; a domain name, and each name above it, in the
 * names; a URL as itself and by its host; a hash as itself. A name below one of shared hosting is of a customer, and so is what such a name
 * has in folders (`https://storage.googleapis.com/bucket/x`): popular names do not cover it.
 * @returns null for what may be named.
 */
export function neverBlockMatch(lists: NeverBlock, { type, value }: Observable): NeverBlockMatch | null {
  const exact = lists.strings.get(value.toLowerCase())
  if (exact) return exact
  if (type === 'sha256') return null
  if (type !== 'url') return matchOfHost(lists, value, false)
  const url = readUrl(value)
  return url === null ? null : matchOfHost(lists, url.host, IN_FOLDERS.test(url.path))
}

/** A path of two names at least: what a popular site has for everybody (`/login`) stands above. */
const IN_FOLDERS = /^\/+[^/]+\/+[^/]/

/**
 * The host of a URL as a browser reads it: `http://0x08080808/` is 8.8.8.8, and `WWW.Example.com.` is www.example.com.
 * @returns null for text that has no host.
 */
export function hostOfUrl(url: string): string | null {
  return readUrl(url)?.host ?? null
}

function readUrl(text: string): { host: string; path: string } | null {
  // Only of the schemes that browsers know are hosts brought into one spelling (WHATWG URL, "special scheme").
  const asHttp = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, 'http://')
  if (!URL.canParse(asHttp)) return null
  const { hostname, pathname } = new URL(asHttp)
  return { host: canonicalIp(hostname) ?? hostName(hostname), path: pathname }
}

function matchOfHost(
  { networks, names, hosting }: NeverBlock,
  host: string,
  isInFolders: boolean,
): NeverBlockMatch | null {
  const address = canonicalIp(host)
  if (address !== null) return matchOfAddress(networks, address)
  const whole = hostName(host)
  let isOfCustomer = false
  for (let name = whole; name !== ''; name = name.slice(name.indexOf('.') + 1)) {
    if (hosting.has(name) && (name !== whole || isInFolders)) isOfCustomer = true
    const match = names.get(name)
    if (match && !(isOfCustomer && isOfEverybody(match))) return match
    if (!name.includes('.')) return null
  }
  return null
}

function isOfEverybody({ category }: NeverBlockMatch): boolean {
  return category === 'popular' || category === 'hosting'
}

/** The most specific network that holds the address. */
function matchOfAddress(networks: NetworkIndex, address: string): NeverBlockMatch | null {
  const parsed = ipaddr.parse(address)
  const family = parsed.kind()
  const bits = bitsOf(parsed)
  let found: NeverBlockMatch | null = null
  let longest = -1
  for (const [length, ofLength] of networks.get(family) ?? []) {
    const match = length > longest ? ofLength.get(bits >> BigInt(BITS[family] - length)) : undefined
    if (match) {
      found = match
      longest = length
    }
  }
  return found
}

function addNetwork(
  networks: Map<Family, Map<number, Map<bigint, NeverBlockMatch>>>,
  entry: string,
  match: NeverBlockMatch,
): void {
  const text = parseNetwork(entry)?.text
  if (text === undefined) return
  const [base = '', length] = text.split('/')
  const address = ipaddr.parse(base)
  const family = address.kind()
  const prefix = length === undefined ? BITS[family] : Number(length)
  const ofFamily = networks.get(family) ?? new Map<number, Map<bigint, NeverBlockMatch>>()
  const ofLength = ofFamily.get(prefix) ?? new Map<bigint, NeverBlockMatch>()
  networks.set(family, ofFamily.set(prefix, ofLength))
  const key = bitsOf(address) >> BigInt(BITS[family] - prefix)
  if (!ofLength.has(key)) ofLength.set(key, match)
}

/** What an operator names holds although the name is a popular one, too. */
function addName(known: Map<string, NeverBlockMatch>, name: string, match: NeverBlockMatch): void {
  const former = known.get(name)
  if (former && isOfEverybody(former) && !isOfEverybody(match)) known.set(name, match)
  else addFirst(known, name, match)
}

function addFirst(known: Map<string, NeverBlockMatch>, key: string, match: NeverBlockMatch): void {
  if (key !== '' && !known.has(key)) known.set(key, match)
}

function bitsOf(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  let bits = 0n
  for (const byte of address.toByteArray()) bits = (bits << 8n) | BigInt(byte)
  return bits
}

/** In lower case, without the dot before or after it. */
function hostName(text: string): string {
  return text.toLowerCase().replace(/^\.+|\.+$/g, '')
}
