import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactContent } from './exact-numbers.js'

const contentOf = (raw: string) => exactContent(JSON.parse(raw), raw)

test.each([
  ['{"n":9007199254740992}', '{"n":9007199254740993}'],
  ['{"a":[{"n":12345678901234567890}]}', '{"a":[{"n":12345678901234567891}]}'],
  ['{"t":1795604400.1234567891}', '{"t":1795604400.1234567892}'],
  ['{"n":-9007199254740992}', '{"n":-9007199254740993}'],
])('%s and %s differ', (one, other) => {
  expect(JSON.parse(one)).toEqual(JSON.parse(other))
  expect(contentOf(one)).not.toEqual(contentOf(other))
})

test('the order of members does not matter, and texts are left alone', () => {
  expect(contentOf('{"n":9007199254740993,"s":"9007199254740993 \\"9007199254740993"}')).toEqual(
    contentOf('{"s":"9007199254740993 \\"9007199254740993", "n":9007199254740993}'),
  )
  expect(contentOf('{"s":"\\\\","n":1,"t":"9007199254740993"}')).toEqual({
    s: '\\',
    n: 1,
    t: '9007199254740993',
  })
})

test('what was left out of the content stays out', () => {
  const raw = '{"n":9007199254740993,"time":1795604400.1234567891}'
  expect(Object.keys(exactContent({ n: 1 }, raw))).toEqual(['n'])
})

test('content of numbers that a double holds is that of JSON.parse', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string())),
      (record) => {
        const raw = JSON.stringify(record)
        expect(JSON.stringify(contentOf(raw))).toBe(JSON.stringify(JSON.parse(raw)))
      },
    ),
  )
})
