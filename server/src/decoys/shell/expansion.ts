import { ArithmeticError, evaluateArithmetic } from './arithmetic.js'
import type { FileSystem } from './file-system.js'
import type { Evidence } from './host.js'
import type { Budget } from './limits.js'
import { absolutePath } from './paths.js'
import { compilePattern, escapePattern, hasPattern, matches } from './pattern.js'
import type { ShellState } from './shell-state.js'
import { setVariable, variableOf } from './shell-state.js'
import type { List, Word, WordPart } from './syntax.js'

/** An expansion that failed; the command is not run. `message` follows the shell's name. */
export class ExpansionError extends Error {
  override name = 'ExpansionError'
}

/** What expansions need of the shell. */
export interface ExpansionContext {
  state: ShellState
  files: FileSystem
  budget: Budget
  evidence: Evidence
  /** Runs a list in a subshell. @returns what it wrote, and its status. */
  substitute(body: List): Promise<{ output: string; status: number }>
  /** Runs a list whose output can be read as a file. @returns the path of the file. */
  processFile(body: List): Promise<string>
  /** Home of an account; null where there is none of that name. */
  homeOf(user: string): string | null
  /** Whether a name or address is the host's own. */
  isLocal(name: string): boolean
}

/** A run of characters of a field. Quoted ones are no pattern and are not split. */
interface Piece {
  text: string
  isQuoted: boolean
}

/** Fields of one word; `null` in the list of pieces ends a field. */
type Pieces = Array<Piece | null>

const MAX_FIELDS = 8_192
/** Characters of one word after its expansion. */
const MAX_WORD = 1_048_576
const MAX_BRACES = 1_024
/** Of a variable in an expression, which may be an expression itself. */
const VARIABLE_COST = 64

/** Words to arguments: braces, tilde, parameters, substitutions, splitting, file names (XCU 2.6). */
export async function expandWords(words: readonly Word[], context: ExpansionContext): Promise<string[]> {
  const fields: string[] = []
  for (const word of words) {
    for (const braced of expandBraces(word)) {
      const pieces = await expandParts(withTilde(braced, context), context)
      for (const field of splitFields(pieces, context)) {
        fields.push(...fileNames(field, context))
        if (fields.length > MAX_FIELDS) throw new ExpansionError('Argument list too long')
      }
    }
  }
  return fields
}

/** A word that is neither split nor a pattern of file names: a value, a here-document, the target of a redirection. */
export async function expandText(word: Word, context: ExpansionContext): Promise<string> {
  const pieces = await expandParts(withTilde(word, context), context)
  return pieces.map((piece) => piece?.text ?? ' ').join('')
}

/** A word as a pattern: what is quoted in it stands for itself. */
export async function expandPattern(word: Word, context: ExpansionContext): Promise<string> {
  const pieces = await expandParts(withTilde(word, context), context)
  return pieces.map((piece) => (piece === null ? ' ' : asPattern(piece))).join('')
}

function asPattern({ text, isQuoted }: Piece): string {
  return isQuoted ? escapePattern(text) : text
}

function withTilde(word: Word, context: ExpansionContext): Word {
  const first = word[0]
  if (first?.kind !== 'text' || first.isQuoted || !first.text.startsWith('~')) return word
  const name = /^~([^/]*)/.exec(first.text)?.[1] as string
  const isWhole = first.text.length === name.length + 1
  if (isWhole && word.length > 1) return word
  const home = name === '' ? variableOf(context.state, 'HOME') : context.homeOf(name)
  if (home === null) return word
  return [
    { kind: 'text', text: home, isQuoted: true },
    { kind: 'text', text: first.text.slice(name.length + 1), isQuoted: false },
    ...word.slice(1),
  ]
}

async function expandParts(word: Word, context: ExpansionContext): Promise<Pieces> {
  const pieces: Pieces = []
  let size = 0
  for (const part of word) {
    for (const piece of await expandPart(part, context)) {
      pieces.push(piece)
      size += piece?.text.length ?? 0
      if (size > MAX_WORD) throw new ExpansionError('Argument list too long')
    }
  }
  context.budget.spend(size)
  return pieces
}

async function expandPart(part: WordPart, context: ExpansionContext): Promise<Pieces> {
  switch (part.kind) {
    case 'text':
      return [{ text: part.text, isQuoted: part.isQuoted }]
    case 'parameter':
      return await expandParameter(part, context)
    case 'command': {
      const { output, status } = await context.substitute(part.body)
      context.state.status = status
      return [value(output.replaceAll('\0', '').replace(/(?<!\n)\n+$/, ''), part.isQuoted)]
    }
    case 'arithmetic':
      return [value(await arithmeticOf(part.expression, context), true)]
    case 'process':
      return [value(await context.processFile(part.body), true)]
  }
}

/** Unquoted values are split: their pieces are marked by being unquoted and by `isValue` of their source. */
function value(text: string, isQuoted: boolean): Piece {
  return isQuoted ? { text, isQuoted: true } : new Value(text)
}

/** Text of an unquoted expansion: it is split into fields. */
class Value implements Piece {
  readonly text: string
  readonly isQuoted = false

  constructor(text: string) {
    this.text = text
  }
}

export async function arithmeticOf(expression: Word, context: ExpansionContext): Promise<string> {
  const text = (await expandParts(expression, context)).map((piece) => piece?.text ?? ' ').join('')
  try {
    return evaluateArithmetic(text, {
      get(name) {
        const text = variableOf(context.state, name)
        context.budget.spend(VARIABLE_COST + text.length)
        return text
      },
      set: (name, result) => setVariable(context.state, name, result),
    }).toString()
  } catch (error) {
    if (error instanceof ArithmeticError) throw new ExpansionError(`${text}: ${error.message}`)
    throw error
  }
}

type Parameter = Extract<WordPart, { kind: 'parameter' }>

async function expandParameter(part: Parameter, context: ExpansionContext): Promise<Pieces> {
  const { state } = context
  if (part.name === '@' || part.name === '*') {
    if (part.operator === '' && !part.isLength) return allParameters(part, state)
  }
  const current = parameterValue(part.name, state)
  if (part.isLength) return [value(String(lengthOf(part.name, current ?? '', state)), part.isQuoted)]
  if (current === null && state.options.has('nounset') && !/^:?[-=?+]$/.test(part.operator))
    throw new ExpansionError(`${part.name}: unbound variable`)
  return await applyOperator(part, current, context)
}

function allParameters(part: Parameter, state: ShellState): Pieces {
  if (part.name === '*' && part.isQuoted) {
    const separator = state.variables.has('IFS') ? variableOf(state, 'IFS').slice(0, 1) : ' '
    return [{ text: state.parameters.join(separator), isQuoted: true }]
  }
  return state.parameters.flatMap((parameter, index) => [
    ...(index > 0 ? [null] : []),
    value(parameter, part.isQuoted),
  ])
}

function lengthOf(name: string, text: string, state: ShellState): number {
  return name === '@' || name === '*' ? state.parameters.length : text.length
}

/** Null where it is not set. */
function parameterValue(name: string, state: ShellState): string | null {
  if (/^\d+$/.test(name)) return name === '0' ? state.name : (state.parameters[Number(name) - 1] ?? null)
  switch (name) {
    case '?':
      return String(state.status)
    case '$':
      return String(state.pid)
    case '#':
      return String(state.parameters.length)
    case '!':
      return state.backgroundPid === null ? '' : String(state.backgroundPid)
    case '-':
      return state.options.has('interactive') ? 'himBHs' : 'hBc'
    case '@':
    case '*':
      return state.parameters.length > 0 ? state.parameters.join(' ') : null
    case 'RANDOM':
      return String(Math.floor(Math.random() * 32_768))
    default:
      return state.variables.get(name)?.value ?? null
  }
}

async function applyOperator(
  part: Parameter,
  current: string | null,
  context: ExpansionContext,
): Promise<Pieces> {
  const { operator } = part
  if (operator === '') return [value(current ?? '', part.isQuoted)]
  const kind = operator.replace(':', '')
  if (/^[-=?+]$/.test(kind)) return await applyDefault(part, kind, current, context)
  if (operator === ':') return [value(await substring(part, current ?? '', context), part.isQuoted)]
  const text = current ?? ''
  if (operator === '^^') return [value(text.toUpperCase(), part.isQuoted)]
  if (operator === ',,') return [value(text.toLowerCase(), part.isQuoted)]
  if (operator === '^') return [value(text.slice(0, 1).toUpperCase() + text.slice(1), part.isQuoted)]
  if (operator === ',') return [value(text.slice(0, 1).toLowerCase() + text.slice(1), part.isQuoted)]
  const pattern = await expandPattern(part.argument, context)
  if (operator.startsWith('/')) return [value(replaced(operator, pattern, text, context), part.isQuoted)]
  return [value(trimmed(operator, pattern, text, context), part.isQuoted)]
}

async function applyDefault(
  part: Parameter,
  kind: string,
  current: string | null,
  context: ExpansionContext,
): Promise<Pieces> {
  const isMissing = current === null || (part.operator.startsWith(':') && current === '')
  if (kind === '+') return isMissing ? [] : await expandParts(part.argument, context)
  if (!isMissing) return [value(current, part.isQuoted)]
  if (kind === '-') return (await expandParts(part.argument, context)).map((piece) => asValue(piece))
  const text = await expandText(part.argument, context)
  if (kind === '?')
    throw new ExpansionError(`${part.name}: ${text === '' ? 'parameter null or not set' : text}`)
  if (!/^[A-Za-z_]/.test(part.name)) throw new ExpansionError(`$${part.name}: cannot assign in this way`)
  setVariable(context.state, part.name, text)
  return [value(text, part.isQuoted)]
}

function asValue(piece: Piece | null): Piece | null {
  return piece === null || piece.isQuoted ? piece : new Value(piece.text)
}

async function substring(part: Parameter, text: string, context: ExpansionContext): Promise<string> {
  const [startText = '', lengthText] = (await expandText(part.argument, context)).split(':')
  const number = async (expression: string): Promise<number> =>
    Number(await arithmeticOf([{ kind: 'text', text: expression, isQuoted: true }], context))
  const start = await number(startText)
  const from = start < 0 ? Math.max(0, text.length + start) : start
  if (lengthText === undefined) return text.slice(from)
  const length = await number(lengthText)
  return length < 0 ? text.slice(from, Math.max(from, text.length + length)) : text.slice(from, from + length)
}

/** `${name#pattern}` and its kin. Costs length of the text times what matching costs: it is counted. */
function trimmed(operator: string, patternText: string, text: string, context: ExpansionContext): string {
  const pattern = compilePattern(patternText)
  const isPrefix = operator.startsWith('#')
  const isLongest = operator.length === 2
  for (let step = 0; step <= text.length; step += 1) {
    const taken = isLongest ? text.length - step : step
    const candidate = isPrefix ? text.slice(0, taken) : text.slice(text.length - taken)
    context.budget.spend(candidate.length * (1 + pattern.length / 4))
    if (matches(pattern, candidate)) return isPrefix ? text.slice(taken) : text.slice(0, text.length - taken)
  }
  return text
}

function replaced(operator: string, argument: string, text: string, context: ExpansionContext): string {
  const slash = /(?<!\\)\//.exec(argument)?.index ?? argument.length
  const patternText = argument.slice(0, slash)
  const replacement = argument.slice(slash + 1).replace(/\\([*?[\]\\])/g, '$1')
  if (patternText === '') return text
  const pattern = compilePattern(patternText)
  let result = ''
  let at = 0
  while (at < text.length) {
    const end = longestMatch(pattern, text, at, context)
    if (end === -1) {
      result += text[at] as string
      at += 1
      continue
    }
    result += replacement
    at = end
    if (operator === '/') break
    if (result.length > MAX_WORD) throw new ExpansionError('Argument list too long')
  }
  return result + text.slice(at)
}

function longestMatch(
  pattern: ReturnType<typeof compilePattern>,
  text: string,
  start: number,
  context: ExpansionContext,
): number {
  const isFixed = !pattern.some((element) => element.kind === 'many')
  const longest = isFixed ? Math.min(text.length, start + pattern.length) : text.length
  for (let end = longest; end > start; end -= 1) {
    context.budget.spend((end - start) * (1 + pattern.length / 4))
    if (matches(pattern, text.slice(start, end))) return end
  }
  return -1
}

/** Splits what unquoted expansions gave (XCU 2.6.5). */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of field splitting
function splitFields(pieces: Pieces, { state }: ExpansionContext): Piece[][] {
  const separators = state.variables.has('IFS') ? variableOf(state, 'IFS') : ' \t\n'
  const fields: Piece[][] = []
  let field: Piece[] | null = null
  const end = (): void => {
    if (field !== null) fields.push(field)
    field = null
  }
  for (const piece of pieces) {
    if (piece === null) end()
    else if (!(piece instanceof Value)) {
      if (piece.isQuoted || piece.text !== '') field = [...(field ?? []), piece]
    } else {
      for (const part of splitValue(piece.text, separators)) {
        if (part === null) end()
        else field = [...(field ?? []), { text: part, isQuoted: false }]
      }
    }
    if (fields.length > MAX_FIELDS) throw new ExpansionError('Argument list too long')
  }
  end()
  return fields
}

/** Parts of a value; null stands for the end of a field. */
function splitValue(text: string, separators: string): Array<string | null> {
  const parts: Array<string | null> = []
  let start = 0
  let isAfterText = false
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at]
    if (char !== undefined && !separators.includes(char)) continue
    if (at > start) parts.push(text.slice(start, at))
    isAfterText = at > start
    start = at + 1
    if (char === undefined) break
    const isBlank = char === ' ' || char === '\t' || char === '\n'
    // Other separators end an empty field too.
    if (!isBlank && !isAfterText && parts.at(-1) !== undefined && parts.at(-1) === null) parts.push('')
    if (!isBlank && parts.length === 0) parts.push('')
    if (parts.at(-1) !== null || isAfterText) parts.push(null)
    if (parts.length > MAX_FIELDS * 2) throw new ExpansionError('Argument list too long')
  }
  return parts
}

function fileNames(field: Piece[], context: ExpansionContext): string[] {
  const text = field.map((piece) => piece.text).join('')
  const hasUnquoted = field.some((piece) => !piece.isQuoted && /[*?[]/.test(piece.text))
  if (!hasUnquoted || context.state.options.has('noglob')) return [text]
  const pattern = field.map(asPattern).join('')
  if (!hasPattern(pattern)) return [text]
  const found = glob(pattern, context)
  return found.length > 0 ? found : [text]
}

/** Paths that match, sorted by bytes (XCU 2.14.3). */
export function glob(
  pattern: string,
  context: Pick<ExpansionContext, 'files' | 'state' | 'budget'>,
): string[] {
  const { files, state, budget } = context
  const isAbsolute = pattern.startsWith('/')
  const endsWithSlash = pattern.length > 1 && pattern.endsWith('/')
  let paths = [isAbsolute ? '/' : '']
  for (const part of pattern.split('/').filter((each) => each !== '')) {
    const next: string[] = []
    for (const path of paths) {
      budget.spend()
      for (const name of namesIn(path, part, context)) {
        next.push(path === '' || path === '/' ? path + name : `${path}/${name}`)
        if (next.length > MAX_FIELDS) throw new ExpansionError('Argument list too long')
      }
    }
    paths = next
  }
  const found = paths.filter(
    (path) => files.find(absolutePath(path, state.folder), state.owner, true) !== null,
  )
  return endsWithSlash ? found.map((path) => `${path}/`) : found
}

function namesIn(
  path: string,
  part: string,
  { files, state, budget }: Pick<ExpansionContext, 'files' | 'state' | 'budget'>,
): string[] {
  if (!hasPattern(part)) return [part.replace(/\\(.)/gs, '$1')]
  const folder = files.find(absolutePath(path, state.folder), state.owner)
  if (folder?.kind !== 'folder') return []
  const pattern = compilePattern(part)
  budget.spend(folder.entries.size * 32)
  return [...folder.entries.keys()]
    .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matches(pattern, name))
    .sort()
}

/** `{a,b}` and `{1..9}` of bash, in one unquoted part of a word. */
function expandBraces(word: Word): Word[] {
  let words: Word[] = [word]
  for (let round = 0; round < 8; round += 1) {
    const next: Word[] = []
    for (const each of words) {
      next.push(...expandFirstBrace(each))
      if (next.length > MAX_BRACES) return [word]
    }
    if (next.length === words.length) return next
    words = next
  }
  return words
}

const BRACE = /\{([^{},]*,[^{}]*|-?\d{1,9}\.\.-?\d{1,9}|[a-zA-Z]\.\.[a-zA-Z])\}/

function expandFirstBrace(word: Word): Word[] {
  for (const [index, part] of word.entries()) {
    if (part.kind !== 'text' || part.isQuoted || !part.text.includes('{')) continue
    const match = BRACE.exec(part.text)
    if (match === null) continue
    const before = part.text.slice(0, match.index)
    const after = part.text.slice(match.index + match[0].length)
    return braceItems(match[1] as string).map((item) => [
      ...word.slice(0, index),
      { kind: 'text', text: before + item + after, isQuoted: false },
      ...word.slice(index + 1),
    ])
  }
  return [word]
}

function braceItems(inner: string): string[] {
  const range = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])$/.exec(inner)
  if (range === null) return inner.split(',')
  const isNumber = /\d/.test(range[1] as string)
  const code = (text: string): number => (isNumber ? Number(text) : text.charCodeAt(0))
  const [from, to] = [code(range[1] as string), code(range[2] as string)]
  const count = Math.min(MAX_BRACES + 1, Math.abs(to - from) + 1)
  return Array.from({ length: count }, (_, at) => {
    const each = from + (to < from ? -at : at)
    return isNumber ? String(each) : String.fromCharCode(each)
  })
}
