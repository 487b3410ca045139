import type { ByteReader } from '../connection/byte-reader.js'

/** A command, or why there is none. */
export type RedisInput =
  | { kind: 'command'; words: Buffer[]; isCut: boolean }
  | { kind: 'error'; message: string; text: Buffer }
  | { kind: 'end' }

/** As in Redis, PROTO_INLINE_MAX_SIZE. */
const MAX_INLINE = 65_536
const MAX_HEADER = 64
/** Of one command. */
const MAX_WORDS = 1_024
/** Of one word; the rest of a longer one is dropped. */
const MAX_WORD = 1_048_576
/** Of one command; the rest is dropped. */
const MAX_COMMAND = 2_097_152
/** As in Redis, proto-max-bulk-len. A client that announces more is refused. */
const MAX_ANNOUNCED = 536_870_912
const STAR = 0x2a

/**
 * Reads one command as Redis does: an array of bulk strings, or an inline command.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export async function readCommand(reader: ByteReader): Promise<RedisInput> {
  const line = await reader.line(MAX_INLINE)
  if (line === null) return { kind: 'end' }
  const { bytes, isCut, isComplete } = line
  if (!isComplete) return { kind: 'error', message: 'Protocol error: unexpected end', text: bytes }
  if (isCut) return { kind: 'error', message: 'Protocol error: too big inline request', text: bytes }
  if (bytes[0] !== STAR) return inlineCommand(bytes)
  const count = lengthIn(bytes)
  if (count === null || count > MAX_WORDS)
    return { kind: 'error', message: 'Protocol error: invalid multibulk length', text: bytes }
  return readWords(reader, count)
}

async function readWords(reader: ByteReader, count: number): Promise<RedisInput> {
  const words: Buffer[] = []
  let held = 0
  let isCut = false
  for (let index = 0; index < count; index += 1) {
    const header = await reader.line(MAX_HEADER)
    if (header === null) return { kind: 'end' }
    if (String.fromCharCode(header.bytes[0] ?? 0) !== '$')
      return { kind: 'error', message: `Protocol error: expected '$'`, text: header.bytes }
    const length = lengthIn(header.bytes)
    if (length === null || length < 0 || length > MAX_ANNOUNCED)
      return { kind: 'error', message: 'Protocol error: invalid bulk length', text: header.bytes }
    const kept = Math.min(length, MAX_WORD, MAX_COMMAND - held)
    const word = await reader.bytes(kept)
    if (word === null || !(await reader.skip(length - kept + 2))) return { kind: 'end' }
    isCut ||= kept < length
    held += kept
    words.push(word)
  }
  return { kind: 'command', words, isCut }
}

/** The number of `*3` and `$10`; null where it is none. */
function lengthIn(line: Buffer): number | null {
  const text = line.subarray(1).toString('latin1')
  return /^-?\d{1,10}$/.test(text) ? Number(text) : null
}

const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']\S*)/gs

/** Words of an inline command; they may be quoted as in redis-cli. */
function inlineCommand(line: Buffer): RedisInput {
  const words: Buffer[] = []
  for (const [, double, single, bare] of line.toString('latin1').matchAll(QUOTED)) {
    if (words.length === MAX_WORDS)
      return { kind: 'error', message: 'Protocol error: too big mbulk count string', text: line }
    words.push(Buffer.from(double === undefined ? (single ?? bare ?? '') : unescaped(double), 'latin1'))
  }
  return { kind: 'command', words, isCut: false }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_all, hex?: string, character?: string) =>
    hex === undefined
      ? (ESCAPES[character ?? ''] ?? character ?? '')
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** An answer: a status, an error, a number, bulk strings, and lists and maps of answers. */
export type RedisReply =
  | { status: string }
  | { error: string }
  | number
  | string
  | Buffer
  | null
  | readonly RedisReply[]
  | { fields: ReadonlyArray<readonly [string, RedisReply]> }

/** @param version of the protocol: 2, or 3 after HELLO 3. */
export function encodeReply(reply: RedisReply, version: 2 | 3): Buffer {
  if (reply === null) return Buffer.from(version === 3 ? '_\r\n' : '$-1\r\n')
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`)
  if (typeof reply === 'string') return encodeReply(Buffer.from(reply), version)
  if (Buffer.isBuffer(reply))
    return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')])
  if ('status' in reply) return Buffer.from(`+${reply.status}\r\n`)
  if ('error' in reply) return Buffer.from(`-${reply.error.replaceAll(/[\r\n]/g, ' ')}\r\n`)
  if ('fields' in reply) {
    const head = version === 3 ? `%${reply.fields.length}` : `*${reply.fields.length * 2}`
    return Buffer.concat([
      Buffer.from(`${head}\r\n`),
      ...reply.fields.flat().map((part) => encodeReply(part, version)),
    ])
  }
  return Buffer.concat([
    Buffer.from(`*${reply.length}\r\n`),
    ...reply.map((part) => encodeReply(part, version)),
  ])
}
