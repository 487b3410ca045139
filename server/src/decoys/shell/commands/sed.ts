import { toBuffer } from '../bytes.js'
import type { Program, ProgramCall } from '../host.js'
import type { Budget } from '../limits.js'
import { fail, linesOf, readOptions } from './arguments.js'
import { attempt, pathOf, readSources } from './reading.js'
import type { Regex } from './regex.js'
import { compileRegex } from './regex.js'

type Address = { kind: 'line'; line: number } | { kind: 'last' } | { kind: 'regex'; regex: Regex }

type Action =
  | {
      kind: 'substitute'
      regex: Regex
      replacement: string
      isGlobal: boolean
      isPrinted: boolean
      occurrence: number
    }
  | { kind: 'delete' | 'print' | 'quit' | 'number' }
  | { kind: 'append' | 'insert' | 'change'; text: string }
  | { kind: 'translate'; map: ReadonlyMap<string, string> }

interface Step {
  from: Address | null
  to: Address | null
  isNegated: boolean
  action: Action
  isInRange: boolean
}

class SedError extends Error {
  override name = 'SedError'
}

const MAX_STEPS = 100
const MAX_LINE = 1_048_576

/** `sed` with `s`, `y`, `d`, `p`, `q`, `=`, `a`, `i`, `c` and addresses. */
export const sed: Program = async (call) => {
  const { flags, values, operands } = readOptions(call.args, {
    letters: 'nErisuz',
    valued: 'ef',
    long: { quiet: 'n', silent: 'n', 'regexp-extended': 'E', 'expression=': 'e', 'in-place': 'i' },
  })
  const names = [...operands]
  const scripts = values.has('e') ? expressionsOf(call.args) : [names.shift()]
  const script = scripts.join('\n')
  if (scripts[0] === undefined) return fail(call, 'no script specified', 1)
  let steps: Step[]
  try {
    steps = parseSteps(script, flags.has('E') || flags.has('r'), call.host.budget)
  } catch (error) {
    if (error instanceof SedError)
      return fail(call, `-e expression #1, char ${script.length}: ${error.message}`)
    throw error
  }
  const { sources, status } = await readSources(call, names)
  if (!flags.has('i')) {
    const lines = sources.flatMap(({ text }) => linesOf(text))
    const isUnfinished = sources.at(-1)?.text.endsWith('\n') === false
    const text = await edited(call, lines, steps, flags.has('n'))
    call.output.write(isUnfinished ? text.replace(/\n$/, '') : text)
    return status === 0 ? 0 : 2
  }
  for (const { name, text } of sources) {
    for (const step of steps) step.isInRange = false
    const result = await edited(call, linesOf(text), steps, flags.has('n'))
    attempt(
      call,
      (reason) => `couldn't open file ${name}: ${reason}`,
      () => {
        const node = call.host.files.create(pathOf(call, name), call.state.owner, 0o644)
        call.host.files.append(node, toBuffer(result))
      },
    )
  }
  return status === 0 ? 0 : 2
}

function expressionsOf(args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    if (args[at - 1] === '-e' || /^-[nErsu]*e$/.test(args[at - 1] ?? '')) return [arg]
    if (arg.startsWith('--expression=')) return [arg.slice(13)]
    return /^-e./.test(arg) ? [arg.slice(2)] : []
  })
}

function parseSteps(script: string, isExtended: boolean, budget: Budget): Step[] {
  const steps: Step[] = []
  let rest = script
  for (;;) {
    rest = rest.replace(/^[\s;]+/, '')
    if (rest === '') return steps
    if (steps.length >= MAX_STEPS) throw new SedError("unexpected `,'")
    let from: Address | null
    let to: Address | null = null
    ;[from, rest] = parseAddress(rest, isExtended, budget)
    if (rest.startsWith(',')) [to, rest] = parseAddress(rest.slice(1).trimStart(), isExtended, budget)
    rest = rest.trimStart()
    const isNegated = rest.startsWith('!')
    if (isNegated) rest = rest.slice(1).trimStart()
    let action: Action
    ;[action, rest] = parseAction(rest, isExtended, budget)
    steps.push({ from, to, isNegated, action, isInRange: false })
  }
}

function parseAddress(text: string, isExtended: boolean, budget: Budget): [Address | null, string] {
  const line = /^\d{1,9}/.exec(text)?.[0]
  if (line !== undefined) return [{ kind: 'line', line: Number(line) }, text.slice(line.length)]
  if (text.startsWith('$')) return [{ kind: 'last' }, text.slice(1)]
  if (!text.startsWith('/')) return [null, text]
  const [pattern, rest] = delimited(text.slice(1), '/')
  const regex = compileRegex(pattern, isExtended, budget)
  if (regex === null) throw new SedError('Invalid preceding regular expression')
  return [{ kind: 'regex', regex }, rest]
}

/** Text up to an unescaped delimiter, and what follows. */
function delimited(text: string, delimiter: string): [string, string] {
  const lastClosing = text.lastIndexOf(']')
  let part = ''
  let inBrackets = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string
    if (char === '\\') {
      const next = text[at + 1] ?? ''
      part += next === delimiter ? next : char + next
      at += 1
    } else if (char === delimiter && !inBrackets) return [part, text.slice(at + 1)]
    else {
      if (char === '[') inBrackets = lastClosing > at
      else if (char === ']') inBrackets = false
      part += char
    }
  }
  throw new SedError("unterminated `s' command")
}

function parseAction(text: string, isExtended: boolean, budget: Budget): [Action, string] {
  const letter = text[0]
  const rest = text.slice(1)
  const simple = ({ d: 'delete', p: 'print', q: 'quit', '=': 'number' } as const)[letter ?? '']
  if (simple !== undefined) return [{ kind: simple }, rest.replace(/^\s*\d*/, '')]
  const textual = ({ a: 'append', i: 'insert', c: 'change' } as const)[letter ?? '']
  if (textual !== undefined) {
    const line = rest.split('\n')[0] as string
    return [{ kind: textual, text: line.replace(/^\\?\s*/, '') }, rest.slice(line.length)]
  }
  if (letter === 's') return parseSubstitution(rest, isExtended, budget)
  if (letter === 'y') {
    const [from, afterFrom] = delimited(rest.slice(1), rest[0] ?? '/')
    const [to, after] = delimited(afterFrom, rest[0] ?? '/')
    if (from.length !== to.length) throw new SedError("strings for `y' command are different lengths")
    return [{ kind: 'translate', map: new Map([...from].map((char, at) => [char, to[at] as string])) }, after]
  }
  throw new SedError(letter === undefined ? 'missing command' : `unknown command: \`${letter}'`)
}

function parseSubstitution(text: string, isExtended: boolean, budget: Budget): [Action, string] {
  const delimiter = text[0]
  if (delimiter === undefined || delimiter === '\n' || delimiter === '\\')
    throw new SedError("unterminated `s' command")
  const [pattern, afterPattern] = delimited(text.slice(1), delimiter)
  const [replacement, afterReplacement] = delimited(afterPattern, delimiter)
  const written = /^[gpiIe0-9]*/.exec(afterReplacement)?.[0] ?? ''
  const regex = compileRegex(pattern, isExtended, budget, /i/i.test(written))
  if (regex === null) throw new SedError('Invalid preceding regular expression')
  return [
    {
      kind: 'substitute',
      regex,
      replacement,
      isGlobal: written.includes('g'),
      isPrinted: written.includes('p'),
      occurrence: Number(/\d+/.exec(written)?.[0] ?? 1),
    },
    afterReplacement.slice(written.length),
  ]
}

async function edited(
  call: ProgramCall,
  lines: readonly string[],
  steps: readonly Step[],
  isQuiet: boolean,
): Promise<string> {
  const result: string[] = []
  for (const [index, original] of lines.entries()) {
    call.host.budget.spend(64 + original.length * steps.length)
    if (index % 200 === 0) await call.host.budget.turn()
    const state = {
      line: original,
      isDeleted: false,
      isDone: false,
      before: [] as string[],
      after: [] as string[],
    }
    for (const step of steps) {
      if (applies(step, state.line, index, lines.length) === step.isNegated) continue
      act(step.action, state, index, call.host.budget)
      if (state.isDeleted || state.isDone) break
    }
    result.push(...state.before)
    if (!state.isDeleted && !isQuiet) result.push(state.line)
    result.push(...state.after)
    if (state.isDone) break
  }
  return result.map((line) => `${line}\n`).join('')
}

function isAt(address: Address, line: string, index: number, count: number): boolean {
  if (address.kind === 'line') return index + 1 === address.line
  return address.kind === 'last' ? index === count - 1 : address.regex.test(line)
}

function applies(step: Step, line: string, index: number, count: number): boolean {
  if (step.from === null) return true
  if (step.to === null) return isAt(step.from, line, index, count)
  if (step.isInRange) {
    const isPast = step.to.kind === 'line' && index + 1 > step.to.line
    if (isPast || isAt(step.to, line, index, count)) step.isInRange = false
    return !isPast
  }
  if (!isAt(step.from, line, index, count)) return false
  step.isInRange = !(step.to.kind === 'line' && step.to.line <= index + 1)
  return true
}

interface EditState {
  line: string
  isDeleted: boolean
  isDone: boolean
  before: string[]
  after: string[]
}

function act(action: Action, state: EditState, index: number, budget: Budget): void {
  switch (action.kind) {
    case 'delete':
      state.isDeleted = true
      return
    case 'print':
      state.before.push(state.line)
      return
    case 'number':
      state.before.push(String(index + 1))
      return
    case 'quit':
      state.isDone = true
      return
    case 'append':
      state.after.push(action.text)
      return
    case 'insert':
      state.before.push(action.text)
      return
    case 'change':
      state.before.push(action.text)
      state.isDeleted = true
      return
    case 'translate':
      state.line = [...state.line].map((char) => action.map.get(char) ?? char).join('')
      return
    case 'substitute': {
      const changed = substituted(state.line, action, budget)
      if (changed === null) return
      state.line = changed
      if (action.isPrinted) state.before.push(changed)
    }
  }
}

/** Null where nothing matches. */
function substituted(
  line: string,
  action: Extract<Action, { kind: 'substitute' }>,
  budget: Budget,
): string | null {
  const marks = action.replacement.match(/[&\\]/g)?.length ?? 0
  let result = ''
  let at = 0
  let count = 0
  let isChanged = false
  while (at <= line.length && result.length < MAX_LINE) {
    const match = action.regex.find(line, at)
    if (match === null) break
    count += 1
    const isReplaced = count >= action.occurrence
    // A group is no longer than the match.
    if (isReplaced) budget.spend(action.replacement.length + marks * (match.end - match.start))
    result += line.slice(at, match.start)
    result += isReplaced ? filled(action.replacement, match.groups) : line.slice(match.start, match.end)
    isChanged ||= isReplaced
    at = match.end
    if (match.end === match.start) {
      result += line[at] ?? ''
      at += 1
    }
    if (isReplaced && !action.isGlobal) break
  }
  return isChanged ? result + line.slice(at) : null
}

/** `&` and `\1` in a replacement. */
function filled(replacement: string, groups: ReadonlyArray<string | null>): string {
  return replacement.replace(/\\(\d)|\\n|\\t|\\([\s\S])|&/g, (written, digit, escaped) => {
    if (written === '&') return groups[0] ?? ''
    if (digit !== undefined) return groups[Number(digit)] ?? ''
    if (written === '\\n') return '\n'
    return written === '\\t' ? '\t' : (escaped as string)
  })
}
