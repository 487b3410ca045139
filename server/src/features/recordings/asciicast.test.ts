import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCastReader } from './asciicast.js'
import { MalformedRecordingError } from './malformed.js'

const HEADER = '{"version":2,"width":80,"height":24}'

/** Everything that a reader says of bytes that come in pieces. */
function read(pieces: readonly Buffer[], hasHeader = true): unknown {
  const reader = createCastReader({ hasHeader })
  try {
    const lines = pieces.flatMap((piece) => reader.read(piece))
    return [...lines, ...reader.end()].map(({ bytes, ...line }) => ({
      ...line,
      text: bytes.toString('utf8'),
    }))
  } catch (error) {
    if (error instanceof MalformedRecordingError) return error.message
    throw error
  }
}
const readText = (text: string, hasHeader = true) => read([Buffer.from(text)], hasHeader)

/** The same bytes in pieces. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let from = 0
  return ends.map((end) => {
    const piece = bytes.subarray(from, end)
    from = end
    return piece
  })
}

const frame = fc.tuple(
  fc.nat({ max: 5 }),
  fc.constantFrom('o', 'i', 'm'),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const castText = fc.array(frame, { maxLength: 8 }).map((steps) => {
  let time = 0
  return [
    HEADER,
    ...steps.map(([step, code, data]) => {
      time += step / 8
      return JSON.stringify([time, code, data])
    }),
  ]
    .map((line) => `${line}\n`)
    .join('')
})
const places = fc.array(fc.nat({ max: 2000 }), { maxLength: 6 })

test('however a recording is cut, its lines are the same, byte for byte', () => {
  fc.assert(
    fc.property(castText, places, (text, at) => {
      const whole = readText(text)
      expect(whole).toBeInstanceOf(Array)
      expect((whole as Array<{ text: string }>).map((line) => `${line.text}\n`).join('')).toBe(text)
      expect(read(cut(Buffer.from(text), at))).toEqual(whole)
    }),
  )
})

test('whatever is sent, it is read or refused with a line, the same however it is cut', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(castText, fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 300 })).map(([text, noise, at]) => {
      const whole = Buffer.from(text)
      return Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)])
    }),
  )
  fc.assert(
    fc.property(bytes, places, fc.boolean(), (sent, at, hasHeader) => {
      const whole = read([Buffer.from(sent)], hasHeader)
      if (typeof whole === 'string') expect(whole).toMatch(/^line \d+: /)
      expect(read(cut(Buffer.from(sent), at), hasHeader)).toEqual(whole)
    }),
  )
})

test.each([
  ['{"version":3,"width":80,"height":24}', 'line 1: the header is'],
  ['{"version":2,"width":80}', 'line 1: the header is'],
  ['{"version":2,"width":-1,"height":24}', 'line 1: the header is'],
  [`${HEADER}\n\n`, 'line 2: the line is not JSON'],
  [`${HEADER}\n[0,"o"]\n`, 'line 2: an event is an array'],
  [`${HEADER}\n[0,"o","x",1]\n`, 'line 2: an event is an array'],
  [`${HEADER}\n["0","o","x"]\n`, 'line 2: a time is'],
  [`${HEADER}\n[-1,"o","x"]\n`, 'line 2: a time is'],
  [`${HEADER}\n[1e999,"o","x"]\n`, 'line 2: a time is'],
  [`${HEADER}\n[100000001,"o","x"]\n`, 'line 2: a time is'],
  [`${HEADER}\n[0,"x","x"]\n`, 'line 2: a code is'],
  [`${HEADER}\n[0,"o",1]\n`, 'line 2: the data'],
  [`${HEADER}\n[0,"r","80"]\n`, 'line 2: the data of a resize'],
  [`${HEADER}\n[2,"o","x"]\n[1.9,"o","x"]\n`, 'line 3: the time 1.9 is before that of an earlier event, 2'],
])('%j is refused', (text, why) => {
  expect(readText(text)).toContain(why)
})

test('a line and the header have a length at most', () => {
  expect(readText(`{"version":2,"width":80,"height":24,"title":"${'x'.repeat(16_384)}"}\n`)).toBe(
    'line 1: the line is longer than 16384 bytes',
  )
  const longest = '[0,"o","'.length + '"]'.length
  const fits = `${HEADER}\n[0,"o","${'x'.repeat(262_144 - longest)}"]\n`
  expect(readText(fits)).toHaveLength(2)
  expect(readText(fits.replace('x', 'xx'))).toBe('line 2: the line is longer than 262144 bytes')
})

test('what is no UTF-8 is refused', () => {
  expect(read([Buffer.from(`${HEADER}\n[0,"o","\xff"]\n`, 'latin1')])).toBe('line 2: the line is not UTF-8')
})

test('a chunk behind the first one has no header', () => {
  expect(readText('[1,"o","x"]\n', false)).toHaveLength(1)
  expect(readText(HEADER, false)).toContain('line 1: an event is an array')
})
