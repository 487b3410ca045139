import { createHash } from 'node:crypto'
import { createGrowingBuffer } from '../../platform/sockets/growing-buffer.js'

/**
 * The wire protocol of hpfeeds (https://github.com/hpfeeds/hpfeeds): a length of four bytes (big-endian, of the whole message), an opcode of
 * one byte, and fields; a text has one byte of length, except where it is the rest of the message.
 */
export type HpfeedsMessage =
  | { op: 'error'; text: string }
  /** The broker's greeting: what a client hashes its secret with. */
  | { op: 'info'; name: string; nonce: Buffer }
  /** @see digestOf */
  | { op: 'auth'; ident: string; digest: Buffer }
  | { op: 'publish'; ident: string; channel: string; payload: Buffer }
  | { op: 'subscribe' | 'unsubscribe'; ident: string; channel: string }

/** The other side does not keep to the protocol; its connection is of no use any more. */
export class HpfeedsProtocolError extends Error {
  override name = 'HpfeedsProtocolError'
}

const OPCODES = ['error', 'info', 'auth', 'publish', 'subscribe', 'unsubscribe'] as const
const HEADER_BYTES = 5
const MAX_TEXT_BYTES = 255

/** @throws {RangeError} for a text of more than 255 bytes. */
export function encode(message: HpfeedsMessage): Buffer {
  const body = Buffer.concat(fieldsOf(message))
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(HEADER_BYTES + body.length)
  header.writeUInt8(OPCODES.indexOf(message.op), 4)
  return Buffer.concat([header, body])
}

function fieldsOf(message: HpfeedsMessage): Buffer[] {
  switch (message.op) {
    case 'error':
      return [Buffer.from(message.text)]
    case 'info':
      return [packed(message.name), message.nonce]
    case 'auth':
      return [packed(message.ident), message.digest]
    case 'publish':
      return [packed(message.ident), packed(message.channel), message.payload]
    case 'subscribe':
    case 'unsubscribe':
      return [packed(message.ident), Buffer.from(message.channel)]
  }
}

function packed(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length > MAX_TEXT_BYTES)
    throw new RangeError(`a text of hpfeeds has at most ${MAX_TEXT_BYTES} bytes`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

/** What proves that a client knows its secret: SHA-1 of the nonce and the secret. */
export function digestOf(nonce: Buffer, secret: string): Buffer {
  return createHash('sha1').update(nonce).update(secret).digest()
}

/** Cuts a stream of bytes into messages. */
export interface Decoder {
  /**
   * The messages that end within the bytes.
   * @param maxBytes of a message, asked for each: more is allowed once a client is known. @throws {HpfeedsProtocolError}
   */
  push(chunk: Buffer, maxBytes: () => number): Generator<HpfeedsMessage, void>
}

export function createDecoder(largestBytes: number): Decoder {
  const message = createGrowingBuffer(largestBytes)
  let header = Buffer.alloc(0)

  return {
    *push(chunk, maxBytes) {
      for (let at = 0; at < chunk.length; ) {
        if (header.length < HEADER_BYTES) {
          const taken = chunk.subarray(at, at + HEADER_BYTES - header.length)
          header = Buffer.concat([header, taken])
          at += taken.length
        }
        if (header.length < HEADER_BYTES) return
        const missing = bodyBytes(header, Math.min(maxBytes(), largestBytes)) - message.size()
        const part = chunk.subarray(at, at + missing)
        message.append(part)
        at += part.length
        if (part.length < missing) return
        const opcode = header[4] as number
        header = Buffer.alloc(0)
        yield decoded(opcode, message.take())
      }
    },
  }
}

function bodyBytes(header: Buffer, maxBytes: number): number {
  const length = header.readUInt32BE()
  if (length < HEADER_BYTES || length > maxBytes)
    throw new HpfeedsProtocolError(`a message of ${length} bytes; ${HEADER_BYTES} to ${maxBytes} are allowed`)
  return length - HEADER_BYTES
}

function decoded(opcode: number, body: Buffer): HpfeedsMessage {
  const op = OPCODES[opcode]
  if (op === undefined) throw new HpfeedsProtocolError(`the opcode ${opcode} is unknown`)
  if (op === 'error') return { op, text: body.toString() }
  const [first, rest] = unpacked(body)
  switch (op) {
    case 'info':
      return { op, name: first, nonce: rest }
    case 'auth':
      return { op, ident: first, digest: rest }
    case 'publish': {
      const [channel, payload] = unpacked(rest)
      return { op, ident: first, channel, payload }
    }
    case 'subscribe':
    case 'unsubscribe':
      return { op, ident: first, channel: rest.toString() }
  }
}

function unpacked(bytes: Buffer): [text: string, rest: Buffer] {
  const length = bytes[0]
  if (length === undefined || bytes.length < 1 + length)
    throw new HpfeedsProtocolError('a text is longer than its message')
  return [bytes.toString('utf8', 1, 1 + length), bytes.subarray(1 + length)]
}
