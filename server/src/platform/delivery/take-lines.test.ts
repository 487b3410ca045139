import fc from 'fast-check'
import { expect, test } from 'vitest'
import { halvesOf, MAX_LINE_BYTES, takeLines } from './take-lines.js'

const take = (text: string, lastLine: 'waits' | 'if whole' | 'as it is' = 'waits', midLine = false) => {
  const taken = takeLines(Buffer.from(text), midLine, lastLine)
  return taken && { ...taken, body: taken.body.toString() }
}

test.each([
  ['lines with their ends', '{"a":1}\n{"b":2}\n', '{"a":1}\n{"b":2}\n', 2, 16],
  ['a half-written last line waits', '{"a":1}\n{"b"', '{"a":1}\n', 1, 8],
  ['blank lines are taken, and not sent', '\n \r\n', '', 0, 4],
  ['padding of a truncated log is no part of a line', '\0\0{"a":1}\n\0', '{"a":1}\n', 1, 11],
])('%s', (_, text, body, lines, consumed) => {
  expect(take(text)).toEqual({ body, lines, consumed, midLine: false })
})

test('a last line without its end is taken if it is a whole object, or if nobody writes there any more', () => {
  expect(take('{"a":1}')).toBe(null)
  expect(take('{"a":1}', 'if whole')).toMatchObject({ body: '{"a":1}\n', consumed: 7 })
  expect(take('{"a":{}', 'if whole')).toBe(null)
  expect(take('{"a":{}', 'as it is')).toMatchObject({ body: '{"a":{}\n', consumed: 7 })
})

test('of a line that is too long the beginning is sent, and the rest is not', () => {
  const long = 'x'.repeat(MAX_LINE_BYTES + 1)
  const first = take(long)
  expect(first).toMatchObject({ lines: 1, consumed: MAX_LINE_BYTES, midLine: true })
  expect(first?.body.length).toBe(MAX_LINE_BYTES + 1)
  expect(take('xxxx', 'waits', true)).toEqual({ body: '', lines: 0, consumed: 4, midLine: true })
  expect(take('xx\n{"a":1}\n', 'waits', true)).toEqual({
    body: '{"a":1}\n',
    lines: 1,
    consumed: 11,
    midLine: false,
  })
})

test('at most a thousand lines are taken at once', () => {
  expect(take('{"a":1}\n'.repeat(1001))).toMatchObject({ lines: 1000, consumed: 8000 })
})

test('however a log is cut into parts, the same lines come out, in order', () => {
  const line = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\n\0]/g, ''))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 })), (lines, cuts) => {
      const log = Buffer.from(lines.map((each) => `${each}\n`).join(''))
      let body = ''
      let offset = 0
      for (let end = 0, n = 0; offset < log.length; n += 1) {
        end = Math.min(log.length, end + (cuts[n] ?? log.length))
        const taken = takeLines(log.subarray(offset, end), false, 'waits')
        body += taken?.body.toString() ?? ''
        offset += taken?.consumed ?? 0
      }
      expect(body.split('\n').slice(0, -1)).toEqual(lines.filter((each) => /[^\0-\x20]/.test(each)))
    }),
  )
})

test('a body is halved between its lines, and a single line is not', () => {
  const halves = halvesOf(Buffer.from('{"a":1}\n{"b":2}\n{"c":3}\n'))?.map(String)
  expect(halves).toEqual(['{"a":1}\n', '{"b":2}\n{"c":3}\n'])
  expect(halvesOf(Buffer.from('{"long":"first line"}\n{}\n'))?.map(String)).toEqual([
    '{"long":"first line"}\n',
    '{}\n',
  ])
  expect(halvesOf(Buffer.from('{"a":1}\n'))).toBe(null)
})
