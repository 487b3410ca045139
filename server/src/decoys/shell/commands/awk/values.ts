import { generalFormat } from '../general-format.js'

/** A text from outside (a field, a variable that was never set): a number where it looks like one, as in XCU awk, "Expressions in awk". */
export class Loose {
  constructor(readonly text: string) {}
}

/** A value of awk. Text is a string of bytes. */
export type Value = number | string | Loose

/** What a variable is before it has a value: both 0 and the empty text. */
export const UNSET = new Loose('')

const MAX_INT = 2_147_483_647
/** Characters of a text that are read as a number: with more digits it is infinite anyway. */
const MAX_NUMBER = 1_000
const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/

export function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  return Number(NUMBER.exec(textOf(value).slice(0, MAX_NUMBER))?.[0] ?? 0)
}

export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Loose) return value.text
  // As mawk: `%d` of what an int holds, else `%.6g` (CONVFMT).
  return Number.isInteger(value) && Math.abs(value) <= MAX_INT ? String(value + 0) : generalFormat(value)
}

/** Characters of its text; 0 for a number, which is as good as free to handle. */
export function lengthOf(value: Value): number {
  return typeof value === 'number' ? 0 : textOf(value).length
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0
  if (value instanceof Loose && looksNumeric(value)) return numberOf(value) !== 0
  return textOf(value) !== ''
}

/** Less than, equal to or greater than 0: as numbers where both are or look like numbers, else as text. */
export function compare(left: Value, right: Value): number {
  if (looksNumeric(left) && looksNumeric(right)) return numberOf(left) - numberOf(right)
  const [a, b] = [textOf(left), textOf(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

function looksNumeric(value: Value): boolean {
  if (typeof value === 'number' || value === UNSET) return true
  if (typeof value === 'string' || value.text.length > MAX_NUMBER) return false
  const match = NUMBER.exec(value.text)
  return match !== null && value.text.slice(match[0].length).trim() === ''
}
