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
const IPV4 = /(?<![\d\p{L}]|\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)/gu
const IPV6 = /(?<![\p{L}\p{N}:.])[0-9a-f:.]{3,45}/giu
/** `198.51.100.*`, and numbers that browsers read as addresses: `3232235777/x`, `0x08080808/x`. */
const UNUSUAL_ADDRESS =
  /(?<![\d.\p{L}])(?:\d{1,3}\.(?:\d{1,3}\.){0,2}(?:\*|x(?![\p{L}\d]))|(?:0x[0-9a-f]{6,8}|\d{8,10})(?=\/[^\s\d]))/giu
const HASH = /(?<![\p{L}\p{N}])[0-9a-f]{32,}(?![\p{L}\p{N}])/giu
/** Keys, wallets, encoded text: no word has 24 letters and digits mixed. */
const OPAQUE = /(?<![\p{L}\p{N}/._~-])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}/gu

/** A shorter word without any of these characters names nothing: most words of a sentence. */
const NAMING = /[.:*/\\]/
const LONG_TOKEN = 24

/** Four numbers that follow are no address. */
const VERSION = /\b(?:version|release|build|firmware)\s+$/i
const LOOPBACK = new Set(['127.0.0.1', '::1'])
/**
 * Endings of files that are no top-level domains: `node.js` and `sshd.service` are no links. An ending that is both, such as `sh`, `py`
 * and `zip`, is a domain, because programs make a link of it.
 */
const FILE_ENDINGS = new Set(
  `allow asp aspx avi bak bash bashrc bat bin bmp cfg cgi class conf config cpp crt csr css csv db deb deny dll doc docx dump elf env exe
  gif git gz history htm html img ini iso jar jpeg jpg js json jsp jsx key ko lnk local lock log lua mount msi old orig out pcap pdf pem php
  plist png preload profile rar rb repo rpm rules service sock socket sql sqlite swp tar tgz timer tmp toml ts txt vbs war wasm xls xlsx
  xml xz yaml yml`.split(/\s+/),
)
/** Names of products and files whose ending is a top-level domain. */
const ORDINARY = new Set(['asp.net', 'vb.net', 'id_rsa.pub', 'id_ecdsa.pub', 'id_ed25519.pub'])

/**
 * Everything of the kind that a text names, in whatever spelling. Linear in the length of the text.
 * @param text as `revealed` gives it.
 * @param withinPaths also what stands in the path of a file, such as its name.
 */
export function referencesIn(text: string, withinPaths = false): Reference[] {
  return [...text.matchAll(TOKEN)].flatMap(({ 0: raw, index }) => {
    if (raw.length < LONG_TOKEN && !NAMING.test(raw)) return []
    const token = raw.replaceAll(EDGES, '')
    const found = [...hashesIn(token)]
    if (token === '' || ORDINARY.has(token.toLowerCase())) return found
    if (PATH.test(token) && !withinPaths) return found
    const isVersion = VERSION.test(text.slice(Math.max(0, index - 20), index))
    return [
      ...found,
      ...linksIn(token),
      ...unusualAddressesIn(raw),
      ...(isVersion ? [] : addressesIn(token)),
      ...domainsIn(token),
    ]
  })
}

/** Whether a link needs no host, so that no session can hold what it leads to. */
export function isOpaqueLink(value: string): boolean {
  return OPAQUE_SCHEME.test(value)
}

function* hashesIn(token: string): Generator<Reference> {
  for (const pattern of [HASH, OPAQUE]) {
    for (const [hash] of token.matchAll(pattern)) yield { kind: 'hash', value: hash.toLowerCase() }
  }
}

function* linksIn(token: string): Generator<Reference> {
  if (OPAQUE_SCHEME.test(token)) yield linkOf(token)
  const scheme = SCHEME.exec(token)
  if (scheme) yield linkOf(token.slice(scheme.index + scheme[0].length))
}

function* addressesIn(token: string): Generator<Reference> {
  for (const { 0: text, index } of token.matchAll(IPV4)) {
    const bytes = text.split('.').map(Number)
    if (bytes.some((byte) => byte > 255)) continue
    yield* hostIn(token, index, text, { kind: 'address', value: bytes.join('.') })
  }
  for (const { 0: text, index } of token.matchAll(IPV6)) {
    const address = text.split(':').length > 2 && text !== '::' ? canonicalIp(text.replace(/\.+$/, '')) : null
    if (address !== null) yield* hostIn(token, index, text, { kind: 'address', value: address })
  }
}

function* unusualAddressesIn(raw: string): Generator<Reference> {
  for (const [text] of raw.matchAll(UNUSUAL_ADDRESS)) yield { kind: 'address', value: text.toLowerCase() }
}

function* domainsIn(token: string): Generator<Reference> {
  for (const { 0: text, 1: ending = '', index } of token.matchAll(NAME)) {
    if (FILE_ENDINGS.has(ending.toLowerCase()) || ORDINARY.has(text.toLowerCase())) continue
    yield* hostIn(token, index, text, { kind: 'domain', value: text.toLowerCase() })
  }
}

/** A host by itself; with what follows it, a network or a link. */
function* hostIn(token: string, index: number, text: string, host: Reference): Generator<Reference> {
  const rest = token.slice(index + text.length)
  const prefix = host.kind === 'address' ? /^\/(\d{1,3})$/.exec(rest)?.[1] : undefined
  if (prefix !== undefined) {
    const isWhole = Number(prefix) === (host.value.includes(':') ? 128 : 32)
    yield isWhole ? host : { kind: 'address', value: `${host.value}/${prefix}` }
  } else if (/^(?::\d+)?[/\\?#]./.test(rest)) {
    yield linkOf(token.slice(index))
    yield host
  } else if (!LOOPBACK.has(host.value)) yield host
}

function linkOf(text: string): Reference {
  return { kind: 'link', value: text.toLowerCase().replace(/[/\\]+$/, '') }
}
