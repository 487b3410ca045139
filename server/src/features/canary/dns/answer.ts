import { type Answer, encode, type OptAnswer } from 'dns-packet'
import type { DnsQuery, UnusableQuery } from './query.js'

/** What the zone says of itself. */
export interface DnsZone {
  /** Lower case, without a final dot. */
  name: string
  /** The address of every name; null: names have none. */
  address: string | null
  /** The answer to the request of a check of the delegation; null: the label is none. */
  proofOf: (label: string) => string | null
}

/** The label before the request of a check that is to be answered over TCP alone. */
export const OVER_TCP = 'tcp'

/** RFC 1035 4.1.1, with the flag that this server decides what is in its zone. */
const RESPONSE = 0x8000
const AUTHORITATIVE = 0x0400
const TRUNCATED = 0x0200
/** What a response repeats of its query: the opcode and "recursion desired". */
const REPEATED = 0x7900
const RCODES = { ok: 0, malformed: 1, not_implemented: 4, refused: 5 } as const

const TYPES = { A: 1, NS: 2, SOA: 6, TXT: 16, ANY: 255 } as const
const INTERNET = 1
/** Resolvers ask again soon, so that a later lookup is seen. */
const TTL_SECONDS = 60
const HEADER_BYTES = 12
/** A response over UDP has at most so many times the bytes of its query: who forges its source gains little. */
const MAX_GROWTH = 4
const UDP_PAYLOAD_BYTES = 1_232

const EDNS = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as const satisfies OptAnswer

/** The labels before the zone, lower case is left as it is; null: the name is not in it. */
export function labelsBefore(
  { name }: Pick<DnsZone, 'name'>,
  { labels }: DnsQuery,
): readonly string[] | null {
  const zone = name.split('.')
  const end = labels.slice(-zone.length).map((label) => label.toLowerCase())
  return end.join('.') === name && labels.length >= zone.length ? labels.slice(0, -zone.length) : null
}

/** Whether a query is one that the zone answers: of the Internet, in the zone, and for one type. */
export function isAnswered(zone: DnsZone, query: DnsQuery): boolean {
  return query.class === INTERNET && query.type !== TYPES.ANY && labelsBefore(zone, query) !== null
}

/**
 * The response to a query. Every name in the zone exists and has the same records, so that nobody finds tokens by guessing. Other names and
 * ANY (RFC 8482) are refused, and nothing is asked of other servers.
 * @param queryBytes of the query's message over UDP; null over TCP.
 */
export function responseTo(zone: DnsZone, query: DnsQuery, queryBytes: number | null): Buffer {
  if (!isAnswered(zone, query)) return withoutRecords(query, RCODES.refused)
  if (queryBytes !== null && isForTcp(zone, query)) return truncatedTo(query)
  const answers = answersOf(zone, query)
  const records = encode({
    type: 'response',
    answers,
    authorities: answers.length === 0 ? [soaOf(zone)] : [],
    additionals: query.edns === null ? [] : [EDNS],
  })
  const header = Buffer.from(records.subarray(0, HEADER_BYTES))
  header.writeUInt16BE(query.id, 0)
  header.writeUInt16BE(RESPONSE | AUTHORITATIVE | (query.flags & REPEATED), 2)
  header.writeUInt16BE(1, 4)
  const response = Buffer.concat([header, query.question, records.subarray(HEADER_BYTES)])
  return queryBytes !== null && response.length > MAX_GROWTH * queryBytes ? truncatedTo(query) : response
}

/** What makes a resolver ask again over TCP, where its address is not forged. */
export function truncatedTo(query: DnsQuery): Buffer {
  return withoutRecords(query, RCODES.ok, AUTHORITATIVE | TRUNCATED)
}

/** What cannot be read, or asks for something else than a query. */
export function errorTo({ id, flags, problem }: Exclude<UnusableQuery, { problem: 'ignore' }>): Buffer {
  return headerOf(id, RESPONSE | (flags & REPEATED) | RCODES[problem], 0)
}

function withoutRecords({ id, flags, question }: DnsQuery, rcode: number, more = 0): Buffer {
  return Buffer.concat([headerOf(id, RESPONSE | more | (flags & REPEATED) | rcode, 1), question])
}

function headerOf(id: number, flags: number, questions: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(questions, 4)
  return header
}

function answersOf(zone: DnsZone, query: DnsQuery): Answer[] {
  const name = query.labels.join('.')
  const isZone = labelsBefore(zone, query)?.length === 0
  if (query.type === TYPES.SOA && isZone) return [soaOf(zone)]
  if (query.type === TYPES.NS && isZone) return [{ type: 'NS', name, ttl: TTL_SECONDS, data: serverOf(zone) }]
  const proof = proofIn(zone, query)
  if (proof !== null) return [{ type: 'TXT', name, ttl: 0, data: proof }]
  // Labels with a dot or other bytes cannot be repeated as text.
  if (query.type !== TYPES.A || zone.address === null || !/^[\w.-]+$/.test(name)) return []
  return query.labels.some((label) => label.includes('.'))
    ? []
    : [{ type: 'A', name, ttl: TTL_SECONDS, data: zone.address }]
}

/** Whether a query is the request of a check, to be answered over TCP. */
function isForTcp(zone: DnsZone, query: DnsQuery): boolean {
  return labelsBefore(zone, query)?.[0]?.toLowerCase() === OVER_TCP && proofIn(zone, query) !== null
}

function proofIn(zone: DnsZone, query: DnsQuery): string | null {
  if (query.type !== TYPES.TXT) return null
  return zone.proofOf((labelsBefore(zone, query)?.at(-1) ?? '').toLowerCase())
}

/** The name of the zone's server. */
export const serverOf = ({ name }: Pick<DnsZone, 'name'>) => `ns.${name}`

function soaOf(zone: DnsZone): Answer {
  return {
    type: 'SOA',
    name: zone.name,
    ttl: TTL_SECONDS,
    data: {
      mname: serverOf(zone),
      rname: `hostmaster.${zone.name}`,
      serial: 1,
      refresh: 3_600,
      retry: 600,
      expire: 86_400,
      minimum: TTL_SECONDS,
    },
  }
}
