import { createHash } from 'node:crypto'

/** What a client says of itself before anything is encrypted. */
export interface ClientHello {
  /** Its identification string, such as `SSH-2.0-OpenSSH_9.2p1`; escaped where it is not printable. */
  version: string
  /** MD5 of the algorithms below, lower-case hex. https://github.com/salesforce/hassh */
  hassh: string
  /** What the hash is of: key exchange, encryption, MAC and compression from client to server, with semicolons between them. */
  algorithms: string
}

/** Reads a {@link ClientHello} off the bytes of a client. */
export interface HelloReader {
  /** @returns the hello once it is complete, and only then; `invalid` where there will be none. */
  take(bytes: Buffer): ClientHello | 'invalid' | null
}

const KEXINIT = 20
/** RFC 4253, section 4.2: 255 with the end of the line. */
const MAX_VERSION = 255
/** RFC 4253, section 6.1: what implementations must be able to process. */
const MAX_PACKET = 35_000
const COOKIE_BYTES = 16
/** Name lists of KEXINIT (RFC 4253, section 7.1) that the hash is of. */
const KEX = 0
const ENCRYPTION = 2
const MAC = 4
const COMPRESSION = 6
const NEWLINE = 0x0a

export function createHelloReader(): HelloReader {
  let received = Buffer.alloc(0)
  let done = false
  return {
    take(bytes) {
      if (done) return null
      received = Buffer.concat([received, bytes.subarray(0, MAX_VERSION + 4 + MAX_PACKET - received.length)])
      const hello = helloIn(received)
      if (hello === null) return null
      done = true
      received = Buffer.alloc(0)
      return hello
    },
  }
}

/** Null where more bytes are needed. */
function helloIn(bytes: Buffer): ClientHello | 'invalid' | null {
  const lineEnd = bytes.indexOf(NEWLINE)
  if (lineEnd < 0) return bytes.length > MAX_VERSION ? 'invalid' : null
  const packet = bytes.subarray(lineEnd + 1)
  if (packet.length < 6) return null
  // The binary packet protocol (RFC 4253, section 6): its length, the length of the padding, and the payload.
  const length = packet.readUInt32BE(0)
  if (length < 2 || length > MAX_PACKET || packet.readUInt8(5) !== KEXINIT) return 'invalid'
  if (packet.length < 4 + length) return null
  const payload = packet.subarray(5, 4 + length - packet.readUInt8(4))
  const lists = nameLists(payload.subarray(1 + COOKIE_BYTES))
  if (lists === null) return 'invalid'
  const algorithms = [KEX, ENCRYPTION, MAC, COMPRESSION].map((index) => lists[index] ?? '').join(';')
  return {
    version: bytes.subarray(0, lineEnd).toString('latin1').trimEnd(),
    hassh: createHash('md5').update(algorithms).digest('hex'),
    algorithms,
  }
}

const LISTS = 7

/** Null where they are longer than what there is. */
function nameLists(bytes: Buffer): string[] | null {
  const lists: string[] = []
  let at = 0
  while (lists.length < LISTS) {
    if (at + 4 > bytes.length) return null
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return null
    lists.push(bytes.subarray(at + 4, end).toString('latin1'))
    at = end
  }
  return lists
}
