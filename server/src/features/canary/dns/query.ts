import { decode } from 'dns-packet'

/** One question of a client, of a message that is well formed. */
export interface DnsQuery {
  id: number
  /** As in its message: opcode and whether recursion is desired. */
  flags: number
  /** The labels of the name as they were written, the leftmost first. */
  labels: readonly string[]
  /** RR type and class (IANA "Domain Name System Parameters"). */
  type: number
  class: number
  /** The bytes of the question, which the answer repeats: some resolvers check the case of letters (0x20). */
  question: Buffer
  /** EDNS (RFC 6891), where the client has it. */
  edns: { clientSubnet: string | null } | null
}

/** Why there is no query: `ignore` is never answered. */
export type UnusableQuery =
  | { problem: 'ignore' }
  | { problem: 'malformed' | 'not_implemented'; id: number; flags: number }

const HEADER_BYTES = 12
const MAX_QUERY_BYTES = 1_232
const IS_RESPONSE = 0x8000
const OPCODE = 0x7800
const MAX_ADDITIONAL = 2
const MAX_NAME_BYTES = 255
/** RFC 7871. */
const CLIENT_SUBNET = 8

/** Reads a message of a client. Responses and what has no header are ignored, so that two servers never answer each other. */
export function readQuery(message: Buffer): DnsQuery | UnusableQuery {
  if (message.length < HEADER_BYTES || message.length > MAX_QUERY_BYTES) return { problem: 'ignore' }
  const id = message.readUInt16BE(0)
  const flags = message.readUInt16BE(2)
  if (flags & IS_RESPONSE) return { problem: 'ignore' }
  if (flags & OPCODE) return { problem: 'not_implemented', id, flags }
  const malformed = { problem: 'malformed', id, flags } as const
  const counts = [4, 6, 8].map((offset) => message.readUInt16BE(offset))
  if (counts.join() !== '1,0,0' || message.readUInt16BE(10) > MAX_ADDITIONAL) return malformed
  const asked = questionOf(message)
  if (asked === null) return malformed
  try {
    return { id, flags, ...asked, edns: ednsOf(message) }
  } catch {
    return malformed
  }
}

function questionOf(message: Buffer): Pick<DnsQuery, 'labels' | 'type' | 'class' | 'question'> | null {
  const labels: string[] = []
  let offset = HEADER_BYTES
  for (;;) {
    const length = message[offset]
    // Nothing stands before a question that it could refer to: a pointer is as wrong as the end of the message.
    if (length === undefined || length > 63 || offset - HEADER_BYTES > MAX_NAME_BYTES) return null
    if (length === 0) break
    labels.push(message.toString('latin1', offset + 1, offset + 1 + length))
    offset += length + 1
  }
  const end = offset + 5
  if (end > message.length || end - HEADER_BYTES - 4 > MAX_NAME_BYTES) return null
  return {
    labels,
    type: message.readUInt16BE(offset + 1),
    class: message.readUInt16BE(offset + 3),
    question: message.subarray(HEADER_BYTES, end),
  }
}

/** @throws {Error} when the message cannot be read. */
function ednsOf(message: Buffer): DnsQuery['edns'] {
  for (const record of decode(message).additionals ?? []) {
    if (record.type !== 'OPT') continue
    const options: ReadonlyArray<{
      code: number
      ip?: string | undefined
      sourcePrefixLength?: number | undefined
    }> = record.options
    const subnet = options.find(({ code }) => code === CLIENT_SUBNET)
    const isStated = subnet?.ip !== undefined && (subnet.sourcePrefixLength ?? 0) > 0
    return { clientSubnet: isStated ? `${subnet.ip}/${subnet.sourcePrefixLength}` : null }
  }
  return null
}
