import type { Source } from './source.js'
import { atEnd, createSource, nested, skipBlanks, startsWith, unclosed, unexpected } from './source.js'
import type {
  AndOr,
  Assignment,
  Command,
  List,
  Pipeline,
  Redirection,
  RedirectionOperator,
  Word,
} from './syntax.js'
import { ShellSyntaxError } from './syntax.js'
import { arithmeticEnd, parseQuotedText, parseWord } from './word-parser.js'

const RESERVED_WORD = /(?:\{|\}|!|\[\[|[a-z]+)(?=$|[\s;&|<>()])/y
const REDIRECTION = /(\d{1,2}(?=[<>]))?(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||>(?!\()|<(?!\())/y
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/
const FUNCTION_NAME = /([^\s;&|<>()'"\\$`=]+)[ \t]*\([ \t]*\)/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const MAX_PIPELINE = 64
/** Words and redirections of one command. */
const MAX_WORDS = 4_096

/**
 * Parses what a shell is given, by the grammar of POSIX XCU 2.10 with what bash has more and attackers use (`[[`, `((`, `&>`, `<<<`,
 * `<( )`, `function`). Recursive descent; each character is looked at a constant number of times, save in `$((`.
 * Throws ShellSyntaxError with the message of bash.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */
export function parseScript(text: string, isInteractive: boolean): List {
  const source = createSource(text, 0, isInteractive)
  const list = parseList(source)
  if (!atEnd(source)) throw unexpected(source)
  if (source.pending.length > 0) readDocuments(source)
  return list
}

/** Up to what no command begins with. */
function parseList(source: Source, ends: readonly string[] = []): List {
  const list: AndOr[] = []
  for (;;) {
    skipNewlines(source)
    if (atEnd(source) || startsWith(source, ')') || startsWith(source, ';;')) return list
    if (ends.includes(reservedWord(source))) return list
    const item = parseAndOr(source)
    skipBlanks(source)
    const isBackground = startsWith(source, '&') && !startsWith(source, '&&')
    list.push({ ...item, isBackground })
    const isSeparated = isBackground || (startsWith(source, ';') && !startsWith(source, ';;'))
    if (isSeparated) source.at += 1
    else if (!startsWith(source, '\n')) return list
  }
}

function skipNewlines(source: Source): void {
  for (;;) {
    skipBlanks(source)
    if (source.text[source.at] !== '\n') return
    source.at += 1
    readDocuments(source)
  }
}

function reservedWord(source: Source): string {
  RESERVED_WORD.lastIndex = source.at
  return RESERVED_WORD.exec(source.text)?.[0] ?? ''
}

function expectWord(source: Source, word: string): void {
  skipBlanks(source)
  if (reservedWord(source) !== word) throw unexpected(source)
  source.at += word.length
}

function parseAndOr(source: Source): AndOr {
  const first = parsePipeline(source)
  const rest: Array<{ operator: '&&' | '||'; pipeline: Pipeline }> = []
  for (;;) {
    skipBlanks(source)
    const operator = startsWith(source, '&&') ? '&&' : startsWith(source, '||') ? '||' : null
    if (operator === null) return { first, rest, isBackground: false }
    source.at += 2
    skipNewlines(source)
    rest.push({ operator, pipeline: parsePipeline(source) })
  }
}

function parsePipeline(source: Source): Pipeline {
  let isNegated = false
  skipBlanks(source)
  while (reservedWord(source) === '!') {
    isNegated = !isNegated
    source.at += 1
    skipBlanks(source)
  }
  const commands = [parseCommand(source)]
  const withErrors: boolean[] = []
  for (;;) {
    skipBlanks(source)
    if (!startsWith(source, '|') || startsWith(source, '||')) return { isNegated, commands, withErrors }
    if (commands.length >= MAX_PIPELINE) throw new ShellSyntaxError('fork: Resource temporarily unavailable')
    source.at += 1
    withErrors.push(startsWith(source, '&'))
    if (startsWith(source, '&')) source.at += 1
    skipNewlines(source)
    commands.push(parseCommand(source))
  }
}

const COMPOUND: Readonly<Record<string, (source: Source) => CommandBody>> = {
  '{': parseGroup,
  if: parseIf,
  for: parseFor,
  while: (source) => parseLoop(source, false),
  until: (source) => parseLoop(source, true),
  case: parseCase,
  function: parseFunction,
  '[[': parseCondition,
}

/** A command without its redirections. */
type CommandBody = Command extends infer Each
  ? Each extends Command
    ? Omit<Each, 'redirections'>
    : never
  : never

function parseCommand(source: Source): Command {
  skipBlanks(source)
  const compound = compoundBody(source)
  if (compound === null) return parseSimple(source)
  const redirections: Redirection[] = []
  for (;;) {
    skipBlanks(source)
    if (!parseRedirection(source, redirections)) return { ...compound, redirections } as Command
  }
}

function compoundBody(source: Source): CommandBody | null {
  if (startsWith(source, '((')) {
    const end = arithmeticEnd(source.text, source.at + 2)
    if (end !== -1) return arithmeticCommand(source, end)
  }
  if (startsWith(source, '(')) {
    source.at += 1
    const body = nested(source, () => parseList(source))
    expectCharacter(source, ')')
    if (body.length === 0) throw unexpected({ ...source, at: source.at - 1 })
    return { kind: 'subshell', body }
  }
  const word = reservedWord(source)
  const parse = Object.hasOwn(COMPOUND, word) ? COMPOUND[word] : undefined
  if (parse !== undefined) {
    source.at += word.length
    return nested(source, () => parse(source))
  }
  if (['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}'].includes(word)) throw unexpected(source)
  FUNCTION_NAME.lastIndex = source.at
  const header = FUNCTION_NAME.exec(source.text)
  return header === null ? null : functionBody(source, header[1] as string, header[0].length)
}

function expectCharacter(source: Source, character: string): void {
  skipBlanks(source)
  if (atEnd(source)) throw unclosed(character)
  if (!startsWith(source, character)) throw unexpected(source)
  source.at += character.length
}

function arithmeticCommand(source: Source, end: number): CommandBody {
  const text = source.text.slice(source.at + 2, end)
  source.at = end + 2
  const expression = nested(source, () => parseQuotedText(text, source.depth, parseList))
  return { kind: 'arithmetic', expression }
}

function parseGroup(source: Source): CommandBody {
  const body = filledList(source, ['}'])
  expectWord(source, '}')
  return { kind: 'group', body }
}

/** A list that may not be empty. */
function filledList(source: Source, ends: readonly string[]): List {
  const list = parseList(source, ends)
  if (list.length === 0) throw unexpected(source)
  return list
}

function parseIf(source: Source): CommandBody {
  const branches: Array<{ condition: List; body: List }> = []
  for (;;) {
    const condition = filledList(source, ['then'])
    expectWord(source, 'then')
    const body = filledList(source, ['elif', 'else', 'fi'])
    branches.push({ condition, body })
    const word = reservedWord(source)
    if (word !== 'elif') break
    source.at += word.length
  }
  let otherwise: List | null = null
  if (reservedWord(source) === 'else') {
    source.at += 4
    otherwise = filledList(source, ['fi'])
  }
  expectWord(source, 'fi')
  return { kind: 'if', branches, otherwise }
}

function parseLoop(source: Source, isUntil: boolean): CommandBody {
  const condition = filledList(source, ['do'])
  return { kind: 'loop', isUntil, condition, body: parseDo(source) }
}

function parseDo(source: Source): List {
  skipNewlines(source)
  expectWord(source, 'do')
  const body = filledList(source, ['done'])
  expectWord(source, 'done')
  return body
}

function parseFor(source: Source): CommandBody {
  skipBlanks(source)
  NAME.lastIndex = source.at
  const name = NAME.exec(source.text)?.[0]
  if (name === undefined) throw unexpected(source)
  source.at += name.length
  skipNewlines(source)
  let words: Word[] | null = null
  if (reservedWord(source) === 'in') {
    source.at += 2
    words = parseWords(source)
  }
  skipBlanks(source)
  if (startsWith(source, ';')) source.at += 1
  return { kind: 'for', name, words, body: parseDo(source) }
}

function parseWords(source: Source): Word[] {
  const words: Word[] = []
  for (;;) {
    skipBlanks(source)
    const word = parseWord(source, parseList)
    if (word.length === 0) return words
    if (words.length >= MAX_WORDS) throw new ShellSyntaxError('Argument list too long')
    words.push(word)
  }
}

function parseCase(source: Source): CommandBody {
  skipBlanks(source)
  const subject = parseWord(source, parseList)
  if (subject.length === 0) throw unexpected(source)
  skipNewlines(source)
  expectWord(source, 'in')
  const items: Array<{ patterns: Word[]; body: List }> = []
  for (;;) {
    skipNewlines(source)
    if (reservedWord(source) === 'esac') break
    if (startsWith(source, '(')) source.at += 1
    const patterns: Word[] = []
    do {
      if (startsWith(source, '|')) source.at += 1
      skipBlanks(source)
      const pattern = parseWord(source, parseList)
      if (pattern.length === 0) throw unexpected(source)
      patterns.push(pattern)
      skipBlanks(source)
    } while (startsWith(source, '|'))
    expectCharacter(source, ')')
    const body = parseList(source, ['esac'])
    items.push({ patterns, body })
    skipNewlines(source)
    if (!startsWith(source, ';;')) break
    source.at += 2
  }
  expectWord(source, 'esac')
  return { kind: 'case', subject, items }
}

function parseFunction(source: Source): CommandBody {
  skipBlanks(source)
  const word = parseWord(source, parseList)
  const name = word.length === 1 && word[0]?.kind === 'text' ? word[0].text : ''
  if (name === '') throw unexpected(source)
  skipBlanks(source)
  const parentheses = /^\([ \t]*\)/.exec(source.text.slice(source.at, source.at + 64))?.[0] ?? ''
  return functionBody(source, name, parentheses.length)
}

function functionBody(source: Source, name: string, headerLength: number): CommandBody {
  source.at += headerLength
  skipNewlines(source)
  return { kind: 'function', name, body: nested(source, () => parseCommand(source)) }
}

/** `[[ ... ]]`: operators inside are words of the condition. */
function parseCondition(source: Source): CommandBody {
  const words: Word[] = []
  for (;;) {
    skipNewlines(source)
    if (atEnd(source)) throw unexpected(source)
    const operator = /^(&&|\|\||[()<>])/.exec(source.text.slice(source.at, source.at + 2))?.[0]
    if (operator !== undefined) {
      source.at += operator.length
      words.push([{ kind: 'text', text: operator, isQuoted: false }])
      continue
    }
    const word = parseWord(source, parseList)
    const only = word.length === 1 ? word[0] : undefined
    if (only?.kind === 'text' && only.text === ']]' && !only.isQuoted) return { kind: 'condition', words }
    if (word.length === 0 || words.length >= MAX_WORDS) throw unexpected(source)
    words.push(word)
  }
}

function parseSimple(source: Source): Command {
  const assignments: Assignment[] = []
  const words: Word[] = []
  const redirections: Redirection[] = []
  for (;;) {
    skipBlanks(source)
    if (parseRedirection(source, redirections)) continue
    const word = parseWord(source, parseList)
    if (word.length === 0) break
    const assignment = words.length === 0 ? asAssignment(word) : null
    if (assignment === null) words.push(word)
    else assignments.push(assignment)
    if (words.length + assignments.length > MAX_WORDS) throw new ShellSyntaxError('Argument list too long')
  }
  if (words.length + assignments.length + redirections.length === 0) throw unexpected(source)
  return { kind: 'simple', assignments, words, redirections }
}

function asAssignment(word: Word): Assignment | null {
  const first = word[0]
  if (first?.kind !== 'text' || first.isQuoted) return null
  const match = ASSIGNMENT.exec(first.text)
  if (match === null) return null
  const value: Word = [
    { kind: 'text', text: first.text.slice(match[0].length), isQuoted: false },
    ...word.slice(1),
  ]
  return { name: match[1] as string, isAppended: match[2] === '+', value }
}

function parseRedirection(source: Source, redirections: Redirection[]): boolean {
  REDIRECTION.lastIndex = source.at
  const match = REDIRECTION.exec(source.text)
  if (match === null) return false
  if (redirections.length >= MAX_WORDS) throw new ShellSyntaxError('Too many open files')
  source.at += match[0].length
  skipBlanks(source)
  const written = match[2] as string
  const target = parseWord(source, parseList)
  if (target.length === 0) throw unexpected(source)
  const stripsTabs = written === '<<-'
  const operator = (stripsTabs ? '<<' : written) as RedirectionOperator
  const descriptor = match[1] === undefined ? (operator.startsWith('<') ? 0 : 1) : Number(match[1])
  const redirection: Redirection = { descriptor, operator, target }
  redirections.push(redirection)
  if (operator === '<<') {
    const delimiter = target.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    const isLiteral = target.some((part) => part.isQuoted)
    source.pending.push({ redirection, delimiter, isLiteral, stripsTabs })
  }
  return true
}

/** Takes the lines of here-documents that were announced on the line before. */
function readDocuments(source: Source): void {
  for (const document of source.pending.splice(0)) {
    const lines: string[] = []
    let isClosed = false
    while (!isClosed && !atEnd(source)) {
      const newline = source.text.indexOf('\n', source.at)
      const end = newline === -1 ? source.text.length : newline
      const written = source.text.slice(source.at, end)
      const line = document.stripsTabs ? written.replace(/^\t+/, '') : written
      source.at = Math.min(source.text.length, end + 1)
      isClosed = line.replace(/\r$/, '') === document.delimiter
      if (!isClosed) lines.push(`${line}\n`)
    }
    if (!isClosed && source.isInteractive) throw unclosed(document.delimiter)
    const body = lines.join('')
    document.redirection.target = document.isLiteral
      ? [{ kind: 'text', text: body, isQuoted: true }]
      : nested(source, () => parseQuotedText(body, source.depth, parseList))
  }
}
