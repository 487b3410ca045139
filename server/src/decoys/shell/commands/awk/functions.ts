import { formatPrintf } from '../printf.js'
import { AwkError, type AwkProcess, type Expression } from './process.js'
import { fieldsOf } from './record.js'
import { Loose, lengthOf, numberOf, textOf, type Value } from './values.js'

/** What an assignment changes. */
export interface Target {
  get: Expression
  set(process: AwkProcess, value: Value): Value
}

type AwkFunction = (process: AwkProcess, args: readonly Value[]) => Value

/** Functions of values, by name. */
export const FUNCTIONS: Readonly<Record<string, AwkFunction>> = {
  length: (process, [value]) => textOf(value ?? process.field(0)).length,
  substr(_process, [value = '', start = 1, length]) {
    const from = Math.round(numberOf(start))
    const end = length === undefined ? Number.POSITIVE_INFINITY : from + Math.round(numberOf(length))
    return textOf(value).slice(Math.max(0, from - 1), Math.max(0, end - 1))
  },
  index: (_process, [text = '', part = '']) => textOf(text).indexOf(textOf(part)) + 1,
  toupper: (_process, [value = '']) => textOf(value).replace(/[a-z]+/g, (part) => part.toUpperCase()),
  tolower: (_process, [value = '']) => textOf(value).replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  int: (_process, [value = 0]) => Math.trunc(numberOf(value)) + 0,
  sqrt: (_process, [value = 0]) => Math.sqrt(numberOf(value)),
  exp: (_process, [value = 0]) => Math.exp(numberOf(value)),
  log: (_process, [value = 0]) => Math.log(numberOf(value)),
  sprintf: (process, [format = '', ...values]) => formatted(process, format, values),
}

export function formatted(process: AwkProcess, format: Value, values: readonly Value[]): string {
  const { text } = formatPrintf(
    // Its escapes were read with the program.
    textOf(format).replaceAll('\\', '\\\\'),
    values.map((value) => (typeof value === 'number' ? numeric(value) : textOf(value))),
    () => {},
    { isOnce: true },
  )
  process.step(lengthOf(format) + text.length)
  return text
}

/** A number that keeps its digits until a conversion cuts them. */
function numeric(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}

/** `split(text, array, separator)`. */
export function split(process: AwkProcess, text: Value, name: string, separator?: Value): number {
  process.step(lengthOf(text))
  const parts = fieldsOf(textOf(text), textOf(separator ?? process.get('FS')), process.regex)
  const array = process.array(name)
  array.clear()
  for (const [at, part] of parts.entries()) array.set(String(at + 1), new Loose(part))
  return parts.length
}

/** `sub` and `gsub`. @returns how often it replaced. */
export function substitute(
  process: AwkProcess,
  {
    pattern,
    replacement,
    target,
    isGlobal,
  }: { pattern: string; replacement: string; target: Target; isGlobal: boolean },
): number {
  const text = textOf(target.get(process))
  const regex = process.regex(pattern)
  const marks = replacement.split('&').length - 1
  let result = ''
  let from = 0
  let count = 0
  for (let at = 0; at <= text.length; ) {
    const match = regex.find(text, at)
    if (match === null) break
    const found = text.slice(match.start, match.end)
    process.step(replacement.length + marks * found.length + match.start - from)
    const by = replacement.replace(/\\?&/g, (mark) => (mark === '&' ? found : '&'))
    result += text.slice(from, match.start) + by
    from = match.end
    at = match.end > match.start ? match.end : match.end + 1
    count += 1
    if (!isGlobal) break
  }
  if (count > 0) target.set(process, result + text.slice(from))
  return count
}

/** @throws {AwkError} */
export function divide(left: number, right: number, isRemainder: boolean): number {
  if (right === 0) throw new AwkError(`division by zero${isRemainder ? ' in %' : ''}`)
  return isRemainder ? left % right : left / right
}
