import { MalformedRecordingError } from './malformed.js'

/** Operations of the format. Only `write` has data that is shown; Cowrie writes no `execute`. */
export const OPERATION = { open: 1, close: 2, write: 3, execute: 4 } as const
/** Which way data went; `command` is that of a session without a terminal. */
export const DIRECTION = { input: 1, output: 2, command: 3 } as const

/** One record of a ttylog, as its head states it. */
export interface TtylogHead {
  operation: number
  terminal: number
  /** Bytes of data behind the head. */
  length: number
  direction: number
  /** Since 1970. */
  seconds: number
}

export interface TtylogRecord {
  head: TtylogHead
  data: Buffer
}

/**
 * Cuts bytes into the records of a ttylog: six little-endian 32-bit numbers, `<iLiiLL` (operation, terminal, length, direction, seconds and
 * microseconds since 1970), each with so many bytes of data behind it. However the bytes are cut, the records are the same.
 */
export interface TtylogRecordReader {
  /** @returns the records that are complete now, one at a time: the next one is checked once the one before it was taken. */
  read(bytes: Buffer): Generator<TtylogRecord, void>
  /** @throws {MalformedRecordingError} where the log ends within a record. */
  end(): void
  /** Names the record that was read last as the place. @throws {MalformedRecordingError} */
  fail(why: string): never
}

const HEAD_BYTES = 24
const OPERATIONS: readonly number[] = Object.values(OPERATION)
const DIRECTIONS: readonly number[] = Object.values(DIRECTION)

/** @param check is called with each head before its data is there. @param maxBytes of the data of one record. */
export function createTtylogRecordReader(
  maxBytes: number,
  check: (head: TtylogHead) => void,
): TtylogRecordReader {
  let parts: Buffer[] = []
  let held = 0
  let at = 0
  let head: TtylogHead | null = null

  function fail(why: string): never {
    throw new MalformedRecordingError(`byte ${at}`, why)
  }

  function headOf(bytes: Buffer): TtylogHead {
    const microseconds = bytes.readUInt32LE(20)
    if (microseconds >= 1e6) fail(`a record has ${microseconds} microseconds`)
    const read = {
      operation: bytes.readInt32LE(0),
      terminal: bytes.readUInt32LE(4),
      length: bytes.readInt32LE(8),
      direction: bytes.readInt32LE(12),
      seconds: bytes.readUInt32LE(16) + microseconds / 1e6,
    }
    const { operation, length, direction } = read
    if (!OPERATIONS.includes(operation)) fail(`there is no operation ${operation}`)
    if (operation === OPERATION.write && !DIRECTIONS.includes(direction))
      fail(`there is no direction ${direction}`)
    if (length < 0 || length > maxBytes) fail(`a record has 0 to ${maxBytes} bytes of data, not ${length}`)
    check(read)
    return read
  }

  return {
    *read(bytes) {
      parts.push(bytes)
      held += bytes.length
      if (held < (head?.length ?? HEAD_BYTES)) return
      // Once for each record at most, however small the pieces are.
      const pending = Buffer.concat(parts)
      let from = 0
      for (;;) {
        if (head === null) {
          if (pending.length - from < HEAD_BYTES) break
          head = headOf(pending.subarray(from, from + HEAD_BYTES))
          from += HEAD_BYTES
        }
        if (pending.length - from < head.length) break
        yield { head, data: pending.subarray(from, from + head.length) }
        from += head.length
        at += HEAD_BYTES + head.length
        head = null
      }
      const rest = pending.subarray(from)
      held = rest.length
      // A copy: what was read is not held by what is left of it.
      parts = held === 0 ? [] : [Buffer.from(rest)]
    },
    end() {
      if (head !== null || held > 0) fail('the log ends within a record')
    },
    fail,
  }
}
