import type { RecordingFrame } from '@eviltwin/contract'
import { MAX_SECONDS } from './asciicast.js'
import { createTerminalText, type TerminalText } from './terminal-text.js'
import {
  createTtylogRecordReader,
  DIRECTION,
  OPERATION,
  type TtylogHead,
  type TtylogRecord,
} from './ttylog-records.js'

/**
 * Reads a ttylog of Cowrie (src/cowrie/core/ttylog.py, as of User Mode Linux). Cowrie appends to its files: one that was opened several times is
 * one recording, from the first time on. However the bytes are cut, the events are the same.
 */
export interface TtylogReader {
  /** @returns the events that are complete now. @throws {MalformedRecordingError} */
  read(bytes: Buffer): RecordingFrame[]
  /** @returns what is left of incomplete characters. @throws {MalformedRecordingError} where the log ends within a record. */
  end(): RecordingFrame[]
  /** When the log was opened, in seconds since 1970; null before its first record. */
  openedAt(): number | null
}

/** Longer data is several events of the same time, so that no event is longer than a line of asciicast may be. */
const DATA_PART_BYTES = 16 * 1024

/** @param maxBytes of the data of one record. */
export function createTtylogReader(maxBytes: number): TtylogReader {
  const output = createTerminalText({ addsReturns: true })
  const input = createTerminalText({ addsReturns: false })
  const records = createTtylogRecordReader(maxBytes, check)
  let opened: TtylogHead | null = null
  let isClosed = false
  let time = 0

  /** Whether a record may follow those before it. */
  function check({ operation, terminal }: TtylogHead): void {
    if (operation === OPERATION.open) isClosed = false
    if (isClosed) records.fail('the log goes on behind the record that closes it')
    if (opened === null && operation !== OPERATION.open) records.fail('the first record opens no log')
    if (opened !== null && terminal !== opened.terminal)
      records.fail('the log has records of a second terminal')
  }

  /** A clock that was set back meanwhile does not turn the order of events around. */
  function timeOf({ seconds }: TtylogHead, beginning: TtylogHead): number {
    const since = seconds - beginning.seconds
    if (since > MAX_SECONDS) records.fail(`the record is ${since} seconds after the first one`)
    time = Math.max(time, Math.round(since * 1e6) / 1e6)
    return time
  }

  function* eventsOf({ head, data }: TtylogRecord): Generator<RecordingFrame> {
    opened ??= head
    const seconds = timeOf(head, opened)
    isClosed = head.operation === OPERATION.close
    if (head.operation !== OPERATION.write) return
    const isOutput = head.direction === DIRECTION.output
    for (let from = 0; from < data.length; from += DATA_PART_BYTES) {
      const text = (isOutput ? output : input).of(data.subarray(from, from + DATA_PART_BYTES))
      if (text !== '') yield [seconds, isOutput ? 'o' : 'i', text]
    }
  }

  function last(code: 'o' | 'i', text: TerminalText): RecordingFrame[] {
    const rest = text.end()
    return rest === '' ? [] : [[time, code, rest]]
  }

  return {
    read(bytes) {
      const events: RecordingFrame[] = []
      for (const record of records.read(bytes)) for (const event of eventsOf(record)) events.push(event)
      return events
    },
    end() {
      records.end()
      if (opened === null) records.fail('the log is empty')
      return [...last('o', output), ...last('i', input)]
    },
    openedAt: () => opened?.seconds ?? null,
  }
}
