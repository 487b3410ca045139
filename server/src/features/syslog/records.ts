import { type ReadLimits, type ReadRecord, readingEach, readRecord } from '../ingest/index.js'
import { Rejection } from '../sensors/index.js'
import type { Frame } from './framing.js'
import { parseSyslog, type SyslogClock, type SyslogMessage } from './message.js'

/** What a syslog header may have beside the largest record. */
export const HEADER_ROOM_BYTES = 16 * 1024

const COOKIE = '@cee:'
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf)
/** What a reason quotes of a text. */
const QUOTED_BYTES = 80

/** The record of each message, for `inTurns`. */
export function* readingMessages(
  frames: readonly Frame[],
  clock: SyslogClock,
  limits: ReadLimits,
): Generator<number, ReadRecord[]> {
  return yield* readingEach(
    frames,
    limits,
    ({ bytes }) => bytes,
    (frame) => recordOf(frame, clock, limits),
  )
}

/**
 * The JSON object behind the header is the record and keeps its bytes; the time and the host of the header are its envelope. A message
 * that has none goes to the quarantine as a whole, with the reason that says where it was looked for.
 */
function recordOf({ bytes, size }: Frame, clock: SyslogClock, limits: ReadLimits): ReadRecord {
  const maxBytes = limits.maxRecordBytes + HEADER_ROOM_BYTES
  if (size > maxBytes)
    return {
      rejection: new Rejection('too_large', `a syslog message of ${size} bytes; at most ${maxBytes}`),
      bytes,
    }
  if (size > bytes.length)
    return {
      rejection: new Rejection(
        'invalid_json',
        `the connection ended after ${bytes.length} of the ${size} bytes of the syslog message`,
      ),
      bytes,
    }
  const message = parseSyslog(bytes, clock)
  const text = textOf(bytes.subarray(message.textStart))
  const first = text[0]
  if (first !== 0x7b && first !== 0x5b) return { rejection: noJson(message, text), bytes }
  const record = readRecord(text, limits)
  if ('rejection' in record) return record
  const { time, host } = message
  return { ...record, envelope: { ...(time !== null && { time }), ...(host !== null && { host }) } }
}

/** Without the cookie of CEE (`@cee:`, https://www.rsyslog.com/doc/v8-stable/configuration/modules/mmjsonparse.html) and what surrounds it. */
function textOf(bytes: Buffer): Buffer {
  const text = trimmed(bytes)
  const isCookie = text.subarray(0, COOKIE.length).toString('latin1') === COOKIE
  return isCookie ? trimmed(text.subarray(COOKIE.length)) : text
}

function trimmed(bytes: Buffer): Buffer {
  let from = 0
  let to = bytes.length
  if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) from = BYTE_ORDER_MARK.length
  while (from < to && isWhiteSpace(bytes[from])) from += 1
  while (to > from && isWhiteSpace(bytes[to - 1])) to -= 1
  return bytes.subarray(from, to)
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x00
}

const LOOKED: Readonly<Record<SyslogMessage['header'], string>> = {
  'RFC 5424': 'behind the RFC 5424 header and its structured data',
  'RFC 3164': 'behind the RFC 3164 header and its tag',
  none: 'at the beginning of the message, which has no syslog header',
}

function noJson({ header }: SyslogMessage, text: Buffer): Rejection {
  const found = text.length === 0 ? 'nothing' : `"${text.toString('utf8', 0, QUOTED_BYTES)}"`
  return new Rejection('invalid_json', `no JSON object ${LOOKED[header]}: there is ${found}`)
}
