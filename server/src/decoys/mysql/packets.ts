import type { ByteReader } from '../connection/byte-reader.js'

/** A packet of a client, or why there is none. */
export type ClientPacket =
  | { kind: 'packet'; sequence: number; payload: Buffer }
  | { kind: 'too_large' }
  | { kind: 'end' }

const HEADER_BYTES = 4
/** Of one packet; nothing of a larger one is read. */
const MAX_PAYLOAD = 1_048_576

/** Three bytes of length, one of sequence, and the payload. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html */
export async function readPacket(reader: ByteReader): Promise<ClientPacket> {
  const header = await reader.bytes(HEADER_BYTES)
  if (header === null) return { kind: 'end' }
  const length = header.readUIntLE(0, 3)
  if (length > MAX_PAYLOAD) return { kind: 'too_large' }
  const payload = await reader.bytes(length)
  return payload === null ? { kind: 'end' } : { kind: 'packet', sequence: header.readUInt8(3), payload }
}

/** Packets with their headers. @param sequence of the first one. */
export function framePackets(payloads: readonly Buffer[], sequence: number): Buffer {
  return Buffer.concat(
    payloads.flatMap((payload, index) => {
      const header = Buffer.alloc(HEADER_BYTES)
      header.writeUIntLE(payload.length, 0, 3)
      header.writeUInt8((sequence + index) & 0xff, 3)
      return [header, payload]
    }),
  )
}

/** SERVER_STATUS_AUTOCOMMIT. */
const STATUS = 0x0002

export function okPacket(affectedRows = 0): Buffer {
  return Buffer.from([0x00, Math.min(affectedRows, 250), 0x00, STATUS, 0x00, 0x00, 0x00])
}

export function eofPacket(): Buffer {
  return Buffer.from([0xfe, 0x00, 0x00, STATUS, 0x00])
}

/** @param state five characters of SQLSTATE. */
export function errorPacket(code: number, state: string, message: string): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt8(0xff, 0)
  head.writeUInt16LE(code, 1)
  return Buffer.concat([head, Buffer.from(`#${state}${message}`)])
}

/** Rows of text under these names; null is NULL. */
export interface TextResult {
  columns: readonly string[]
  rows: ReadonlyArray<readonly (string | null)[]>
}

const VAR_STRING = 0xfd
const UTF8 = 45

/** A result in the text protocol, with EOF packets. */
export function resultPackets({ columns, rows }: TextResult): Buffer[] {
  return [
    lengthEncoded(columns.length),
    ...columns.map(columnPacket),
    eofPacket(),
    ...rows.map((row) =>
      Buffer.concat(row.map((value) => (value === null ? Buffer.from([0xfb]) : encodedText(value)))),
    ),
    eofPacket(),
  ]
}

function columnPacket(name: string): Buffer {
  const tail = Buffer.alloc(13)
  tail.writeUInt8(0x0c, 0)
  tail.writeUInt16LE(UTF8, 1)
  tail.writeUInt32LE(1_024, 3)
  tail.writeUInt8(VAR_STRING, 7)
  const [empty, text] = [encodedText(''), encodedText(name)]
  return Buffer.concat([encodedText('def'), empty, empty, empty, text, empty, tail])
}

function encodedText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([lengthEncoded(bytes.length), bytes])
}

function lengthEncoded(value: number): Buffer {
  if (value < 0xfb) return Buffer.from([value])
  const bytes = Buffer.alloc(value > 0xffff ? 4 : 3)
  bytes.writeUInt8(value > 0xffff ? 0xfd : 0xfc, 0)
  bytes.writeUIntLE(value, 1, bytes.length - 1)
  return bytes
}

/** Takes fields off a payload, in their order. What is missing is empty. */
export interface FieldReader {
  number(bytes: number): number
  bytes(count: number): Buffer
  /** Up to the next NUL, which is taken as well, or to the end. */
  untilNul(): Buffer
  /** Bytes with their length in the encoding of MySQL before them. */
  lengthEncoded(): Buffer
  rest(): Buffer
}

export function createFieldReader(payload: Buffer): FieldReader {
  let at = 0
  function bytes(count: number): Buffer {
    const part = payload.subarray(at, at + count)
    at += part.length
    return part
  }
  function number(count: number): number {
    const part = bytes(count)
    return part.length === 0 ? 0 : part.readUIntLE(0, part.length)
  }
  return {
    bytes,
    number,
    untilNul() {
      const end = payload.indexOf(0, at)
      const part = bytes((end < 0 ? payload.length : end) - at)
      at += 1
      return part
    },
    lengthEncoded() {
      const first = number(1)
      if (first < 0xfb) return bytes(first)
      return bytes(first === 0xfc ? number(2) : first === 0xfd ? number(3) : 0)
    },
    rest: () => bytes(payload.length),
  }
}
