import { literalOutput } from './literal-output.js'
import { isText, type KnownFile, MAX_EARLIER, ShellEnvironment } from './shell-environment.js'
import { type ShellToken, shellTokens, type WordPart } from './shell-lexer.js'
import { isAssignment, isShell, OpenStatement, type ShellStatement } from './shell-statement.js'

/** How far a command line is read. */
export interface ShellReader {
  /** Where the statement that was read last ends. */
  position: number
  /** Characters that are nested too deep, or too many, to be read. */
  unread: number
  /** Characters so far that statements gave to other shells, or that variables stood for. */
  nested: number
}

/** Statements within statements (`sh -c`, `$(...)`, `eval`) are read so deep; each level looks at its characters once more. */
const MAX_DEPTH = 5
/** What more is given to shells, or held by variables, in one command is not read. */
const MAX_NESTED = 262_144
/** What a statement runs is kept with it up to here: what only asks is short. */
const MAX_SCRIPT = 512
/** Programs that only look at a file that they name, or run it; any other may have changed it. */
const LEAVE_FILES = new Set(
  'chmod chown ls cat head tail wc stat file test [ [[ echo printf grep cut base64 xxd true sleep for'.split(
    ' ',
  ),
)
const DECLARATIONS = new Set(['export', 'readonly', 'declare', 'typeset', 'local'])
/** Programs that run a command line in the shell itself, with its variables. */
const BUILT_INS = new Set(['eval', '.', 'source', 'trap'])
/** Variables as a shell starts with them. */
const PRESET: ReadonlyMap<string, string> = new Map([
  ['IFS', ' '],
  ['@', ''],
  ['*', ''],
])
/** More files than any script makes executable at once. */
const MAX_CHANGED = 8

/** A reader at the start of a command line. */
export function startReading(): ShellReader {
  return { position: 0, unread: 0, nested: 0 }
}

/**
 * The statements of a command line, those that are nested in another one after it: what `sh -c`, `eval`, `su -c` and `find -exec` are given,
 * substitutions, here-documents and here-strings of shells, what `echo`, `printf` or `base64 -d` pipe into a shell or write into a file that
 * it runs. Variables that the command line assigns literal text to are replaced. Statements come one by one. @returns what they write to
 * standard output, as far as the command line itself holds it; else null.
 */
export function shellStatements(text: string, reader: ShellReader): Generator<ShellStatement, string | null> {
  return new LineReader(reader, new ShellEnvironment(), 0).read(text)
}

/** Reads one command line, or one that is nested in it. */
class LineReader {
  readonly #reader: ShellReader
  readonly #environment: ShellEnvironment
  readonly #depth: number
  /** Statements since the last end of a line, which here-documents may be for. */
  #line: ShellStatement[] = []
  #isLineOver = false

  constructor(reader: ShellReader, environment: ShellEnvironment, depth: number) {
    this.#reader = reader
    this.#environment = environment
    this.#depth = depth
  }

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
  *read(text: string): Generator<ShellStatement, string | null> {
    let open = new OpenStatement(false)
    /** The variable that names the program of the statement. */
    let named: string | null = null
    /** What the pipeline so far writes, where that is known. */
    let input: string | null = null
    let output: string | null = ''
    for (const token of shellTokens(text)) {
      if (token.kind === 'word') {
        if (open.awaitsProgram) named = variableIn(token.parts)
        const fields = yield* this.#fields(token)
        open.addWord(token.text, fields, token.isQuoted || token.parts !== null)
      } else if (token.kind === 'redirect') open.addRedirect(token.text, token.descriptor)
      else if (token.kind === 'here_document') yield* this.#giveDocument(token.text)
      else {
        if (this.#depth === 0) this.#reader.position = token.end
        const statement: ShellStatement | null = open.finish(input)
        if (statement && named !== null) yield* this.#otherwise(statement, named)
        const written: string | null = statement ? yield* this.#settle(statement, input) : input
        if (!token.isPipe) output = statement ? joined(output, written) : output
        input = token.isPipe ? written : null
        if (text[token.end - 1] === '\n') this.#isLineOver = true
        open = new OpenStatement(token.isPipe)
      }
    }
    if (this.#depth === 0) this.#reader.position = text.length
    const statement = open.finish(input)
    if (statement && named !== null) yield* this.#otherwise(statement, named)
    return statement ? joined(output, yield* this.#settle(statement, input)) : output
  }

  /** What a word stands for: itself, or fields where a variable or a substitution stands in it. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
  *#fields({
    text,
    isQuoted,
    parts,
  }: Extract<ShellToken, { kind: 'word' }>): Generator<ShellStatement, string[]> {
    if (parts === null) {
      const isList = !isQuoted && text.startsWith('{') && /^\{[^{}]*,[^{}]*\}$/.test(text)
      return isList ? text.slice(1, -1).split(',') : [text]
    }
    const isWhole = isAssignment(text)
    const fields: string[] = []
    let current = ''
    let isOpen = false
    for (const part of parts) {
      const value = yield* this.#valueOf(part)
      if (part.kind === 'text' || part.isQuoted || isWhole || value === null) {
        current += value ?? (part.kind === 'text' ? '' : part.written)
        isOpen ||= part.isQuoted || isWhole || current !== ''
        continue
      }
      for (const [n, field] of value.split(/[ \t\n]+/).entries()) {
        if (n > 0) {
          if (isOpen) fields.push(current)
          current = ''
          isOpen = false
        }
        current += field
        isOpen ||= field !== ''
      }
    }
    if (isOpen) fields.push(current)
    return fields
  }

  /** @returns null where it is not known what stands here. */
  *#valueOf(part: WordPart): Generator<ShellStatement, string | null> {
    if (part.kind === 'text') return part.text
    if (part.kind === 'variable') {
      const value = this.#environment.variable(part.name) ?? part.fallback ?? PRESET.get(part.name)
      return value === undefined || !this.#spend(value.length) ? null : value
    }
    const written = yield* this.#nested(part.text, false)
    if (part.kind === 'substitution') return written?.replace(/\n+$/, '') ?? null
    this.#environment.write(part.written, written)
    return part.written
  }

  /** Yields a statement and what is nested in it. @returns what it writes to standard output, where that is known. */
  *#settle(statement: ShellStatement, piped: string | null): Generator<ShellStatement, string | null> {
    if (this.#isLineOver) this.#line = []
    this.#isLineOver = false
    this.#line.push(statement)
    const input = this.#inputOf(statement, piped)
    const { lines, script } = scriptsIn(statement, input, this.#environment)
    yield script === null ? statement : { ...statement, script }
    let written = this.#outputOf(statement, input)
    for (const line of lines) written = yield* this.#nested(line, BUILT_INS.has(statement.verb))
    this.#learn(statement, input)
    return this.#redirect(statement, written)
  }

  /**
   * A statement whose program is a variable, with the values that it had before: whether a branch or a subshell that assigned it was run is
   * not known.
   */
  *#otherwise({ words }: ShellStatement, name: string): Generator<ShellStatement, void> {
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    for (const value of this.#environment.earlier(name)) yield* this.#nested(`${value} ${quoted}`, false)
  }

  /** Gives a here-document to the first statement of the line that waits for one, and what that writes to those that it is piped to. */
  *#giveDocument(text: string): Generator<ShellStatement, void> {
    const waiting = this.#line.findIndex(({ redirections }) =>
      redirections.some(({ operator }) => operator === '<<' || operator === '<<-'),
    )
    if (waiting < 0) return
    let input: string | null = text
    const [first, ...rest] = this.#line.splice(waiting)
    const isPiped = rest.findIndex((statement) => !statement.isPiped)
    const pipeline = first ? [first, ...(isPiped < 0 ? rest : rest.slice(0, isPiped))] : []
    this.#line.push(...(isPiped < 0 ? [] : rest.slice(isPiped)))
    for (const statement of pipeline) {
      let written: string | null = this.#outputOf(statement, input)
      for (const line of scriptsIn(statement, input, this.#environment).lines)
        written = yield* this.#nested(line, false)
      this.#learn(statement, input)
      input = this.#redirect(statement, written)
    }
  }

  /** What a statement writes by itself, where that is known. What `echo` and `printf` write was read as their words. */
  #outputOf(statement: ShellStatement, input: string | null): string | null {
    const written = literalOutput(statement, input, this.#environment)
    if (written === null || statement.verb === 'echo' || statement.verb === 'printf') return written
    return this.#spend(written.length) ? written : null
  }

  /** Statements that another shell, or this one, is given. @returns what they write, where that is known. */
  *#nested(text: string, isInThisShell: boolean): Generator<ShellStatement, string | null> {
    if (this.#depth >= MAX_DEPTH) {
      this.#reader.unread += text.length
      return null
    }
    if (!this.#spend(text.length)) return null
    const environment = isInThisShell ? this.#environment : new ShellEnvironment(this.#environment)
    return yield* new LineReader(this.#reader, environment, this.#depth + 1).read(text)
  }

  /** @returns whether so many characters more may be read. */
  #spend(characters: number): boolean {
    const isWithin = this.#reader.nested + characters <= MAX_NESTED
    if (isWithin) this.#reader.nested += characters
    else this.#reader.unread += characters
    return isWithin
  }

  #inputOf({ redirections }: ShellStatement, piped: string | null): string | null {
    const from = redirections.findLast(({ operator }) => operator === '<' || operator === '<<<')
    if (from === undefined) return piped
    return from.operator === '<<<' ? from.target : (this.#environment.file(from.target)?.text ?? null)
  }

  /** Keeps what a statement says of variables and files. */
  #learn(statement: ShellStatement, input: string | null): void {
    const { verb, words, operands, assignments } = statement
    if (verb === '') this.#assignAll(assignments)
    else if (DECLARATIONS.has(verb)) this.#assignAll(operands.filter(isAssignment))
    else if (verb === 'unset') for (const name of operands) this.#environment.assign(name, undefined)
    else if (verb === 'read') this.#read(operands, input)
    else if (verb === 'for') {
      const [name = '', , ...list] = words
      for (const value of list.slice(0, MAX_EARLIER)) this.#environment.assign(name, value)
    } else if (/^(?:cd|pushd|popd)$/.test(verb)) this.#environment.changeDirectory()
    else if (verb === 'tee') for (const path of operands) this.#environment.write(path, input)
    else if (/^(?:cp|mv)$/.test(verb) && operands.length === 2) {
      const [from = '', to = ''] = operands
      this.#environment.write(to, this.#environment.file(from)?.text ?? null)
    } else if (!LEAVE_FILES.has(verb) && !isShell(verb) && !BUILT_INS.has(verb))
      for (const word of words) this.#environment.write(word.slice(word.indexOf('=') + 1), null)
  }

  #assignAll(assignments: readonly string[]): void {
    for (const assignment of assignments) {
      const at = assignment.indexOf('=')
      const adds = assignment[at - 1] === '+'
      const name = assignment.slice(0, adds ? at - 1 : at)
      const value = (adds ? (this.#environment.variable(name) ?? '') : '') + assignment.slice(at + 1)
      if (!this.#spend(value.length)) continue
      if (!this.#environment.assign(name, value)) this.#reader.unread += value.length
    }
  }

  /** `read`: each name takes a word, the last one the rest of the line. */
  #read(names: readonly string[], input: string | null): void {
    const fields = input
      ?.split('\n', 1)[0]
      ?.trim()
      .split(/[ \t]+/)
    for (const [n, name] of names.entries()) {
      const value = n === names.length - 1 ? fields?.slice(n).join(' ') : fields?.[n]
      this.#environment.assign(name, value)
    }
  }

  /** Puts what a statement writes where its redirections say. @returns what is left on standard output. */
  #redirect({ redirections }: ShellStatement, written: string | null): string | null {
    let left = written
    for (const { operator, target, descriptor } of redirections) {
      if (!operator.includes('>') || (descriptor !== '' && descriptor !== '1')) continue
      if (/^\/dev\/(?:stdout|fd\/1)$/.test(target)) continue
      left = ''
      if (operator === '>&') continue
      this.#environment.write(target, written, operator.includes('>>'))
    }
    return left
  }
}

/** The name of the variable that a word is. */
function variableIn(parts: readonly WordPart[] | null): string | null {
  const [part] = parts?.filter((each) => each.kind !== 'text' || each.text !== '') ?? []
  return part?.kind === 'variable' ? part.name : null
}

interface Scripts {
  /** Command lines that a statement has a shell run. */
  lines: readonly string[]
  /** See ShellStatement. */
  script: string | null
}
const NONE: Scripts = { lines: [], script: null }

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
function scriptsIn(statement: ShellStatement, input: string | null, environment: ShellEnvironment): Scripts {
  const { verb, program, words, options, operands } = statement
  const [first] = operands
  if (isShell(verb) || verb === 'su') {
    const isGiven = options.some((option) => /^-[a-z]*c$/.test(option) || option === '--command')
    if (isGiven)
      return { ...NONE, lines: operands.slice(verb === 'su' && operands.length > 1 ? 1 : 0).slice(0, 1) }
    if (first === undefined || first === '-' || first === '/dev/stdin') return scriptOf(whole(input))
    return verb === 'su' ? NONE : scriptOf(environment.file(first))
  }
  if (verb === '.' || verb === 'source')
    return scriptOf(first === '/dev/stdin' ? whole(input) : environment.file(first ?? ''))
  if (verb === 'eval') return { ...NONE, lines: [operands.join(' ')] }
  if (verb === 'trap') return { ...NONE, lines: operands.slice(0, 1) }
  if (verb === 'find') {
    const run = words.findIndex((word) => /^-(?:exec|execdir|ok)$/.test(word))
    const given = words.slice(run + 1).filter((word) => word !== ';' && word !== '+')
    return run < 0 ? NONE : { ...NONE, lines: [given.join(' ')] }
  }
  if (/^(?:nc|ncat|netcat)$/.test(verb)) return { ...NONE, script: input?.slice(0, MAX_SCRIPT) ?? null }
  if (verb === 'chmod') {
    const texts = operands.slice(1, MAX_CHANGED + 2).map((path) => scriptOf(environment.file(path)).script)
    return texts.length === 0 || texts.length > MAX_CHANGED || texts.includes(null)
      ? NONE
      : { ...NONE, script: texts.join('\n') }
  }
  return /[/$]/.test(program) ? scriptOf(environment.file(program)) : NONE
}

function whole(text: string | null): KnownFile | undefined {
  return text === null || !isText(text) ? undefined : { text, isWhole: true }
}

/** Of a file that a shell runs. What another interpreter reads, or is no text, is none. */
function scriptOf(file: KnownFile | undefined): Scripts {
  if (file === undefined || file.text === '') return NONE
  if (file.text.startsWith('#!') && !/^#![^\n]*sh\b/.test(file.text)) return NONE
  return { lines: [file.text], script: file.isWhole && file.text.length <= MAX_SCRIPT ? file.text : null }
}

function joined(before: string | null, after: string | null): string | null {
  return before === null || after === null ? null : before + after
}
