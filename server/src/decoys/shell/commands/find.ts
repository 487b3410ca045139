import type { Node } from '../file-nodes.js'
import { DecoyFileError, sizeOf } from '../file-nodes.js'
import type { Program, ProgramCall } from '../host.js'
import { absolutePath } from '../paths.js'
import type { Pattern } from '../pattern.js'
import { compilePattern, matches } from '../pattern.js'
import { fail } from './arguments.js'
import { modeText, userName } from './listing.js'

interface Found {
  path: string
  name: string
  node: Node
}

type Test = (found: Found) => boolean | Promise<boolean>

interface Expression {
  /** Alternatives of `-o`; each is a list of tests that must all hold. */
  alternatives: Test[][]
  maxDepth: number
  minDepth: number
  hasAction: boolean
}

const MAX_RESULTS = 10_000
const DAY_MS = 86_400_000

/** `find` with tests by name, kind, size, time, owner and mode, and `-exec`, `-delete` and `-print`. */
export const findFiles: Program = async (call) => {
  const args = [...call.args]
  const roots: string[] = []
  while (args.length > 0 && !/^[-(!]/.test(args[0] as string)) roots.push(args.shift() as string)
  const expression: Expression = { alternatives: [[]], maxDepth: 64, minDepth: 0, hasAction: false }
  const problem = readExpression(call, args, expression)
  if (problem !== null) return fail(call, problem)
  if (!expression.hasAction) for (const tests of expression.alternatives) tests.push(printed(call, '\n'))
  let status = 0
  let count = 0
  const visit = async (path: string, name: string, depth: number): Promise<void> => {
    call.host.budget.spend(200)
    await call.host.budget.turn()
    count += 1
    if (count > MAX_RESULTS) return
    const absolute = absolutePath(path, call.state.folder)
    const node = call.host.files.find(absolute, call.state.owner, true)
    if (node === null) {
      status = fail(
        call,
        `\u2018${path}\u2019: No such file or directory`.replaceAll('\u2018', "'").replaceAll('\u2019', "'"),
      )
      return
    }
    const names = node.kind === 'folder' && depth < expression.maxDepth ? namesOf(call, absolute, path) : []
    if (names === null) status = 1
    if (depth >= expression.minDepth) await holds(expression, { path, name, node })
    for (const inner of names ?? [])
      await visit(`${path === '/' ? '' : path.replace(/\/$/, '')}/${inner}`, inner, depth + 1)
  }
  for (const root of roots.length === 0 ? ['.'] : roots) await visit(root, root.split('/').pop() || root, 0)
  return status
}

function namesOf(call: ProgramCall, absolute: string, path: string): string[] | null {
  try {
    return call.host.files.list(absolute, call.state.owner).map(({ name }) => name)
  } catch (error) {
    if (!(error instanceof DecoyFileError)) throw error
    fail(call, `'${path}': ${error.message}`)
    return null
  }
}

async function holds({ alternatives }: Expression, found: Found): Promise<void> {
  for (const tests of alternatives) {
    let isTrue = true
    for (const test of tests) {
      isTrue = await test(found)
      if (!isTrue) break
    }
    if (isTrue) return
  }
}

function printed({ output }: ProgramCall, end: string): Test {
  return ({ path }) => {
    output.write(path + end)
    return true
  }
}

/** @returns what is wrong with the expression; null where nothing is. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one part of an expression
function readExpression(call: ProgramCall, args: readonly string[], expression: Expression): string | null {
  let isNegated = false
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string
    const value = args[at + 1] ?? ''
    if (word === '!' || word === '-not') {
      isNegated = !isNegated
      continue
    }
    if (word === '-o' || word === '-or') {
      expression.alternatives.push([])
      continue
    }
    if (word === '(' || word === ')' || word === '-a' || word === '-and') continue
    if (word === '-maxdepth' || word === '-mindepth') {
      expression[word === '-maxdepth' ? 'maxDepth' : 'minDepth'] = Number.parseInt(value, 10) || 0
      at += 1
      continue
    }
    const action = actionOf(call, args, at)
    const test = action === null ? testOf(call, word, value) : action.test
    if (test === null) return `unknown predicate \`${word}'`
    if (action !== null) {
      expression.hasAction = true
      at = action.end
    } else if (!WITHOUT_VALUE.has(word)) at += 1
    const isOpposite = isNegated
    expression.alternatives.at(-1)?.push(isOpposite ? async (found) => !(await test(found)) : test)
    isNegated = false
  }
  return null
}

const WITHOUT_VALUE = new Set([
  '-empty',
  '-executable',
  '-readable',
  '-writable',
  '-xdev',
  '-mount',
  '-true',
  '-nouser',
  '-nogroup',
  '-depth',
  '-follow',
  '-daystart',
])

function actionOf(
  call: ProgramCall,
  args: readonly string[],
  at: number,
): { test: Test; end: number } | null {
  const word = args[at]
  if (word === '-print' || word === '-print0')
    return { test: printed(call, word === '-print0' ? '\0' : '\n'), end: at }
  if (word === '-ls') return { test: listed(call), end: at }
  if (word === '-quit' || word === '-prune') return { test: () => true, end: at }
  if (word === '-delete') return { test: deleted(call), end: at }
  if (word !== '-exec' && word !== '-ok' && word !== '-execdir') return null
  let end = at + 1
  while (end < args.length && args[end] !== ';' && args[end] !== '+') end += 1
  const command = args.slice(at + 1, end)
  return {
    test: async ({ path }) => {
      const argv = command.map((each) => each.replaceAll('{}', path))
      return argv.length > 0 && (await call.host.runProgram(argv, call.state, call)) === 0
    },
    end,
  }
}

function listed(call: ProgramCall): Test {
  return ({ path, node }) => {
    call.output.write(
      `   131075      4 ${modeText(node)}   1 ${userName(call, node.uid).padEnd(8)} ${userName(call, node.gid).padEnd(8)} ${String(sizeOf(node)).padStart(8)} ${path}\n`,
    )
    return true
  }
}

function deleted(call: ProgramCall): Test {
  return ({ path, node }) => {
    const absolute = absolutePath(path, call.state.folder)
    try {
      if (node.kind === 'folder') call.host.files.removeFolder(absolute, call.state.owner)
      else call.host.files.remove(absolute, call.state.owner)
      return true
    } catch (error) {
      if (!(error instanceof DecoyFileError)) throw error
      fail(call, `cannot delete '${path}': ${error.message}`)
      return false
    }
  }
}

const KINDS: Readonly<Record<string, Node['kind']>> = {
  f: 'file',
  d: 'folder',
  l: 'link',
  b: 'device',
  c: 'device',
}

function testOf(call: ProgramCall, word: string, value: string): Test | null {
  const { state, host } = call
  switch (word) {
    case '-name':
      return named(compilePattern(value))
    case '-iname':
      return ({ name }) => matches(compilePattern(value.toLowerCase()), name.toLowerCase())
    case '-path':
    case '-wholename':
      return ({ path }) => matches(compilePattern(value), path)
    case '-type':
      return ({ node }) => value.split(',').some((letter) => KINDS[letter] === node.kind)
    case '-user':
      return ({ node }) => userName(call, node.uid) === value || String(node.uid) === value
    case '-perm':
      return ofMode(value)
    case '-size':
      return ofSize(value)
    case '-mtime':
    case '-ctime':
    case '-atime':
      return ({ node }) => compared(value, Math.floor((host.now() - node.modified) / DAY_MS))
    case '-mmin':
    case '-cmin':
    case '-amin':
      return ({ node }) => compared(value, Math.floor((host.now() - node.modified) / 60_000))
    case '-newer': {
      const other = host.files.find(absolutePath(value, state.folder), state.owner)
      return ({ node }) => other !== null && node.modified > other.modified
    }
    case '-empty':
      return ({ node }) =>
        node.kind === 'folder' ? node.entries.size === 0 : node.kind === 'file' && sizeOf(node) === 0
    case '-executable':
      return ({ node }) => (node.mode & 0o111) !== 0
    default:
      return WITHOUT_VALUE.has(word) ? () => word !== '-nouser' && word !== '-nogroup' : null
  }
}

function named(pattern: Pattern): Test {
  return ({ name }) => matches(pattern, name)
}

function ofMode(value: string): Test {
  const mode = Number.parseInt(value.replace(/^[-/+]/, ''), 8)
  if (value.startsWith('-')) return ({ node }) => (node.mode & mode) === mode
  if (/^[/+]/.test(value)) return ({ node }) => (node.mode & mode) !== 0
  return ({ node }) => (node.mode & 0o7777) === mode
}

function ofSize(value: string): Test {
  const unit =
    ({ c: 1, w: 2, b: 512, k: 1_024, M: 1_048_576, G: 1_073_741_824 } as Record<string, number>)[
      value.at(-1) ?? ''
    ] ?? 512
  return ({ node }) => compared(value.replace(/[cwbkMG]$/, ''), Math.ceil(sizeOf(node) / unit))
}

/** `+n`, `-n` or `n`. */
function compared(value: string, actual: number): boolean {
  const number = Number.parseInt(value.replace(/^[-+]/, ''), 10)
  if (value.startsWith('+')) return actual > number
  return value.startsWith('-') ? actual < number : actual === number
}
