import { parseTimestamp, timestampOf } from '../../domain/timestamp.js'
import { type FromLocalTime, nearestTo } from './local-time.js'

/** What a syslog message says beside its text. */
export interface SyslogMessage {
  /** Which header it has; `none`: nothing that looks like one. */
  header: 'RFC 5424' | 'RFC 3164' | 'none'
  /** RFC 3339 in UTC; null where it is missing or no time. */
  time: string | null
  /** As the sender names itself; null where it does not. */
  host: string | null
  /** Where the text begins. */
  textStart: number
}

export interface SyslogClock {
  /** Milliseconds since the epoch. */
  now: number
  /** For times without a zone, as RFC 3164 has them. */
  fromLocal: FromLocalTime
}

/** Longest header with structured data that is looked at. */
const MAX_HEADER_BYTES = 16 * 1024

const PRIORITY = /^<(\d{1,3})>/
/** VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID and MSGID, RFC 5424 6. */
const RFC_5424 =
  /^[1-9]\d{0,2} (\S{1,64}) ([\x21-\x7e]{1,255}) [\x21-\x7e]{1,255} [\x21-\x7e]{1,255} [\x21-\x7e]{1,255} (?=[-[])/
/** `Oct 11 22:14:15`; also with a year or fractions of a second, as some devices write. */
const RFC_3164_TIME =
  /^\*?([A-Za-z]{3}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?: [A-Z]{3,5}(?=:))?:? /
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\S{8,32}) /
const RFC_3164_HOST = /^([A-Za-z0-9_.:-]{1,255}) /
const RFC_3164_TAG = /^[A-Za-z0-9_./()-]{1,64}(?:\[[^\]\s]{0,128}\])?(?:: ?| (?=\{|@cee:))/
const BEGINS_TEXT = /^(?:\{|\[|@cee:)/

/**
 * Reads the header of a syslog message: RFC 5424, or what RFC 3164 describes, as loosely as devices write it. Never throws; what looks like
 * no header is text.
 */
export function parseSyslog(bytes: Buffer, clock: SyslogClock): SyslogMessage {
  // One character a byte: positions in the text are positions in the bytes.
  const text = bytes.toString('latin1', 0, MAX_HEADER_BYTES)
  const [priority = '', value] = PRIORITY.exec(text) ?? []
  // The highest is facility 23, severity 7.
  const start = value !== undefined && Number(value) <= 191 ? priority.length : 0
  const rest = text.slice(start)
  return parse5424(rest, start) ?? parse3164(rest, start, clock)
}

function parse5424(rest: string, start: number): SyslogMessage | null {
  const match = start > 0 ? RFC_5424.exec(rest) : null
  if (!match) return null
  const [fields, time = '', host = ''] = match
  const end = endOfStructuredData(rest, fields.length)
  return {
    header: 'RFC 5424',
    time: parseTimestamp(time),
    host: host === '-' ? null : host,
    textStart: start + (rest[end] === ' ' ? end + 1 : end),
  }
}

const ELEMENT_NAME = /[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,255}/y
const PARAMETER = / {1,8}[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,255}="/y

/** Position after the structured data; its beginning where it is malformed, so that it is part of the text. */
function endOfStructuredData(rest: string, from: number): number {
  if (rest[from] === '-') return from + 1
  let at = from
  while (rest[at] === '[') {
    let next = matchEnd(ELEMENT_NAME, rest, at + 1)
    for (let parameter = next; parameter !== null; ) {
      next = parameter
      const value = matchEnd(PARAMETER, rest, parameter)
      parameter = value === null ? null : endOfQuoted(rest, value)
      if (value !== null && parameter === null) return from
    }
    if (next === null || rest[next] !== ']') return from
    at = next + 1
  }
  return at
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}

/** Position after the quote that ends a value; a backslash escapes the character after it (RFC 5424 6.3.3). */
function endOfQuoted(text: string, from: number): number | null {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return null
}

function parse3164(rest: string, start: number, clock: SyslogClock): SyslogMessage {
  const time = leadingTime(rest, clock)
  let at = time.length
  if (start === 0 && at === 0) return { header: 'none', time: null, host: null, textStart: 0 }
  // A host stands only behind a time; a word that ends with a colon is the tag of a sender that names no host.
  const [named = '', host = ''] = (at > 0 && RFC_3164_HOST.exec(rest.slice(at, at + 256))) || []
  const hasHost = named !== '' && !host.endsWith(':')
  if (hasHost) at += named.length
  const ahead = rest.slice(at, at + 256)
  if (!BEGINS_TEXT.test(ahead)) at += RFC_3164_TAG.exec(ahead)?.[0].length ?? 0
  return { header: 'RFC 3164', time: time.instant, host: hasHost ? host : null, textStart: start + at }
}

function leadingTime(
  rest: string,
  { now, fromLocal }: SyslogClock,
): { length: number; instant: string | null } {
  const [iso, text] = ISO_TIME.exec(rest) ?? []
  if (iso !== undefined) {
    const instant = parseTimestamp(text)
    return { length: instant === null ? 0 : iso.length, instant }
  }
  const match = RFC_3164_TIME.exec(rest)
  if (!match) return { length: 0, instant: null }
  const [whole, month = '', day, year, hour, minute, second, fraction = ''] = match
  const around = year === undefined ? now : Date.UTC(Number(year), 6)
  const instant = nearestTo(
    around,
    {
      month,
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
      fraction: Number(fraction.slice(0, 3).padEnd(3, '0')),
    },
    fromLocal,
  )
  return { length: whole.length, instant: instant === null ? null : timestampOf(instant) }
}
