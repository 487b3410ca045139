import { expect, test } from 'vitest'
import { csvOf } from './csv'

const columns = [{ name: 'text', of: ({ text }: { text: string }) => text }]
const csv = (text: string) => csvOf([{ text }], columns)

test.each([
  ['plain', 'plain'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['@x', "'@x"],
  ['-2', '-2'],
  ['-2.5', '-2.5'],
  ['-cmd', "'-cmd"],
  ['\t=1', "'\t=1"],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  ['=x,y', '"\'=x,y"'],
])('%j is the cell %j', (text, cell) => {
  expect(csv(text)).toBe(`text\r\n${cell}\r\n`)
})
