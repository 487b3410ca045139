import { unescaped } from '../../escapes.js'
import { divide, FUNCTIONS, split, substitute, type Target } from './functions.js'
import type { AwkProcess, Expression } from './process.js'
import type { Scanner } from './scanner.js'
import { compare, isTrue, lengthOf, numberOf, textOf, UNSET, type Value } from './values.js'

const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y
const STRING = /"((?:[^"\\\n]|\\[\s\S])*)"/y
const REGEX = /\/((?:[^/\\\n]|\\.)*)\//y
const NAME = /[A-Za-z_]\w*(?!\w*\()/y
const CALL = /([A-Za-z_]\w*)\(/y
const RESERVED =
  /^(?:BEGIN|END|if|else|while|for|do|break|continue|next|exit|print|printf|in|function|delete|getline|return)$/
const COMPARISONS = ['<=', '>=', '==', '!=', '<', '>'] as const

/** How an expression is read: `print a > b` and `for (k in a)` end where `>` and `in` would go on. */
export interface ReadingMode {
  noGreater?: boolean
  noIn?: boolean
}

const asNumber = (yes: boolean): number => (yes ? 1 : 0)

/** Reads an expression (the grammar of XCU awk, without `getline` and pipes). @throws {AwkSyntaxError} */
export function readExpression(scanner: Scanner, mode: ReadingMode = {}): Expression {
  return scanner.nested(() => {
    const left = readTernary(scanner, mode)
    const target = targetOf.get(left)
    const operator = target && scanner.match(/(\*\*|[-+*/%^]?)=(?!=)/y)
    if (!target || !operator) return left
    const right = readExpression(scanner, mode)
    const sign = operator[1] as string
    if (sign === '') return (process) => target.set(process, right(process))
    return (process) => target.set(process, calculate(sign, target.get(process), right(process)))
  })
}

/** Expressions that can be assigned to. */
const targetOf = new WeakMap<Expression, Target>()

/** What an expression changes, where it is a variable, a field or an element. */
export function targetIn(expression: Expression, scanner: Scanner): Target {
  return targetOf.get(expression) ?? scanner.fail()
}

function assignable(target: Target): Expression {
  const expression: Expression = (process) => target.get(process)
  targetOf.set(expression, target)
  return expression
}

function calculate(sign: string, left: Value, right: Value): number {
  const [a, b] = [numberOf(left), numberOf(right)]
  switch (sign) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
    case '%':
      return divide(a, b, sign === '%')
    default:
      return a ** b
  }
}

function readTernary(scanner: Scanner, mode: ReadingMode): Expression {
  const condition = readOr(scanner, mode)
  if (!scanner.take('?')) return condition
  const yes = readExpression(scanner, mode)
  scanner.expect(':')
  const no = readExpression(scanner, mode)
  return (process) => (isTrue(condition(process)) ? yes(process) : no(process))
}

function readOr(scanner: Scanner, mode: ReadingMode): Expression {
  let left = readAnd(scanner, mode)
  while (scanner.take('||')) {
    scanner.match(/\s*/y)
    const [first, second] = [left, readAnd(scanner, mode)]
    left = (process) => asNumber(isTrue(first(process)) || isTrue(second(process)))
  }
  return left
}

function readAnd(scanner: Scanner, mode: ReadingMode): Expression {
  let left = readMembership(scanner, mode)
  while (scanner.take('&&')) {
    scanner.match(/\s*/y)
    const [first, second] = [left, readMembership(scanner, mode)]
    left = (process) => asNumber(isTrue(first(process)) && isTrue(second(process)))
  }
  return left
}

function readMembership(scanner: Scanner, mode: ReadingMode): Expression {
  let left = readMatch(scanner, mode)
  while (mode.noIn !== true && scanner.take('in')) {
    const key = left
    const name = readName(scanner)
    left = (process) => asNumber(process.array(name).has(textOf(key(process))))
  }
  return left
}

function readMatch(scanner: Scanner, mode: ReadingMode): Expression {
  let left = readComparison(scanner, mode)
  for (;;) {
    const isNegated = scanner.take('!~')
    if (!isNegated && !scanner.take('~')) return left
    const text = left
    const pattern = readPattern(scanner, () => readComparison(scanner, mode))
    left = (process) => asNumber(matches(process, textOf(text(process)), pattern(process)) !== isNegated)
  }
}

/** A regular expression by itself, or a text that is one. */
function readPattern(scanner: Scanner, otherwise: () => Expression): (process: AwkProcess) => string {
  const regex = scanner.match(REGEX)
  if (regex) return () => regex[1] as string
  const expression = otherwise()
  return (process) => textOf(expression(process))
}

function matches(process: AwkProcess, text: string, pattern: string): boolean {
  return process.regex(pattern).test(text)
}

function readComparison(scanner: Scanner, mode: ReadingMode): Expression {
  const left = readConcatenation(scanner)
  const sign = COMPARISONS.find((each) => !(mode.noGreater && each === '>') && scanner.take(each))
  if (sign === undefined) return left
  const right = readConcatenation(scanner)
  return (process) => {
    const [first, second] = [left(process), right(process)]
    process.step(lengthOf(first) + lengthOf(second))
    const order = compare(first, second)
    const isEqual = order === 0
    switch (sign) {
      case '==':
        return asNumber(isEqual)
      case '!=':
        return asNumber(!isEqual)
      case '<=':
      case '>=':
        return asNumber(isEqual || order < 0 === (sign === '<='))
      default:
        return asNumber(!isEqual && order < 0 === (sign === '<'))
    }
  }
}

function readConcatenation(scanner: Scanner): Expression {
  let left = readSum(scanner)
  while (continues(scanner)) {
    const [first, second] = [left, readSum(scanner)]
    left = (process) => {
      const text = textOf(first(process)) + textOf(second(process))
      process.step(text.length)
      return text
    }
  }
  return left
}

/** Whether another operand stands next, with nothing between. */
function continues(scanner: Scanner): boolean {
  return (
    scanner.match(/(?=["$(\d]|\.\d|!(?![=~])|-(?!=)|\+\+|[A-Za-z_])/y) !== null && !scanner.sees(...WORDS)
  )
}

const WORDS = ['in', 'if', 'else', 'while', 'do', 'for'] as const

function readSum(scanner: Scanner): Expression {
  let left = readProduct(scanner)
  for (;;) {
    const sign = scanner.match(/([-+])(?![=+-])/y)?.[1]
    if (sign === undefined) return left
    left = arithmetic(sign, left, readProduct(scanner))
  }
}

function readProduct(scanner: Scanner): Expression {
  let left = readUnary(scanner)
  for (;;) {
    const sign = scanner.match(/(\*(?!\*)|[/%])(?!=)/y)?.[1]
    if (sign === undefined) return left
    left = arithmetic(sign, left, readUnary(scanner))
  }
}

function arithmetic(sign: string, left: Expression, right: Expression): Expression {
  return (process) => {
    process.step()
    return calculate(sign, left(process), right(process))
  }
}

function readUnary(scanner: Scanner): Expression {
  const sign = scanner.match(/!(?!~)|[-+](?![-+])/y)?.[0]
  if (sign === undefined) return readPower(scanner)
  return scanner.nested(() => {
    const operand = readUnary(scanner)
    if (sign === '!') return (process) => asNumber(!isTrue(operand(process)))
    return (process) => (sign === '-' ? 0 - numberOf(operand(process)) : numberOf(operand(process)))
  })
}

function readPower(scanner: Scanner): Expression {
  const base = readStep(scanner)
  if (!scanner.match(/(?:\*\*|\^)(?!=)/y)) return base
  return arithmetic(
    '^',
    base,
    scanner.nested(() => readUnary(scanner)),
  )
}

/** `++` and `--`, before and after. */
function readStep(scanner: Scanner): Expression {
  const before = scanner.match(/\+\+|--/y)?.[0]
  const operand = readOperand(scanner)
  const by = (sign: string) => (sign === '++' ? 1 : -1)
  if (before !== undefined) {
    const target = targetIn(operand, scanner)
    return (process) => target.set(process, numberOf(target.get(process)) + by(before))
  }
  const target = targetOf.get(operand)
  const after = target && scanner.match(/\+\+|--/y)?.[0]
  if (!target || after === undefined) return operand
  return (process) => {
    const value = numberOf(target.get(process))
    target.set(process, value + by(after))
    return value
  }
}

function readOperand(scanner: Scanner): Expression {
  if (scanner.take('$')) return readField(scanner)
  if (scanner.take('(')) return readGroup(scanner)
  const number = scanner.match(NUMBER)
  if (number) return constant(Number(number[0]))
  const string = scanner.match(STRING)
  if (string) return constant(textIn(string[1] as string))
  const regex = scanner.match(REGEX)
  if (regex) return (process) => asNumber(matches(process, textOf(process.field(0)), regex[1] as string))
  const call = scanner.match(CALL)
  if (call) return readCall(scanner, call[1] as string)
  const name = readName(scanner)
  if (name === 'length') return (process) => textOf(process.field(0)).length
  return scanner.take('[') ? readElement(scanner, name) : variable(name)
}

function constant(value: Value): Expression {
  return () => value
}

/** A text as it is written, without its escapes. */
function textIn(written: string): string {
  return unescaped(written.replaceAll('\\"', '"').replaceAll('\\/', '/'), 'printf').text
}

/** A name of a variable or an array. @throws {AwkSyntaxError} */
export function readName(scanner: Scanner): string {
  const name = scanner.match(NAME)?.[0]
  if (name === undefined || RESERVED.test(name)) return scanner.fail()
  return name
}

function variable(name: string): Expression {
  return assignable({
    get: (process) => process.get(name),
    set: (process, value) => process.set(name, value),
  })
}

function readField(scanner: Scanner): Expression {
  const index = scanner.nested(() => {
    const sign = scanner.match(/\+\+|--|-/y)?.[0]
    const operand = readOperand(scanner)
    if (sign === undefined) return operand
    const target = sign === '-' ? undefined : targetIn(operand, scanner)
    if (!target) return (process: AwkProcess) => 0 - numberOf(operand(process))
    return (process: AwkProcess) =>
      target.set(process, numberOf(target.get(process)) + (sign === '++' ? 1 : -1))
  })
  return assignable({
    get: (process) => process.field(numberOf(index(process))),
    set: (process, value) => process.setField(numberOf(index(process)), value),
  })
}

/** `(a)`, and `(a, b) in array`. */
function readGroup(scanner: Scanner): Expression {
  const parts = readList(scanner, ')')
  const [only] = parts
  if (only !== undefined && parts.length === 1) return (process) => only(process)
  scanner.expect('in')
  const name = readName(scanner)
  return (process) => asNumber(process.array(name).has(keyOf(process, parts)))
}

function readElement(scanner: Scanner, name: string): Expression {
  const parts = readList(scanner, ']')
  if (parts.length === 0) scanner.fail()
  return assignable({
    get(process) {
      process.step()
      const array = process.array(name)
      const key = keyOf(process, parts)
      // Naming an element makes it.
      if (!array.has(key)) array.set(key, UNSET)
      return array.get(key) ?? UNSET
    },
    set(process, value) {
      process.step()
      process.array(name).set(keyOf(process, parts), value)
      return value
    },
  })
}

/** The key of an element: several parts are joined by `SUBSEP`. */
export function keyOf(process: AwkProcess, parts: readonly Expression[]): string {
  return parts.map((part) => textOf(part(process))).join(textOf(process.get('SUBSEP')))
}

/** Expressions with commas between, up to what closes them. */
export function readList(scanner: Scanner, close: string): Expression[] {
  const parts: Expression[] = []
  if (scanner.take(close)) return parts
  do parts.push(readExpression(scanner))
  while (scanner.take(','))
  scanner.expect(close)
  return parts
}

function readCall(scanner: Scanner, name: string): Expression {
  if (name === 'sub' || name === 'gsub') return readSubstitution(scanner, name === 'gsub')
  if (name === 'split') return readSplit(scanner)
  if (RESERVED.test(name)) scanner.fail()
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (run === undefined) return scanner.fail()
  const args = readList(scanner, ')')
  return (process) => {
    const values = args.map((arg) => arg(process))
    process.step(values.reduce<number>((sum, value) => sum + lengthOf(value), 0))
    return run(process, values)
  }
}

function readSubstitution(scanner: Scanner, isGlobal: boolean): Expression {
  const pattern = readPattern(scanner, () => readExpression(scanner))
  scanner.expect(',')
  const replacement = readExpression(scanner)
  const record: Target = {
    get: (process) => process.field(0),
    set: (process, value) => process.setField(0, value),
  }
  const target = scanner.take(',') ? targetIn(readExpression(scanner), scanner) : record
  scanner.expect(')')
  return (process) =>
    substitute(process, {
      pattern: pattern(process),
      replacement: textOf(replacement(process)),
      target,
      isGlobal,
    })
}

function readSplit(scanner: Scanner): Expression {
  const text = readExpression(scanner)
  scanner.expect(',')
  const name = readName(scanner)
  const separator = scanner.take(',') ? readPattern(scanner, () => readExpression(scanner)) : null
  scanner.expect(')')
  return (process) => split(process, text(process), name, separator?.(process))
}
