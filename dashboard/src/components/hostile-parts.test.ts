import { expect, test } from 'vitest'
import { hostileParts } from './hostile-parts'

const shown = (text: string, max = 1_000) =>
  hostileParts(text, max).parts.map(({ isMark, text: part }) => (isMark ? `<${part}>` : part))

test('what could hide or reorder is marked by its code point, all else is as it was', () => {
  expect(shown('')).toEqual([])
  expect(shown('a\tb\n\u{1f480} ü')).toEqual(['a\tb\n\u{1f480} ü'])
  expect(shown('rm\u202e\u200b x\u0007')).toEqual(['rm', '<U+202E>', '<U+200B>', ' x', '<U+0007>'])
  expect(shown('\u{e0041}')).toEqual(['<U+E0041>'])
})

test('the pieces are bounded, however many such characters there are, and none is shown as it is', () => {
  const { parts, leftOut } = hostileParts('a\u200b'.repeat(500), 1_000)
  expect(parts).toHaveLength(41)
  expect(parts.filter(({ isMark }) => isMark)).toHaveLength(20)
  expect(parts.at(-1)?.text).toBe('a[U+200B]'.repeat(480))
  expect(leftOut).toBe(0)
})

test('what is beyond the bound is counted, and no character is cut in two', () => {
  expect(hostileParts('abcdef', 4)).toEqual({ parts: [{ isMark: false, text: 'abcd' }], leftOut: 2 })
  expect(hostileParts('abc\u{1f480}', 4)).toEqual({ parts: [{ isMark: false, text: 'abc' }], leftOut: 2 })
  expect(hostileParts('abcd', 4).leftOut).toBe(0)
})
