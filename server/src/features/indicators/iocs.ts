import type { Event, Ioc, IocType } from '@eviltwin/contract'
import { canonicalIp } from '../../domain/ip-address.js'
import { hostOfUrl } from '../../domain/never-block.js'
import { inTurns } from '../../domain/turns.js'

/** Ends at what a shell, a sentence or a terminal would take for something else. */
const URL_PATTERN = /\b(?:https?|ftp|tftp):\/\/[^\s\p{Cc}\p{Cf}"'`<>|;&(){}\\]{3,500}/giu
const IPV4_PATTERN = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g
const SHA256_PATTERN = /\b[0-9a-f]{64}\b/gi
const DOMAIN_PATTERN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/i
/** A session may name thousands; more help nobody. */
const MAX_IOCS = 500
/** An event costs this much however little it says, in characters. */
const EVENT_COST = 64

/** The parts of an event that may name an indicator. */
type TellingEvent = Pick<Event, 'id' | 'source_ip' | 'url' | 'command' | 'file_sha256'>

/** Indicators that occur in the events: the source, where it fetched from or connected to, and what it left. Read in turns. */
export function readIocs(events: readonly TellingEvent[]): Promise<Ioc[]> {
  return inTurns(readingOf(events))
}

/** Yields the characters that were read of each event. */
function* readingOf(events: readonly TellingEvent[]): Generator<number, Ioc[]> {
  const found = new Map<string, Ioc>()
  for (const event of events) {
    for (const [type, value] of indicatorsIn(event)) {
      const key = `${type} ${value}`
      const known = found.get(key)
      if (known) {
        if (known.event_ids.at(-1) !== event.id) known.event_ids.push(event.id)
      } else if (found.size < MAX_IOCS) found.set(key, { type, value, event_ids: [event.id] })
    }
    yield EVENT_COST + (event.url?.length ?? 0) + (event.command?.length ?? 0)
  }
  return [...found.values()]
}

function* indicatorsIn(event: TellingEvent): Generator<[IocType, string]> {
  yield addressOf(event.source_ip)
  if (event.file_sha256) yield ['sha256', event.file_sha256.toLowerCase()]
  for (const text of [event.url, event.command]) {
    if (text === null) continue
    for (const [url] of text.matchAll(URL_PATTERN)) {
      yield ['url', url]
      const host = hostOf(url)
      if (host) yield host
    }
    for (const [address] of text.matchAll(IPV4_PATTERN)) {
      // `0.0.0.0` and the like are commands' defaults, not somebody's machine.
      if (canonicalIp(address) === address && !/^(?:0|127|255)\./.test(address)) yield addressOf(address)
    }
    for (const [hash] of text.matchAll(SHA256_PATTERN)) yield ['sha256', hash.toLowerCase()]
  }
}

/** Whether a text is one URL with a host, and nothing else. */
export function isOneUrl(text: string): boolean {
  return text.match(URL_PATTERN)?.[0] === text && hostOfUrl(text) !== null
}

/**
 * What a text is by itself: an address, a URL, a SHA-256 or a domain name, spelled as in feeds.
 * @returns null for anything else.
 */
export function observableOf(text: string): { type: IocType; value: string } | null {
  const address = canonicalIp(text)
  if (address !== null) return observable(addressOf(address))
  if (/^[0-9a-f]{64}$/i.test(text)) return observable(['sha256', text.toLowerCase()])
  if (isOneUrl(text)) return observable(['url', text])
  const name = text.toLowerCase().replace(/\.$/, '')
  return DOMAIN_PATTERN.test(name) ? observable(['domain-name', name]) : null
}

function observable([type, value]: readonly [IocType, string]): { type: IocType; value: string } {
  return { type, value }
}

function hostOf(url: string): [IocType, string] | null {
  const host = hostOfUrl(url)
  if (host === null) return null
  const address = canonicalIp(host)
  if (address) return addressOf(address)
  return DOMAIN_PATTERN.test(host) ? ['domain-name', host] : null
}

function addressOf(address: string): [IocType, string] {
  return [address.includes(':') ? 'ipv6-addr' : 'ipv4-addr', address]
}
