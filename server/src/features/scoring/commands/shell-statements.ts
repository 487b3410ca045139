import { shellTokens } from './shell-lexer.js'

/** One statement of a shell command line, as far as it tells what is done. */
export interface ShellStatement {
  /** Words and redirections, joined by spaces. */
  readonly text: string
  /** The program that does the work: without its directory, in lower case, behind `sudo`, `nohup`, `busybox` and the like. */
  readonly verb: string
  /** The program as it is written. */
  readonly program: string
  /** Everything behind the program, in order, without redirections. */
  readonly words: readonly string[]
  /** Words that begin with `-`, up to `--`. */
  readonly options: readonly string[]
  /** The other words. */
  readonly operands: readonly string[]
  /** `NAME=value` before the program. */
  readonly assignments: readonly string[]
  readonly redirections: ReadonlyArray<{ readonly operator: string; readonly target: string }>
  /** It reads what another statement writes. */
  readonly isPiped: boolean
}

/** How far a command line is read. */
export interface ShellReader {
  /** Where the statement that was read last ends. */
  position: number
  /** Characters before that which are nested too deep to be read. */
  unread: number
}

/** Statements within statements (`sh -c`, `$(...)`, `eval`) are read so deep; each level looks at its characters once more. */
const MAX_DEPTH = 5
/** `echo` of more is not decoded: it is a file, not a script. */
const MAX_CONTENT = 65_536

const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', 'coproc'])
const CLOSING = new Set(['fi', 'done', 'esac', '}', 'in'])
/** Programs that run another one, and their options that take a value. */
const WRAPPERS: ReadonlyMap<string, string> = new Map([
  ['sudo', 'ugCphrtT'],
  ['doas', 'uC'],
  ['nohup', ''],
  ['env', 'uCS'],
  ['busybox', ''],
  ['toybox', ''],
  ['exec', 'a'],
  ['builtin', ''],
  ['timeout', 'sk'],
  ['nice', 'n'],
  ['ionice', 'cn'],
  ['setsid', ''],
  ['stdbuf', 'ioe'],
  ['xargs', 'nIPLdEs'],
  ['command', ''],
])
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'])
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/

/** Whether a program reads shell commands. */
export function isShell(verb: string): boolean {
  return SHELLS.has(verb)
}

/**
 * The statements of a command line, those that are nested in another one after it: arguments of `sh -c`, `eval`, `su -c` and `find -exec`,
 * substitutions, here-documents of shells, and what `echo` (through `base64 -d`) pipes into a shell. They come one by one.
 */
export function* shellStatements(text: string, reader: ShellReader, depth = 0): Generator<ShellStatement> {
  if (depth > MAX_DEPTH) {
    reader.unread += text.length
    return
  }
  let open = new OpenStatement(false)
  /** What the pipeline so far writes, where that can be told. */
  let content: string | null = null
  let last: ShellStatement | null = null
  for (const token of shellTokens(text)) {
    if (token.kind === 'word') open.addWord(token.text, token.isQuoted)
    else if (token.kind === 'redirect') open.addRedirect(token.text)
    else if (token.kind === 'substitution') yield* shellStatements(token.text, reader, depth + 1)
    else if (token.kind === 'here_document') {
      if (last && isShell(last.verb)) yield* shellStatements(token.text, reader, depth + 1)
    } else {
      if (depth === 0) reader.position = token.end
      const statement: ShellStatement | null = open.finish()
      if (statement) {
        yield statement
        for (const nested of nestedIn(statement, content)) yield* shellStatements(nested, reader, depth + 1)
        last = statement
      }
      content = token.isPipe ? (statement ? contentOf(statement, content) : content) : null
      open = new OpenStatement(token.isPipe)
    }
  }
  if (depth === 0) reader.position = text.length
  const statement = open.finish()
  if (!statement) return
  yield statement
  for (const nested of nestedIn(statement, content)) yield* shellStatements(nested, reader, depth + 1)
}

/** Collects the words of a statement until it ends. */
class OpenStatement {
  readonly #isPiped: boolean
  readonly #shown: string[] = []
  readonly #words: string[] = []
  readonly #redirections: { operator: string; target: string }[] = []
  #pendingOperator: string | null = null

  constructor(isPiped: boolean) {
    this.#isPiped = isPiped
  }

  addWord(text: string, isQuoted: boolean): void {
    this.#shown.push(text)
    if (this.#pendingOperator !== null) {
      this.#redirections.push({ operator: this.#pendingOperator, target: text })
      this.#pendingOperator = null
    } else if (isQuoted || this.#words.length > 0 || !(KEYWORDS.has(text) || CLOSING.has(text)))
      this.#words.push(text)
  }

  addRedirect(operator: string): void {
    this.#shown.push(operator)
    this.#pendingOperator = operator
  }

  /** @returns null where nothing was said. */
  finish(): ShellStatement | null {
    if (this.#words.length === 0 && this.#redirections.length === 0) return null
    const words = this.#words
    const assignedUpTo = words.findIndex((word) => !ASSIGNMENT.test(word))
    const start = assignedUpTo < 0 ? words.length : assignedUpTo
    const command = unwrapped(words, start)
    const program = words[command] ?? ''
    const rest = words.slice(command + 1)
    const endOfOptions = rest.indexOf('--')
    const isOption = (word: string, n: number) =>
      word.length > 1 && word.startsWith('-') && (endOfOptions < 0 || n <= endOfOptions)
    return {
      text: this.#shown.join(' '),
      verb: nameOf(program),
      program,
      words: rest,
      options: rest.filter((word, n) => isOption(word, n) && word !== '--'),
      operands: rest.filter((word, n) => !isOption(word, n)),
      assignments: words.slice(0, start),
      redirections: this.#redirections,
      isPiped: this.#isPiped,
    }
  }
}

/** The index of the program behind wrappers, their options and `NAME=value`. A wrapper that runs nothing is the program itself. */
function unwrapped(words: readonly string[], start: number): number {
  let at = start
  for (;;) {
    const wrapper = nameOf(words[at] ?? '')
    const valued = WRAPPERS.get(wrapper)
    if (valued === undefined) return at
    let next = at + 1
    // `command -v` and `sudo -l` look something up.
    if (wrapper === 'command' && /^-[vV]/.test(words[next] ?? '')) return at
    while (/^-./.test(words[next] ?? '') || ASSIGNMENT.test(words[next] ?? '')) {
      const takesValue = /^-(.)$/.exec(words[next] ?? '')?.[1]
      next += takesValue !== undefined && valued.includes(takesValue) ? 2 : 1
    }
    if (wrapper === 'timeout') next += 1
    if (next >= words.length) return at
    at = next
  }
}

function nameOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1).toLowerCase()
}

/** Command lines that a statement has another shell run. */
function nestedIn(
  { verb, words, options, operands, isPiped, redirections }: ShellStatement,
  content: string | null,
): string[] {
  const here = redirections.find(({ operator }) => operator === '<<<')?.target
  if (isShell(verb) || verb === 'su') {
    const isScript = options.some((option) => /^-[a-z]*c$/.test(option) || option === '--command')
    if (isScript) return operands.slice(verb === 'su' && operands.length > 1 ? 1 : 0).slice(0, 1)
    if (operands.length === 0 || operands[0] === '-')
      return [here ?? (isPiped ? content : null) ?? ''].filter(Boolean)
    return []
  }
  if (verb === 'eval') return [operands.join(' ')]
  const run = verb === 'find' ? words.findIndex((word) => /^-(?:exec|execdir|ok)$/.test(word)) : -1
  return run < 0
    ? []
    : [
        words
          .slice(run + 1)
          .filter((word) => word !== ';' && word !== '+')
          .join(' '),
      ]
}

/** What a statement writes into a pipe, as far as that can be told without running it. */
function contentOf({ verb, options, operands }: ShellStatement, input: string | null): string | null {
  if (verb === 'echo' || verb === 'printf') return operands.join(' ').slice(0, MAX_CONTENT)
  if (verb === 'base64' && input !== null && options.some((option) => /^-(?:d|D|di|-decode)$/.test(option)))
    return Buffer.from(input, 'base64').toString('utf8')
  return verb === 'tee' || verb === 'cat' ? input : null
}
