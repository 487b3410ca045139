import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEscapeBounds } from './bounded-escapes'

const bound = (...pieces: string[]) => {
  const take = createEscapeBounds()
  return pieces.map(take).join('')
}

test.each([
  ['text stays as it is', 'root@web:~# ls\r\n', 'root@web:~# ls\r\n'],
  ['sequences that programs send stay', '\u001b[1;31mred\u001b[0m\u001b[?1049h\u001b[2J\u001b[10;20H', null],
  ['colours of three channels stay', '\u001b[38;2;255;128;0mx\u001b[48:5:200my', null],
  ['scrolling and repeating is bounded', '\u001b[2147483647S\u001b[999999b', '\u001b[400S\u001b[400b'],
  ['a cursor is moved far, but not farther than any screen', '\u001b[99999999;1H', '\u001b[9999;1H'],
  ['the introducer of one character counts', 'a\u009b70000Lb', 'a\u001b[400Lb'],
  ['a control character within a sequence is done before it', '\u001b[3\r5m', '\r\u001b[35m'],
  ['a sequence that is cancelled is none', '\u001b[99999\u0018S', '\u0018S'],
  ['a sequence that breaks off for another one is left out', '\u001b[99999\u001b[1m', '\u001b[1m'],
  ['a character that is none of a sequence ends it', '\u001b[\u007f2147483647I', '2147483647I'],
  ['a sequence without an end is left out', `\u001b[${'1;'.repeat(200)}m`, `${'1;'.repeat(71)}m`.slice(-143)],
  ['other escapes stay', '\u001b7\u001b]0;title\u0007\u001bM', null],
  ['eight marks on a letter are enough', `e${'\u0301'.repeat(500)}x`, `e${'\u0301'.repeat(8)}x`],
])('%s', (_, text, expected) => {
  const result = bound(text)
  if (text.includes('1;1;')) expect(result).not.toContain('\u001b')
  else expect(result).toBe(expected ?? text)
})

test('who only scrolls has so many lines; who draws has more', () => {
  const scrolled = bound('\u001b[400S'.repeat(1_000))
  const lines = [...scrolled.matchAll(/(\d+)S/g)].reduce((sum, [, n]) => sum + Number(n), 0)
  expect(lines).toBeLessThan(10_000 + 1_000 + 7_000 / 4)
  const drawn = `\u001b[20S${'x'.repeat(20 * 80)}`.repeat(1_000)
  expect(bound(drawn)).toBe(drawn)
})

test('however text is cut, the sequences are the same', () => {
  const piece = fc.constantFrom(
    '\u001b',
    '[',
    '\u009b',
    '9',
    '12345',
    ';',
    '?',
    'S',
    'b',
    'm',
    ' ',
    '\r',
    '\u0018',
    'é',
    '\u007f',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 60 }), (pieces, at) => {
      const text = pieces.join('')
      expect(bound(text.slice(0, at), text.slice(at))).toBe(bound(text))
    }),
  )
})

test('no number of a sequence is larger than the bound', () => {
  const hostile = fc.array(
    fc.oneof(
      fc.constantFrom('\u001b[', '\u009b', '\u001b', '[', 'S', 'T', 'b', ';', '\u007f', '\u0000', 'x'),
      fc.nat().map(String),
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(hostile, (parts) => {
      for (const sequence of bound(parts.join('')).split('\u001b[').slice(1)) {
        const [, numbers = ''] = /^([\d;]*)[STb]/.exec(sequence) ?? []
        for (const number of numbers.split(';')) expect(Number(number)).toBeLessThanOrEqual(400)
      }
    }),
  )
})
