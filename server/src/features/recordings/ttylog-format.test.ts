import { expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { asciicastProblems } from '../../testing/asciicast-rules.js'
import { readingTtylog } from './chunks.js'
import { MalformedRecordingError } from './malformed.js'

// The format is written here from the documentation of its struct, `<iLiiLL`, with nothing of the code that reads it: little-endian, no padding,
// int32 operation, uint32 terminal, int32 length, int32 direction, uint32 seconds, uint32 microseconds, then the data.
const [OPEN, CLOSE, WRITE, EXEC] = [1, 2, 3, 4]
const [INPUT, OUTPUT, INTERACT] = [1, 2, 3]
const START = 1_774_180_800

function pack(operation: number, direction: number, at: number, data: string | number[] = ''): number[] {
  const bytes = typeof data === 'string' ? [...new TextEncoder().encode(data)] : data
  const head = new DataView(new ArrayBuffer(24))
  head.setInt32(0, operation, true)
  head.setUint32(4, 0, true)
  head.setInt32(8, bytes.length, true)
  head.setInt32(12, direction, true)
  head.setUint32(16, Math.trunc(START + at), true)
  head.setUint32(20, Math.trunc((START + at - Math.trunc(START + at)) * 1e6), true)
  return [...new Uint8Array(head.buffer), ...bytes]
}
const open = (at: number) => pack(OPEN, 0, at)
const close = (at: number) => pack(CLOSE, 0, at)
const input = (at: number, data: string | number[]) => pack(WRITE, INPUT, at, data)
const output = (at: number, data: string | number[]) => pack(WRITE, OUTPUT, at, data)

function converted(...records: number[][]): { text: string; events: unknown[]; header: unknown } {
  const body = Buffer.from(records.flat())
  const chunks = atOnce(readingTtylog(body, { width: 132, height: 43, maxBytes: 1_000_000 }))
  const text = Buffer.concat(chunks.map(({ content }) => content)).toString()
  expect(asciicastProblems(text)).toEqual([])
  const [header, ...events] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { text, header, events }
}

test('input and output that are interleaved keep their order and their times', () => {
  const { header, events } = converted(
    open(0.5),
    output(0.5, '$ '),
    input(1.25, 'l'),
    output(1.25, 'l'),
    input(1.5, 's\r'),
    output(1.75, 's\r\nREADME\r\n$ '),
    close(3),
  )
  expect(header).toEqual({ version: 2, width: 132, height: 43, timestamp: START })
  expect(events).toEqual([
    [0, 'o', '$ '],
    [0.75, 'i', 'l'],
    [0.75, 'o', 'l'],
    [1, 'i', 's\r'],
    [1.25, 'o', 's\r\nREADME\r\n$ '],
  ])
})

test('a command without a terminal, and what it prints and is given, are events', () => {
  const { events } = converted(
    open(0),
    pack(WRITE, INTERACT, 0, 'cat > /tmp/x; echo done'),
    input(0.25, 'first line\nsecond'),
    output(0.5, 'done\n'),
    close(0.5),
  )
  expect(events).toEqual([
    [0, 'i', 'cat > /tmp/x; echo done'],
    [0.25, 'i', 'first line\nsecond'],
    [0.5, 'o', 'done\r\n'],
  ])
})

test('operations that show nothing are left out', () => {
  expect(converted(open(0), pack(EXEC, 0, 1, '/bin/sh'), output(2, 'a'), close(2)).events).toEqual([
    [2, 'o', 'a'],
  ])
})

test.each([
  ['after it was closed', [open(0), output(1, 'a'), close(2), open(10), output(11, 'b'), close(12)]],
  ['while it was open', [open(0), output(1, 'a'), open(10), output(11, 'b'), close(12)]],
  ['at once', [open(0), open(0), output(1, 'a'), output(11, 'b')]],
])('a log that was opened again %s is one recording', (_, records) => {
  expect(converted(...records).events).toEqual([
    [1, 'o', 'a'],
    [11, 'o', 'b'],
  ])
})

test('a log that was opened again by an earlier clock does not go back', () => {
  const { events } = converted(open(100), output(101, 'a'), close(102), open(50), output(51, 'b'), close(52))
  expect(events).toEqual([
    [1, 'o', 'a'],
    [2, 'o', 'b'],
  ])
})

test('bytes that are no text, and characters across records, are shown as a terminal shows them', () => {
  const { events } = converted(
    open(0),
    output(1, [0xff, 0x41]),
    input(2, [0xc3]),
    output(3, 'x'),
    input(4, [0xa9]),
  )
  expect(events).toEqual([
    [1, 'o', '\uFFFDA'],
    [3, 'o', 'x'],
    [4, 'i', 'é'],
  ])
})

test('a log that ends between two records is a recording; one that ends within a record is refused with its byte', () => {
  const records = [open(0), output(1, '$ '), input(2, 'id\r'), output(3, 'uid=0(root)\r\n'), close(4)]
  const bytes = records.flat()
  const starts = [0, ...records.map((_, n) => records.slice(0, n + 1).flat().length)]
  for (let length = 1; length <= bytes.length; length += 1) {
    const part = bytes.slice(0, length)
    if (starts.includes(length)) {
      expect(converted(part).events).toHaveLength(Math.min(3, starts.indexOf(length) - 1))
      continue
    }
    const start = starts.findLast((each) => each < length)
    expect(() => converted(part), `${length} bytes`).toThrow(
      new MalformedRecordingError(`byte ${start}`, 'the log ends within a record'),
    )
  }
})
