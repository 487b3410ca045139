import fc from 'fast-check'
import { expect, test } from 'vitest'
import { telnetOutput } from './protocol.js'
import { createTelnetReader } from './reader.js'

/** What was typed, answered and stated, when these bytes arrive in two parts. */
function read(bytes: Buffer, cut = bytes.length) {
  const reader = createTelnetReader()
  const parts = [reader.take(bytes.subarray(0, cut)), reader.take(bytes.subarray(cut))]
  return {
    data: Buffer.concat(parts.map(({ data }) => data)),
    answer: Buffer.concat(parts.map(({ answer }) => answer)),
    size: parts.map(({ size }) => size).find((size) => size !== null),
  }
}

test('commands are taken out of the data, in parts of any size', () => {
  const bytes = Buffer.from([97, 255, 253, 24, 98, 255, 255, 255, 250, 31, 0, 120, 0, 40, 255, 240, 99])
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(read(bytes, cut)).toEqual({
      data: Buffer.from([97, 98, 255, 99]),
      // DO TERMINAL-TYPE is refused.
      answer: Buffer.from([255, 252, 24]),
      size: { columns: 120, rows: 40 },
    })
})

test('the key that ends a line is CR, however it is sent', () => {
  const bytes = Buffer.from('a\r\nb\r\0c\rd\ne\r\r\n')
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(String(read(bytes, cut).data)).toBe('a\rb\rc\rd\ne\r\r')
})

test('commands that stand for a key are that key', () => {
  const bytes = Buffer.from([255, 244, 255, 243, 255, 247, 255, 248, 255, 236, 255, 241])
  expect(read(bytes).data).toEqual(Buffer.from([3, 3, 127, 21, 4]))
})

test('whoever asks whether the server is there, is answered', () => {
  expect(String(read(Buffer.from([255, 246])).answer)).toBe('\r\n[Yes]\r\n')
})

test.each([
  ['no columns', [0, 0, 0, 40]],
  ['too many rows', [0, 80, 255, 40]],
  ['a byte too few', [0, 80, 0]],
])('a size of %s is none', (_name, size) => {
  const doubled = size.flatMap((byte) => (byte === 255 ? [255, 255] : [byte]))
  expect(read(Buffer.from([255, 250, 31, ...doubled, 255, 240])).size).toBeUndefined()
})

test('whatever is sent, answers are bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2_000 })), (parts) => {
      const reader = createTelnetReader()
      const answered = parts.reduce((sum, part) => sum + reader.take(Buffer.from(part)).answer.length, 0)
      expect(answered).toBeLessThanOrEqual(64 * 9)
    }),
  )
  const reader = createTelnetReader()
  let answered = 0
  for (let round = 0; round < 100; round += 1)
    for (let option = 0; option < 255; option += 1)
      answered += reader.take(Buffer.from([255, 253, option, 255, 251, option, 255, 246])).answer.length
  expect(answered).toBeLessThanOrEqual(64 * 9)
})

test('the byte of commands is sent twice', () => {
  expect(telnetOutput(Buffer.from([97, 255, 10]))).toEqual(Buffer.from([97, 255, 255, 10]))
})
