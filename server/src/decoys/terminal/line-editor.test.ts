import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineEditor, MAX_ECHO, MAX_LINE } from './line-editor.js'

function typed(...texts: string[]) {
  const editor = createLineEditor()
  const output = texts.flatMap((text) => [...editor.take(text)])
  return {
    lines: output.flatMap((each) => ('kind' in each && each.kind === 'line' ? [each.line] : [])),
    kinds: output.flatMap((each) => ('kind' in each ? [each.kind] : [])),
    echo: output.map((each) => ('echo' in each ? each.echo : '')).join(''),
  }
}

test.each([
  ['letters', 'id\r', ['id']],
  ['a carriage return and a line feed are one key', 'id\r\nls\n', ['id', 'ls']],
  ['backspace', 'ix\u007fd\r', ['id']],
  ['backspace at the beginning', '\u007f\u007fid\r', ['id']],
  ['the left arrow', 'd\u001b[Di\r', ['id']],
  ['home and end', 'd\u001b[Hi\u001b[F!\r', ['id!']],
  ['the line before', 'id\r\u001b[A\r', ['id', 'id']],
  ['up and down again', 'id\r\u001b[A\u001b[Bls\r', ['id', 'ls']],
  ['tab is ignored', 'i\td\r', ['id']],
  ['ctrl-u', 'rm -rf /\u0015id\r', ['id']],
  ['ctrl-c', 'rm\u0003id\r', ['id']],
  ['an unknown escape sequence', 'i\u001b[200~d\r', ['id']],
])('%s', (_name, text, lines) => {
  expect(typed(text).lines).toEqual(lines)
  expect(typed(...text).lines).toEqual(lines)
})

test('ctrl-d ends on an empty line alone', () => {
  expect(typed('\u0004').kinds).toEqual(['end'])
  expect(typed('id\u0004\r').kinds).toEqual(['line'])
})

test('a line has a limit, and so has the history', () => {
  expect(typed(`${'a'.repeat(MAX_LINE + 50)}\r`).lines[0]).toHaveLength(MAX_LINE)
  const many = Array.from({ length: 300 }, (_, n) => `echo ${n}\r`).join('')
  expect(typed(`${many}${'\u001b[A'.repeat(300)}\r`).lines.at(-1)).toBe('echo 200')
})

test('what a few keys repeat of a long line comes in parts, whatever was typed at once', () => {
  const editor = createLineEditor()
  const longest = Math.max(
    ...[
      ...editor.take(
        `${'a'.repeat(MAX_LINE)}\r${'\u001b[A\u001b[B'.repeat(100)}\u001b[A\u001b[H${'\u007fa'.repeat(2)}`,
      ),
    ].map((each) => ('echo' in each ? each.echo.length : 0)),
  )
  expect(longest).toBeGreaterThan(MAX_LINE)
  expect(longest).toBeLessThanOrEqual(MAX_ECHO)
})

test('lines that are forgotten do not come back, also of what was typed with them', () => {
  const editor = createLineEditor()
  const lines: string[] = []
  for (const each of editor.take('secret\r\u001b[A\r')) {
    if (!('kind' in each) || each.kind !== 'line') continue
    lines.push(each.line)
    editor.forget()
  }
  expect(lines).toEqual(['secret', ''])
})

test('what is shown is what was typed', () => {
  expect(typed('ab\u007fc\r').echo).toBe('ab\b \bc\r\n')
})

test('whatever is typed, it does not throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => typed(text).lines.length >= 0),
  )
})
