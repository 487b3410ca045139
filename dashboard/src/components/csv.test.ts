import { expect, test } from 'vitest'
import { type Cell, csvOf } from './csv'

const columns = [
  { name: 'cell', of: ({ cell }: { cell: Cell }) => cell },
  { name: 'end', of: () => 'end' },
]
const csv = (cell: Cell) => csvOf([{ cell }], columns)

test.each([
  ['plain', 'plain'],
  ['=1+1', `"'=1+1"`],
  ['+1', `"'+1"`],
  ['@x', `"'@x"`],
  ['-2', `"'-2"`],
  [-2, '-2'],
  [-2.5, '-2.5'],
  [true, 'true'],
  [null, ''],
  [undefined, ''],
  ['-cmd', `"'-cmd"`],
  ['\t=1', `"'\t=1"`],
  ['\n=1', `"'\n=1"`],
  ['＝1', `"'＝1"`],
  ['=1\n+2', `"'=1\n+2"`],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  ['=x,"y"', `"'=x,""y"""`],
])('%j is the cell %j', (value, cell) => {
  expect(csv(value)).toBe(`cell,end\r\n${cell},end\r\n`)
})

test('a list without rows has the names of its columns', () => {
  expect(csvOf([], columns)).toBe('cell,end\r\n')
})
