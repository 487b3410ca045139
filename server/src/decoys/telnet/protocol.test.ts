import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineInput } from './line-input.js'
import { createTelnetReader, telnetOutput } from './protocol.js'

test('commands are taken out of the data, in parts of any size', () => {
  const bytes = Buffer.from([97, 255, 253, 24, 98, 255, 255, 255, 250, 31, 0, 120, 0, 40, 255, 240, 99])
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = createTelnetReader()
    const parts = [reader.take(bytes.subarray(0, cut)), reader.take(bytes.subarray(cut))]
    expect(Buffer.concat(parts.map(({ data }) => data))).toEqual(Buffer.from([97, 98, 255, 99]))
    // DO TERMINAL-TYPE is refused.
    expect(Buffer.concat(parts.map(({ answer }) => answer))).toEqual(Buffer.from([255, 252, 24]))
    expect(parts.map(({ size }) => size).find((size) => size !== null)).toEqual({ columns: 120, rows: 40 })
  }
})

test('whatever is sent, answers are bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2_000 })), (parts) => {
      const reader = createTelnetReader()
      const input = createLineInput()
      let answered = 0
      for (const part of parts) {
        const { data, answer } = reader.take(Buffer.from(part))
        answered += answer.length
        for (const typed of input.take(data))
          if (typed.kind === 'line') expect(typed.line.length).toBeLessThanOrEqual(4_096)
      }
      expect(answered).toBeLessThanOrEqual(64 * 3)
    }),
  )
  const reader = createTelnetReader()
  let answered = 0
  for (let round = 0; round < 100; round += 1)
    for (let option = 0; option < 255; option += 1)
      answered += reader.take(Buffer.from([255, 253, option, 255, 251, option])).answer.length
  expect(answered).toBe(64 * 3)
})

test('output has CR LF, and doubles the byte of commands', () => {
  expect(telnetOutput(Buffer.from([97, 10, 255, 13, 10]))).toEqual(
    Buffer.from([97, 13, 10, 255, 255, 13, 10]),
  )
})
