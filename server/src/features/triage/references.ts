import { canonicalIp } from '../../domain/ip-address.js'

/** What programs make a link of, and what people look for or block. */
export type ReferenceKind = 'link' | 'address' | 'domain' | 'hash'

/** Something outside of a text that the text names. */
export interface Reference {
  kind: ReferenceKind
  /** In one spelling: lower case; a link without its scheme and its final slash. */
  value: string
}

/** Ends at what quotes or encloses; `!` stands before the image of Markdown. */
const TOKEN = /[^\s"'`<>|;,(){}[\]!“”‘’«»…]+/gu
const EDGES = /^[*_~-]+|[.:?*_~-]+$/g
/** Absolute, of the home directory or relative: on the host, not on the network. */
const PATH = /^(?:~|\.{1,2})?\/(?!\/)/
const SCHEME = /(?:\b[a-z][a-z0-9+.-]{1,20}:(?:\/\/|\\\\)|\b(?:https?|ftp):[/\\]*|^\/\/|^\\\\)(?=.)/i
/** Schemes whose links do or hold something without any host. */
const OPAQUE_SCHEME = /\b(?:data|javascript|vbscript|mailto|tel|sms|magnet|blob|ms-[a-z]+):\S/i

const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}])?'
const NAME = new RegExp(
  `(?<![\\p{L}\\p{N}-])(?:${LABEL}\\.){1,12}(\\p{L}{2,24}|xn--[a-z0-9-]{2,59})(?![\\p{L}\\p{N}-])`,
  'giu',
)
/** One to four numbers, as programs read an IPv4 address: `8.8.8.8`, `0x08080808`, `134744072`, `8.8/16`. */
const IPV4_NUMBER = '(?:0x[0-9a-f]{1,8}|\\d{1,10})'
const IPV4 = new RegExp(
  `(?<![\\d\\p{L}]|\\d\\.)${IPV4_NUMBER}(?:\\.${IPV4_NUMBER}){0,3}(?![\\d]|\\.\\d)`,
  'giu',
)
const SMALLEST_DWORD = 2 ** 24
const LARGEST_DWORD = 2 ** 32 - 1
const IPV6 = /(?<![\p{L}\p{N}:.])[0-9a-f:.]{3,45}/giu
/** `198.51.100.*` */
const WILDCARD_ADDRESS = /(?<![\d.\p{L}])\d{1,3}\.(?:\d{1,3}\.){0,2}(?:\*|x(?![\p{L}\d]))/giu
/** `10/8` */
const SHORT_NETWORK = /^\d{1,3}\/(?:0|8|16|24)$/
/** A name without a dot is a host once a port and a path follow. */
const HOST_WITH_PORT = /(?<![\p{L}\p{N}.:/@-])\p{L}[\p{L}\p{N}-]{0,62}:\d{1,5}[/\\?#]\S/iu
const HASH = /(?<![\p{L}\p{N}])[0-9a-f]{32,}(?![\p{L}\p{N}])/giu
/** A hash in pieces. */
const SPLIT_HASH = /(?<![\p{L}\p{N}])[0-9a-f]{2,31}(?:[\s_-]+[0-9a-f]{2,31})+(?![\p{L}\p{N}])/giu
const SHORTEST_HASH = 32
/** Keys, wallets, encoded text: no word has 20 letters and digits mixed. */
const OPAQUE = /(?<![\p{L}\p{N}/.~])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}/gu
/** Identifiers of AWS access keys, which may have no digit. */
const ACCESS_KEY = /(?<![A-Za-z0-9])A(?:KIA|SIA|GPA|IDA|ROA|IPA|NPA|NVA)[A-Z0-9]{16}(?![A-Za-z0-9])/g

/** A shorter word without any of these characters names nothing: most words of a sentence. */
const NAMING = /[.:*/\\]|\d{8}|0x/i
const LONG_TOKEN = 20

/** Four numbers that follow are no address. */
const VERSION = /\b(?:version|release|build|firmware)\s+$/i
const LOOPBACK = new Set(['127.0.0.1', '::1'])
/**
 * Endings of files that are no top-level domains: `node.js` and `sshd.service` are no links. An ending that is both, such as `sh`, `py`
 * and `zip`, is a domain, because programs make a link of it.
 */
const FILE_ENDINGS = new Set(
  `allow asp aspx avi bak bash bashrc bat bin bmp cfg cgi class conf config cpp crt csr css csv db deb deny dll doc docx dump elf env exe
  gif git gz history htm html img ini iso jar jpeg jpg js json jsp jsx key ko lnk lock log lua mount msi old orig out pcap pdf pem php
  plist png preload profile rar rb repo rpm rules service sock socket sql sqlite swp tar tgz timer tmp toml ts txt vbs war wasm xls xlsx
  xml xz yaml yml`.split(/\s+/),
)
/** Names of products and files whose ending is a top-level domain. */
const ORDINARY = new Set([
  'asp.net',
  'vb.net',
  'id_rsa.pub',
  'id_ecdsa.pub',
  'id_ed25519.pub',
  'rc.local',
  'jail.local',
])

/** How to read what may be something else than a reference. */
export interface Reading {
  /** Also what stands in the path of a file, such as its name. */
  withinPaths?: boolean
  /** Four numbers after "version", and `9.8/10`, are addresses as well. */
  everyNumber?: boolean
}

/**
 * Everything of the kind that a text names, in whatever spelling. Linear in the length of the text.
 * @param text as `revealed` gives it.
 */
export function referencesIn(text: string, reading: Reading = {}): Reference[] {
  const { withinPaths = false, everyNumber = false } = reading
  const named = [...text.matchAll(TOKEN)].flatMap(({ 0: raw, index }) => {
    if (raw.length < LONG_TOKEN && !NAMING.test(raw)) return []
    const token = raw.replaceAll(EDGES, '')
    const found = [...hashesIn(token)]
    if (token === '' || ORDINARY.has(token.toLowerCase())) return found
    if (PATH.test(token) && !withinPaths) return found
    const isVersion = !everyNumber && VERSION.test(text.slice(Math.max(0, index - 20), index))
    return [
      ...found,
      ...linksIn(token),
      ...wildcardsIn(raw),
      ...(isVersion ? [] : addressesIn(token, everyNumber)),
      ...domainsIn(token),
    ]
  })
  return [...named, ...splitHashesIn(text)]
}

/** Whether a link needs no host, so that no session can hold what it leads to. */
export function isOpaqueLink(value: string): boolean {
  return OPAQUE_SCHEME.test(value)
}

function* hashesIn(token: string): Generator<Reference> {
  for (const pattern of [HASH, OPAQUE, ACCESS_KEY]) {
    for (const [hash] of token.matchAll(pattern)) yield { kind: 'hash', value: hash.toLowerCase() }
  }
}

function* splitHashesIn(text: string): Generator<Reference> {
  for (const [pieces] of text.matchAll(SPLIT_HASH)) {
    const value = pieces.replaceAll(/[\s_-]/g, '').toLowerCase()
    // Numbers alone are counts, ports and dates.
    if (value.length >= SHORTEST_HASH && /\d/.test(value) && /[a-f]/.test(value))
      yield { kind: 'hash', value }
  }
}

function* linksIn(token: string): Generator<Reference> {
  if (OPAQUE_SCHEME.test(token)) yield linkOf(token)
  const scheme = SCHEME.exec(token)
  if (scheme) yield linkOf(token.slice(scheme.index + scheme[0].length))
  const host = HOST_WITH_PORT.exec(token)
  if (host) yield linkOf(token.slice(host.index))
}

function* addressesIn(token: string, everyNumber: boolean): Generator<Reference> {
  if (everyNumber && SHORT_NETWORK.test(token)) yield { kind: 'address', value: token }
  for (const { 0: text, index } of token.matchAll(IPV4)) {
    const prefix = /^\/\d{1,2}$/.test(token.slice(index + text.length))
    const value = ipv4Of(text, prefix && (everyNumber || !token.endsWith('/10')))
    if (value === null) continue
    if (value.includes('.') && text.split('.').length === 4) {
      yield* hostIn(token, index, text, { kind: 'address', value })
    } else yield { kind: 'address', value: prefix ? token.slice(index) : value }
  }
  for (const { 0: text, index } of token.matchAll(IPV6)) {
    const address = text.split(':').length > 2 && text !== '::' ? canonicalIp(text.replace(/\.+$/, '')) : null
    if (address !== null) yield* hostIn(token, index, text, { kind: 'address', value: address })
  }
}

/** As programs read it; what they read differently (numbers with a leading zero, short forms) stays as it is. */
function ipv4Of(text: string, hasPrefix: boolean): string | null {
  const parts = text.split('.')
  const numbers = parts.map(Number)
  if (/x/i.test(text)) return parts.length > 1 || text.length >= '0x080808'.length ? dotted(numbers) : null
  if (parts.length === 4) {
    if (numbers.some((number) => number > 255)) return null
    return parts.some((part) => /^0\d/.test(part)) ? text : parts.join('.')
  }
  if (parts.length > 1) return hasPrefix ? text : null
  const [number = 0] = numbers
  return number >= SMALLEST_DWORD && number <= LARGEST_DWORD ? dotted(numbers) : null
}

/** The last number fills what the others leave of four bytes. */
function dotted(numbers: readonly number[]): string {
  const last = numbers.at(-1) ?? 0
  const bytes = numbers.slice(0, -1)
  for (let left = 4 - bytes.length; left > 0; left -= 1) {
    bytes.push(Math.floor(last / 256 ** (left - 1)) % 256)
  }
  return bytes.join('.')
}

function* wildcardsIn(raw: string): Generator<Reference> {
  for (const [text] of raw.matchAll(WILDCARD_ADDRESS)) yield { kind: 'address', value: text.toLowerCase() }
}

function* domainsIn(token: string): Generator<Reference> {
  for (const { 0: text, 1: ending = '', index } of token.matchAll(NAME)) {
    if (ORDINARY.has(text.toLowerCase())) continue
    if (FILE_ENDINGS.has(ending.toLowerCase())) {
      if (GOES_ON.test(token.slice(index + text.length))) yield linkOf(token.slice(index))
      continue
    }
    yield* hostIn(token, index, text, { kind: 'domain', value: text.toLowerCase() })
  }
}

/** A path, query or fragment. */
const GOES_ON = /^(?::\d+)?[/\\?#]./

/** A host by itself; with what follows it, a network or a link. */
function* hostIn(token: string, index: number, text: string, host: Reference): Generator<Reference> {
  const rest = token.slice(index + text.length)
  const prefix = host.kind === 'address' ? /^\/(\d{1,3})$/.exec(rest)?.[1] : undefined
  if (prefix !== undefined) {
    const isWhole = Number(prefix) === (host.value.includes(':') ? 128 : 32)
    yield isWhole ? host : { kind: 'address', value: `${host.value}/${prefix}` }
  } else if (GOES_ON.test(rest)) {
    yield linkOf(token.slice(index))
    yield host
  } else if (!LOOPBACK.has(host.value)) yield host
}

function linkOf(text: string): Reference {
  return { kind: 'link', value: text.toLowerCase().replace(/[/\\]+$/, '') }
}
