import type { RecordingFrame } from '@eviltwin/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { encodeTtylog, type TtylogEvent, ttylogRecord } from '../../testing/ttylog.js'
import { readingCast, readingFrames, readingTtylog } from './chunks.js'
import { MalformedRecordingError } from './malformed.js'
import { createTtylogReader } from './ttylog.js'

const MAX = 100_000

function read(pieces: readonly Buffer[]): RecordingFrame[] | string {
  const reader = createTtylogReader(MAX)
  try {
    const frames = pieces.flatMap((piece) => reader.read(piece))
    return [...frames, ...reader.end()]
  } catch (error) {
    if (error instanceof MalformedRecordingError) return error.message
    throw error
  }
}
const cut = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))

const event = fc.record({
  step: fc.nat({ max: 3_000_000 }),
  direction: fc.constantFrom('input', 'output', 'command'),
  data: fc.uint8Array({ maxLength: 40 }),
})
const ttylog = fc.array(event, { maxLength: 10 }).map((events) => {
  let time = 0
  return encodeTtylog(
    1_774_180_800,
    events.map(({ step, direction, data }): TtylogEvent => {
      time += step / 1e6
      return [time, direction, data]
    }),
  )
})
const size = fc.integer({ min: 1, max: 60 })

test('output, input and commands have their times, and line feeds of output get a carriage return', () => {
  const bytes = encodeTtylog(1_774_180_800, [
    [0.000001, 'command', 'uname -a'],
    [0.5, 'output', 'a\nb\r'],
    [0.75, 'output', '\nc\n'],
    [2.5, 'input', 'x\n'],
  ])
  expect(read([bytes])).toEqual([
    [0.000001, 'i', 'uname -a'],
    [0.5, 'o', 'a\r\nb\r'],
    [0.75, 'o', '\nc\r\n'],
    [2.5, 'i', 'x\n'],
  ])
})

test('a character that two records share is one; what is none becomes U+FFFD', () => {
  const [first, second] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac])]
  const shared: TtylogEvent[] = [
    [0, 'output', first],
    [1, 'output', second],
  ]
  expect(read([encodeTtylog(0, shared)])).toEqual([[1, 'o', '€']])
  expect(read([encodeTtylog(0, shared.slice(0, 1))])).toEqual([[0, 'o', '\uFFFD']])
})

test('a clock that is set back does not turn the order around', () => {
  const bytes = encodeTtylog(100, [
    [5, 'output', 'a'],
    [3, 'output', 'b'],
  ])
  expect(read([bytes])).toEqual([
    [5, 'o', 'a'],
    [5, 'o', 'b'],
  ])
})

test('however a log is cut, its events are the same', () => {
  fc.assert(
    fc.property(ttylog, size, (bytes, each) => {
      const whole = read([bytes])
      expect(whole).toBeInstanceOf(Array)
      expect(read(cut(bytes, each))).toEqual(whole)
    }),
  )
})

test('whatever is sent, it is read or refused with a byte, the same however it is cut', () => {
  const damaged = fc.tuple(ttylog, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, value]) => {
    const copy = Buffer.from(bytes)
    copy[at % copy.length] = value
    return copy
  })
  const sent = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
    damaged,
  )
  fc.assert(
    fc.property(sent, size, (bytes, each) => {
      const whole = read([bytes])
      if (typeof whole === 'string') expect(whole).toMatch(/^byte \d+: /)
      expect(read(cut(bytes, each))).toEqual(whole)
    }),
  )
})

test('what it becomes is asciicast that reads the same', () => {
  fc.assert(
    fc.property(ttylog, (bytes) => {
      const chunks = atOnce(readingTtylog(bytes, { width: 80, height: 24, maxBytes: MAX }))
      const text = Buffer.concat(chunks.map(({ content }) => content))
      expect(text.toString().split('\n')[0]).toBe(
        '{"version":2,"width":80,"height":24,"timestamp":1774180800}',
      )
      expect(atOnce(readingFrames(text, true)).frames).toEqual(read([bytes]))
      expect(Buffer.concat(atOnce(readingCast(text)).map(({ content }) => content))).toEqual(text)
    }),
  )
})

const opened = ttylogRecord({ operation: 1, seconds: 100 })
test.each([
  ['nothing', Buffer.alloc(0), 'byte 0: the log is empty'],
  [
    'the middle of a log',
    ttylogRecord({ operation: 3, seconds: 1, direction: 2 }),
    'byte 0: the first record',
  ],
  ['half a record', opened.subarray(0, 20), 'byte 0: the log ends within a record'],
  [
    'half the data of a record',
    Buffer.concat([
      opened,
      ttylogRecord({ operation: 3, seconds: 1, direction: 2, length: 5, data: Buffer.from('x') }),
    ]),
    'byte 24: the log ends within a record',
  ],
  [
    'more data than may be',
    Buffer.concat([opened, ttylogRecord({ operation: 3, seconds: 1, direction: 2, length: MAX + 1 })]),
    'byte 24: a record has 0 to 100000 bytes of data',
  ],
  [
    'less data than none',
    Buffer.concat([opened, ttylogRecord({ operation: 3, seconds: 1, direction: 2, length: -1 })]),
    'byte 24: a record has 0',
  ],
  [
    'another operation',
    Buffer.concat([opened, ttylogRecord({ operation: 9, seconds: 1 })]),
    'no operation 9',
  ],
  [
    'another direction',
    Buffer.concat([opened, ttylogRecord({ operation: 3, seconds: 1, direction: 7 })]),
    'no direction 7',
  ],
  [
    'a second terminal',
    Buffer.concat([opened, ttylogRecord({ operation: 3, seconds: 1, direction: 2, terminal: 4 })]),
    'a second terminal',
  ],
  [
    'more behind its end',
    Buffer.concat([encodeTtylog(0, []), ttylogRecord({ operation: 3, seconds: 1, direction: 2 })]),
    'byte 48: the log goes on behind',
  ],
  [
    'years between two records',
    Buffer.concat([opened, ttylogRecord({ operation: 3, seconds: 200_000_000, direction: 2 })]),
    'seconds after the first one',
  ],
])('%s is refused', (_, bytes, why) => {
  expect(read([bytes])).toContain(why)
})
