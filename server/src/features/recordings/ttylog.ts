import type { RecordingFrame } from '@eviltwin/contract'
import { MAX_SECONDS } from './asciicast.js'
import { MalformedRecordingError } from './malformed.js'

/**
 * Reads a ttylog of Cowrie (src/cowrie/core/ttylog.py, as of User Mode Linux): records of six little-endian 32-bit numbers, `<iLiiLL` (operation,
 * terminal, length, direction, seconds and microseconds since 1970), each with so many bytes of data behind it. However the bytes are
 * cut, the events are the same.
 */
export interface TtylogReader {
  /** @returns the events that are complete now. @throws {MalformedRecordingError} */
  read(bytes: Buffer): RecordingFrame[]
  /** @returns what is left of incomplete characters. @throws {MalformedRecordingError} where the log ends within a record. */
  end(): RecordingFrame[]
  /** When the log was opened, in seconds since 1970; null before its first record. */
  openedAt(): number | null
}

const HEAD_BYTES = 24
const OPEN = 1
const CLOSE = 2
const WRITE = 3
const OPERATIONS = [OPEN, CLOSE, WRITE, 4]
const INPUT = 1
const OUTPUT = 2
/** The command of a session without a terminal. */
const INTERACT = 3
const DIRECTIONS = [INPUT, OUTPUT, INTERACT]
/** Longer data is several events of the same time, so that no event is longer than a line of asciicast may be. */
const DATA_PART_BYTES = 16 * 1024

interface Head {
  operation: number
  terminal: number
  length: number
  direction: number
  /** Since 1970. */
  seconds: number
}

/** @param maxBytes of the data of one record. */
export function createTtylogReader(maxBytes: number): TtylogReader {
  const output = createText({ addsReturns: true })
  const input = createText({ addsReturns: false })
  let parts: Buffer[] = []
  let held = 0
  let at = 0
  let head: Head | null = null
  let opened: Head | null = null
  let isClosed = false
  let time = 0

  function fail(why: string): never {
    throw new MalformedRecordingError(`byte ${at}`, why)
  }

  function check({ operation, terminal, length, direction }: Head): void {
    if (isClosed) fail('the log goes on behind the record that closes it')
    if (opened === null && operation !== OPEN) fail('the first record opens no log')
    if (opened !== null && operation === OPEN) fail('a second record opens the log')
    if (opened !== null && terminal !== opened.terminal) fail('the log has records of a second terminal')
    if (!OPERATIONS.includes(operation)) fail(`there is no operation ${operation}`)
    if (operation === WRITE && !DIRECTIONS.includes(direction)) fail(`there is no direction ${direction}`)
    if (length < 0 || length > maxBytes) fail(`a record has 0 to ${maxBytes} bytes of data, not ${length}`)
  }

  /** A clock that was set back meanwhile does not turn the order of events around. */
  function timeOf(record: Head): number {
    const since = record.seconds - (opened ?? record).seconds
    if (since > MAX_SECONDS) fail(`the record is ${since} seconds after the first one`)
    time = Math.max(time, Math.round(since * 1e6) / 1e6)
    return time
  }

  function* eventsOf(record: Head, data: Buffer): Generator<RecordingFrame> {
    opened ??= record
    const seconds = timeOf(record)
    isClosed = record.operation === CLOSE
    if (record.operation !== WRITE) return
    const isOutput = record.direction === OUTPUT
    for (let from = 0; from < data.length; from += DATA_PART_BYTES) {
      const text = (isOutput ? output : input).of(data.subarray(from, from + DATA_PART_BYTES))
      if (text !== '') yield [seconds, isOutput ? 'o' : 'i', text]
    }
  }

  function headOf(bytes: Buffer): Head {
    const microseconds = bytes.readUInt32LE(20)
    if (microseconds >= 1e6) fail(`a record has ${microseconds} microseconds`)
    return {
      operation: bytes.readInt32LE(0),
      terminal: bytes.readUInt32LE(4),
      length: bytes.readInt32LE(8),
      direction: bytes.readInt32LE(12),
      seconds: bytes.readUInt32LE(16) + microseconds / 1e6,
    }
  }

  return {
    read(bytes) {
      parts.push(bytes)
      held += bytes.length
      const events: RecordingFrame[] = []
      if (held < (head?.length ?? HEAD_BYTES)) return events
      // Once for each record at most, however small the pieces are.
      const pending = Buffer.concat(parts)
      let from = 0
      for (;;) {
        if (head === null) {
          if (pending.length - from < HEAD_BYTES) break
          head = headOf(pending.subarray(from, from + HEAD_BYTES))
          check(head)
          from += HEAD_BYTES
        }
        if (pending.length - from < head.length) break
        for (const event of eventsOf(head, pending.subarray(from, from + head.length))) events.push(event)
        from += head.length
        at += HEAD_BYTES + head.length
        head = null
      }
      const rest = pending.subarray(from)
      held = rest.length
      // A copy: what was read is not held by what is left of it.
      parts = held === 0 ? [] : [Buffer.from(rest)]
      return events
    },
    end() {
      if (head !== null || held > 0) fail('the log ends within a record')
      if (opened === null) fail('the log is empty')
      return [...last('o', output), ...last('i', input)]
    },
    openedAt: () => opened?.seconds ?? null,
  }

  function last(code: 'o' | 'i', text: Text): RecordingFrame[] {
    const rest = text.end()
    return rest === '' ? [] : [[time, code, rest]]
  }
}

interface Text {
  of(bytes: Buffer): string
  end(): string
}

/**
 * Decodes UTF-8 across records; what is none becomes U+FFFD, as terminals show it.
 * @param addsReturns whether line feeds get a carriage return: Cowrie sends it to the client, and logs what was there before.
 */
function createText({ addsReturns }: { addsReturns: boolean }): Text {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let endsInReturn = false
  function finished(text: string): string {
    if (!addsReturns || text === '') return text
    const withReturns = (endsInReturn ? `\r${text}` : text).replaceAll(/(?<!\r)\n/g, '\r\n')
    const own = endsInReturn ? withReturns.slice(1) : withReturns
    endsInReturn = text.endsWith('\r')
    return own
  }
  return {
    of: (bytes) => finished(decoder.decode(bytes, { stream: true })),
    end: () => finished(decoder.decode()),
  }
}
