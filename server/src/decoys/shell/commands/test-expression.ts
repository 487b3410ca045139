import type { Node } from '../file-nodes.js'
import { isAllowed, sizeOf } from '../file-nodes.js'
import type { ProgramCall } from '../host.js'
import { absolutePath } from '../paths.js'
import { compilePattern, matches } from '../pattern.js'
import { compileRegex } from './regex.js'

class TestError extends Error {
  override name = 'TestError'
}

interface Reader {
  call: ProgramCall
  words: readonly string[]
  at: number
  depth: number
  isExtended: boolean
}

const MAX_DEPTH = 40
const BINARY = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
  '=~',
])

/** `test`, `[` and `[[`. @returns 0 for true, 1 for false, and what `complain` gives for an error. */
export function evaluateTest(
  call: ProgramCall,
  words: readonly string[],
  complain: (message: string) => number,
): number {
  if (words.length === 0) return 1
  const reader: Reader = { call, words, at: 0, depth: 0, isExtended: call.name === '[[' }
  try {
    const value = either(reader)
    if (reader.at < words.length) throw new TestError('too many arguments')
    return value ? 0 : 1
  } catch (error) {
    if (error instanceof TestError) return complain(error.message)
    throw error
  }
}

function either(reader: Reader): boolean {
  let value = both(reader)
  while (reader.words[reader.at] === (reader.isExtended ? '||' : '-o')) {
    reader.at += 1
    const right = both(reader)
    value ||= right
  }
  return value
}

function both(reader: Reader): boolean {
  let value = negated(reader)
  while (reader.words[reader.at] === (reader.isExtended ? '&&' : '-a')) {
    reader.at += 1
    const right = negated(reader)
    value &&= right
  }
  return value
}

function negated(reader: Reader): boolean {
  let isNegated = false
  while (reader.words[reader.at] === '!' && reader.at + 1 < reader.words.length) {
    isNegated = !isNegated
    reader.at += 1
  }
  return primary(reader) !== isNegated
}

function primary(reader: Reader): boolean {
  const { words, at } = reader
  const [first, second, third] = [words[at], words[at + 1], words[at + 2]]
  if (first === undefined) throw new TestError('argument expected')
  if (second !== undefined && third !== undefined && BINARY.has(second)) {
    reader.at += 3
    return compare(reader, first, second, third)
  }
  if (first === '(' && words.length - at > 2) {
    reader.depth += 1
    if (reader.depth > MAX_DEPTH) throw new TestError('too many arguments')
    reader.at += 1
    const value = either(reader)
    if (reader.words[reader.at] !== ')') throw new TestError("`)' expected")
    reader.at += 1
    return value
  }
  if (/^-[a-zA-Z]$/.test(first) && second !== undefined) {
    reader.at += 2
    return unary(reader.call, first, second)
  }
  reader.at += 1
  return first !== ''
}

function compare({ call, isExtended }: Reader, left: string, operator: string, right: string): boolean {
  call.host.budget.spend(left.length + right.length)
  if (operator === '=' || operator === '==')
    return isExtended ? matches(compilePattern(right), left) : left === right
  if (operator === '!=') return isExtended ? !matches(compilePattern(right), left) : left !== right
  if (operator === '<') return left < right
  if (operator === '>') return left > right
  if (operator === '=~') return compileRegex(right, true, call.host.budget)?.test(left) ?? false
  if (/^-(nt|ot|ef)$/.test(operator)) return compareFiles(call, left, operator, right)
  return compareNumbers(integer(left), operator, integer(right))
}

function compareNumbers(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case '-eq':
      return left === right
    case '-ne':
      return left !== right
    case '-lt':
      return left < right
    case '-le':
      return left <= right
    case '-gt':
      return left > right
    default:
      return left >= right
  }
}

function compareFiles(call: ProgramCall, left: string, operator: string, right: string): boolean {
  const [first, second] = [nodeOf(call, left), nodeOf(call, right)]
  if (operator === '-ef') return first !== null && first === second
  const [newer, older] = operator === '-nt' ? [first, second] : [second, first]
  return newer !== null && (older === null || newer.modified > older.modified)
}

function integer(text: string): number {
  if (!/^\s*[-+]?\d{1,15}\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`)
  return Number(text)
}

function nodeOf({ host, state }: ProgramCall, name: string, keepsLink = false): Node | null {
  return name === '' ? null : host.files.find(absolutePath(name, state.folder), state.owner, keepsLink)
}

function unary(call: ProgramCall, operator: string, operand: string): boolean {
  if (operator === '-n') return operand !== ''
  if (operator === '-z') return operand === ''
  if (operator === '-t') return call.state.options.has('interactive')
  if (operator === '-v') return call.state.variables.has(operand)
  if (operator === '-L' || operator === '-h') return nodeOf(call, operand, true)?.kind === 'link'
  const node = nodeOf(call, operand)
  if (node === null) return false
  return ofNode(call, operator, node)
}

function ofNode({ state }: ProgramCall, operator: string, node: Node): boolean {
  switch (operator) {
    case '-e':
    case '-a':
      return true
    case '-f':
      return node.kind === 'file'
    case '-d':
      return node.kind === 'folder'
    case '-c':
      return node.kind === 'device' && !node.isBlock
    case '-b':
      return node.kind === 'device' && node.isBlock
    case '-s':
      return sizeOf(node) > 0
    case '-r':
      return isAllowed(node, state.owner, 4)
    case '-w':
      return isAllowed(node, state.owner, 2)
    case '-x':
      return isAllowed(node, state.owner, 1)
    case '-u':
      return (node.mode & 0o4000) !== 0
    case '-O':
      return node.uid === state.owner.uid
    default:
      throw new TestError(`${operator}: unary operator expected`)
  }
}
