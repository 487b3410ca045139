import { keyOf, readExpression, readList, readName } from './expressions.js'
import { formatted } from './functions.js'
import { type AwkProcess, AwkSignal, type Expression } from './process.js'
import { createScanner, type Scanner } from './scanner.js'
import { isTrue, numberOf, textOf } from './values.js'

type Statement = (process: AwkProcess) => void

/** A rule: for `BEGIN`, `END`, or records that its pattern accepts. */
export interface Rule {
  when: 'begin' | 'end' | 'record'
  /** Null: every record. */
  pattern: Expression | null
  /** Of a range, from the record that `pattern` accepts up to one that this accepts; null: no range. */
  until: Expression | null
  run: Statement
}

const MAX_RULES = 200

/** Reads a program. @throws {AwkSyntaxError} */
export function readProgram(text: string): Rule[] {
  const scanner = createScanner(text)
  const rules: Rule[] = []
  scanner.skipNewlines()
  while (!scanner.atEnd()) {
    if (rules.length >= MAX_RULES) scanner.fail()
    rules.push(readRule(scanner))
    scanner.skipNewlines()
  }
  return rules
}

const printRecord: Statement = (process) =>
  process.write(textOf(process.field(0)) + textOf(process.get('ORS')))

function readRule(scanner: Scanner): Rule {
  const none = { pattern: null, until: null }
  if (scanner.take('BEGIN')) return { when: 'begin', ...none, run: readBlock(scanner) }
  if (scanner.take('END')) return { when: 'end', ...none, run: readBlock(scanner) }
  if (scanner.sees('{')) return { when: 'record', ...none, run: readBlock(scanner) }
  const pattern = readExpression(scanner)
  const until = scanner.take(',') ? readExpression(scanner) : null
  const run = scanner.sees('{') ? readBlock(scanner) : printRecord
  return { when: 'record', pattern, until, run }
}

function readBlock(scanner: Scanner): Statement {
  scanner.expect('{')
  const statements: Statement[] = []
  scanner.skipNewlines()
  while (!scanner.take('}')) {
    statements.push(readStatement(scanner))
    scanner.skipNewlines()
  }
  return (process) => {
    for (const run of statements) {
      process.step()
      run(process)
    }
  }
}

function readStatement(scanner: Scanner): Statement {
  return scanner.nested(() => {
    if (scanner.sees('{')) return readBlock(scanner)
    if (scanner.take('if')) return readIf(scanner)
    if (scanner.take('while')) return readWhile(scanner)
    if (scanner.take('do')) return readDo(scanner)
    if (scanner.take('for')) return readFor(scanner)
    const statement = readSimple(scanner)
    if (!scanner.match(/[;\n]/y) && !scanner.sees('}', 'else')) scanner.fail()
    return statement
  })
}

/** The statement that belongs to what stands before it. */
function readBody(scanner: Scanner): Statement {
  scanner.match(/\s*/y)
  if (scanner.take(';')) return () => {}
  return readStatement(scanner)
}

function readSimple(scanner: Scanner): Statement {
  if (scanner.take('printf')) return readPrint(scanner, true)
  if (scanner.take('print')) return readPrint(scanner, false)
  if (scanner.take('delete')) return readDelete(scanner)
  for (const kind of ['next', 'break', 'continue'] as const)
    if (scanner.take(kind)) {
      return () => {
        throw new AwkSignal(kind)
      }
    }
  if (scanner.take('exit')) {
    const status = scanner.sees(';', '}', '\n') || scanner.atEnd() ? null : readExpression(scanner)
    return (process) => {
      if (status) process.status = numberOf(status(process)) & 255
      throw new AwkSignal('exit')
    }
  }
  const expression = readExpression(scanner)
  return (process) => void expression(process)
}

/** `print a, b` and `printf format, a`; what follows is not written to files or pipes. */
function readPrint(scanner: Scanner, isFormatted: boolean): Statement {
  const parts: Expression[] = []
  if (scanner.match(/\((?=[^()]*(?:\([^()]*\)[^()]*)*\)\s*(?:[;}\n]|$))/y))
    parts.push(...readList(scanner, ')'))
  else if (!scanner.sees(';', '}', '\n') && !scanner.atEnd())
    do parts.push(readExpression(scanner, { noGreater: true }))
    while (scanner.take(','))
  if (isFormatted) {
    const [format, ...values] = parts
    if (format === undefined) return scanner.fail()
    return (process) =>
      process.write(
        formatted(
          process,
          format(process),
          values.map((value) => value(process)),
        ),
      )
  }
  if (parts.length === 0) return printRecord
  return (process) => {
    const texts = parts.map((part) => textOf(part(process)))
    process.write(texts.join(textOf(process.get('OFS'))) + textOf(process.get('ORS')))
  }
}

function readDelete(scanner: Scanner): Statement {
  const name = readName(scanner)
  if (!scanner.take('[')) return (process) => process.array(name).clear()
  const parts = readList(scanner, ']')
  return (process) => void process.array(name).delete(keyOf(process, parts))
}

function readCondition(scanner: Scanner): Expression {
  scanner.expect('(')
  const condition = readExpression(scanner)
  scanner.expect(')')
  return condition
}

function readIf(scanner: Scanner): Statement {
  const condition = readCondition(scanner)
  const yes = readBody(scanner)
  const no = scanner.match(/[\s;]*else\b/y) ? readBody(scanner) : null
  return (process) => (isTrue(condition(process)) ? yes(process) : no?.(process))
}

function readWhile(scanner: Scanner): Statement {
  const condition = readCondition(scanner)
  return loop(condition, readBody(scanner), null)
}

function readDo(scanner: Scanner): Statement {
  const body = readBody(scanner)
  scanner.match(/[\s;]*/y)
  scanner.expect('while')
  const condition = readCondition(scanner)
  return (process) => {
    do {
      process.step()
      if (!runBody(process, body)) return
    } while (isTrue(condition(process)))
  }
}

function readFor(scanner: Scanner): Statement {
  scanner.expect('(')
  const each = scanner.match(/([A-Za-z_]\w*)\s+in\s+([A-Za-z_]\w*)\s*\)/y)
  if (each) return overArray(each[1] as string, each[2] as string, readBody(scanner))
  const first = scanner.sees(';') ? null : readSimple(scanner)
  scanner.expect(';')
  const condition = scanner.sees(';') ? null : readExpression(scanner)
  scanner.expect(';')
  const last = scanner.sees(')') ? null : readSimple(scanner)
  scanner.expect(')')
  const again = loop(condition, readBody(scanner), last)
  return (process) => {
    first?.(process)
    again(process)
  }
}

function overArray(variable: string, array: string, body: Statement): Statement {
  return (process) => {
    const keys = [...process.array(array).keys()]
    process.step(keys.length)
    for (const key of keys) {
      process.step(key.length)
      process.set(variable, key)
      if (!runBody(process, body)) return
    }
  }
}

function loop(condition: Expression | null, body: Statement, last: Statement | null): Statement {
  return (process) => {
    while (condition === null || isTrue(condition(process))) {
      process.step()
      if (!runBody(process, body)) return
      last?.(process)
    }
  }
}

/** @returns false after `break`. */
function runBody(process: AwkProcess, body: Statement): boolean {
  try {
    body(process)
  } catch (error) {
    if (!(error instanceof AwkSignal)) throw error
    if (error.kind === 'break') return false
    if (error.kind !== 'continue') throw error
  }
  return true
}
