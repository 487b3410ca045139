/** One statement of a shell command line, as far as it shows what is done. */
export interface ShellStatement {
  /** Words and redirections as they are written, joined by spaces. */
  readonly text: string
  /** The program that does the work: without its directory, in lower case, behind `sudo`, `nohup`, `busybox` and the like. For a script of init, `service`. */
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
  readonly redirections: readonly Redirection[]
  /** It reads what another statement writes. */
  readonly isPiped: boolean
  /** The text that it has a shell run, makes executable or sends, where the command line itself holds it; null where that is not known. */
  readonly script: string | null
}

export interface Redirection {
  /** The digit before the operator, mostly empty. */
  readonly descriptor: string
  readonly operator: string
  readonly target: string
}

const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', 'coproc'])
const CLOSING = new Set(['fi', 'done', 'esac', '}', 'in'])
/** Programs that run another one: their options that take a value, and how many operands come before the program. */
const WRAPPERS: ReadonlyMap<string, readonly [valued: string, operands: number]> = new Map([
  ['sudo', ['ugCphrtT', 0]],
  ['doas', ['uC', 0]],
  ['nohup', ['', 0]],
  ['env', ['uCS', 0]],
  ['busybox', ['', 0]],
  ['toybox', ['', 0]],
  ['exec', ['a', 0]],
  ['builtin', ['', 0]],
  ['timeout', ['sk', 1]],
  ['chroot', ['', 1]],
  ['nice', ['n', 0]],
  ['ionice', ['cn', 0]],
  ['setsid', ['', 0]],
  ['stdbuf', ['ioe', 0]],
  ['xargs', ['nIPLdEs', 0]],
  ['command', ['', 0]],
])
/** Characters that `xargs -I` may put in the place of a name, in all words together. */
const MAX_PLACED = 65_536
/** The script of a service, which does what `service` does with its name. */
const INIT_SCRIPT = /^\/etc\/(?:rc\.d\/)?(?:init|rc)\.d\/(\w[\w.-]*)$/
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'])
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/
/** A variable whose value is not known; where it stands beside other characters of a program, it is most often empty. */
const UNKNOWN_VARIABLE = /\$(?:\w+|[@*]|\{[^{}]*\})/g

/** Whether a program reads shell commands. */
export function isShell(verb: string): boolean {
  return SHELLS.has(verb)
}

/** Whether a word assigns a variable where it stands before a program. */
export function isAssignment(word: string): boolean {
  return ASSIGNMENT.test(word)
}

/** Collects the words of a statement until it ends. */
export class OpenStatement {
  readonly #isPiped: boolean
  readonly #written: string[] = []
  readonly #words: string[] = []
  readonly #redirections: Redirection[] = []
  #hasProgram = false
  #pending: Omit<Redirection, 'target'> | null = null

  constructor(isPiped: boolean) {
    this.#isPiped = isPiped
  }

  /** Whether the next word may name its program. */
  get awaitsProgram(): boolean {
    return !this.#hasProgram && this.#pending === null
  }

  /**
   * @param written the word without its quotes. @param fields what it stands for: mostly itself; none or many where it holds variables.
   * @param isLiteral whether no keyword can be meant, since it is quoted or came from a variable.
   */
  addWord(written: string, fields: readonly string[], isLiteral: boolean): void {
    this.#written.push(written)
    if (this.#pending !== null) {
      this.#redirections.push({ ...this.#pending, target: fields.join(' ') })
      this.#pending = null
    } else if (isLiteral || this.#words.length > 0 || !(KEYWORDS.has(written) || CLOSING.has(written))) {
      this.#words.push(...fields)
      this.#hasProgram ||= !ASSIGNMENT.test(written)
    }
  }

  addRedirect(operator: string, descriptor: string): void {
    this.#written.push(operator)
    this.#pending = { operator, descriptor }
  }

  /** @param input what it is piped, where that is known: `xargs` makes words of it. @returns null where nothing was written. */
  finish(input: string | null): ShellStatement | null {
    if (this.#words.length === 0 && this.#redirections.length === 0) return null
    const assignedUpTo = this.#words.findIndex((word) => !ASSIGNMENT.test(word))
    const start = assignedUpTo < 0 ? this.#words.length : assignedUpTo
    const words = input === null ? this.#words : withArguments(this.#words, start, input)
    const command = unwrapped(words, start)
    const program = words[command] ?? ''
    const service = INIT_SCRIPT.exec(program)?.[1]
    const rest = service === undefined ? words.slice(command + 1) : [service, ...words.slice(command + 1)]
    const endOfOptions = rest.indexOf('--')
    const isOption = (word: string, n: number) =>
      word.length > 1 && word.startsWith('-') && (endOfOptions < 0 || n <= endOfOptions)
    return {
      text: this.#written.join(' '),
      verb: service === undefined ? nameOf(program) : 'service',
      program,
      words: rest,
      options: rest.filter((word, n) => isOption(word, n) && word !== '--'),
      operands: rest.filter((word, n) => !isOption(word, n)),
      assignments: words.slice(0, start),
      redirections: this.#redirections,
      isPiped: this.#isPiped,
      script: null,
    }
  }
}

/** The words of `xargs` with those that it reads: in the place of `-I NAME`, else at the end. */
function withArguments(words: readonly string[], start: number, input: string): readonly string[] {
  const xargs = words.indexOf('xargs', start)
  if (xargs < 0) return words
  const placed = words.findIndex((word, n) => n > xargs && word.startsWith('-I'))
  if (placed < 0) return [...words, ...input.split(/\s+/).filter((word) => word !== '')]
  const isApart = words[placed] === '-I'
  const name = isApart ? words[placed + 1] : words[placed]?.slice(2)
  if (!name || input.length * words.length > MAX_PLACED) return words
  return words.map((word, n) =>
    n > placed + (isApart ? 1 : 0) ? word.replace(name, () => input.trim()) : word,
  )
}

/** The index of the program behind wrappers, their options and `NAME=value`. A wrapper that runs nothing is the program itself. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one rule of the shell's grammar
function unwrapped(words: readonly string[], start: number): number {
  let at = start
  for (;;) {
    const wrapper = nameOf(words[at] ?? '')
    const [valued, operands] = WRAPPERS.get(wrapper) ?? []
    if (valued === undefined || operands === undefined) return at
    let next = at + 1
    // `command -v` and `sudo -l` look something up.
    if (wrapper === 'command' && /^-[vV]/.test(words[next] ?? '')) return at
    while (/^-./.test(words[next] ?? '') || ASSIGNMENT.test(words[next] ?? '')) {
      const takesValue = /^-(.)$/.exec(words[next] ?? '')?.[1]
      next += takesValue !== undefined && valued.includes(takesValue) ? 2 : 1
    }
    next += operands
    if (next >= words.length) return at
    at = next
  }
}

function nameOf(program: string): string {
  const known = program.includes('$') ? program.replace(UNKNOWN_VARIABLE, '') || program : program
  return known.slice(known.lastIndexOf('/') + 1).toLowerCase()
}
