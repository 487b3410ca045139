import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFramer } from './framing.js'

/** The messages of a stream that arrives in parts. */
function framesOf(parts: ReadonlyArray<string | Uint8Array>, maxBytes = 1_000) {
  const framer = createFramer(maxBytes)
  const frames = parts.flatMap((part) => framer.push(Buffer.from(part)))
  const isWithin = framer.isWithinMessage()
  const texts = [...frames, ...framer.end()].map(({ bytes, size }) => ({
    text: bytes.toString('latin1'),
    kept: bytes.length,
    size,
  }))
  return { texts, complete: frames.length, isWithin }
}

const texts = (...parts: string[]) => framesOf(parts).texts.map(({ text }) => text)

describe('messages of a stream', () => {
  test.each([
    ['lines', ['<13>a\n<14>b\n'], ['<13>a', '<14>b']],
    ['counted', ['5 <13>a6 <14>bb'], ['<13>a', '<14>bb']],
    ['counted, with line feeds within and between', ['7 <13>a\nb\n5 <14>c'], ['<13>a\nb', '<14>c']],
    ['both, message by message', ['<13>a\n5 <14>b<15>c\n'], ['<13>a', '<14>b', '<15>c']],
    ['counted JSON without a header', ['7 {"a":1}'], ['{"a":1}']],
    ['a line that begins with a date', ['2026-11-26 x\n'], ['2026-11-26 x']],
    ['a line that begins with a number', ['42 is no count\n'], ['42 is no count']],
    ['a line that is a number', ['42\n'], ['42']],
    ['a count that begins with zero is none', ['05 <13>a\n'], ['05 <13>a']],
    ['empty lines and NUL bytes', ['\n\r\n\0<13>a\n\n'], ['<13>a']],
    ['a line without its end', ['<13>a\n<14>b'], ['<13>a', '<14>b']],
    ['a count that arrives in parts', ['1', '2', ' ', '<', '13>abcdefgh'], ['<13>abcdefgh']],
    ['a count of one', ['1 <1 {'], ['<', '{']],
  ])('%s', (_name, parts, expected) => {
    expect(texts(...parts)).toEqual(expected)
  })

  test('a counted message whose connection ends has the size that it would have had', () => {
    const { texts: found, complete, isWithin } = framesOf(['20 <13>abc'])
    expect(found).toEqual([{ text: '<13>abc', kept: 7, size: 20 }])
    expect({ complete, isWithin }).toEqual({ complete: 0, isWithin: true })
  })

  test.each([
    ['line', ['<13>0123456789\n<14>b\n']],
    ['counted', ['14 <13>0123456789', '5 <14>b']],
  ])('of a %s that is too large the beginning is kept, and the next message is whole', (_kind, parts) => {
    expect(framesOf(parts, 8).texts).toEqual([
      { text: '<13>0123', kept: 8, size: 14 },
      { text: '<14>b', kept: 5, size: 5 },
    ])
  })

  test('are the same however the stream is cut, and nothing is longer than its limit', () => {
    const message = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => `${text}\n`),
      fc.string({ maxLength: 30 }).map((text) => `${Buffer.byteLength(`<1>${text}`)} <1>${text}`),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    )
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 10 }),
        fc.array(fc.nat(400), { maxLength: 10 }),
        (messages, cuts) => {
          const whole = Buffer.from(messages.join(''), 'latin1')
          const ends = [...cuts.filter((cut) => cut < whole.length), whole.length].toSorted((a, b) => a - b)
          const parts = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
          const cut = framesOf(parts, 20)
          expect(cut.texts).toEqual(framesOf([whole], 20).texts)
          expect(
            framesOf(
              [...whole].map((byte) => Buffer.of(byte)),
              20,
            ).texts,
          ).toEqual(cut.texts)
          for (const { kept } of cut.texts) expect(kept).toBeLessThanOrEqual(20)
        },
      ),
    )
  })
})
