/** A part of a word, in order. Text is a string of bytes: each character is one byte (see `bytes.ts`). */
export type WordPart =
  | { kind: 'text'; text: string; isQuoted: boolean }
  /** `$name` or `${name<operator>argument}`; `operator` is empty where there is none, and `#` also for `${#name}`'s length (`isLength`). */
  | {
      kind: 'parameter'
      name: string
      operator: string
      argument: Word
      isLength: boolean
      isQuoted: boolean
    }
  /** `$(list)` or backquotes. */
  | { kind: 'command'; body: List; isQuoted: boolean }
  /** `$((expression))`. */
  | { kind: 'arithmetic'; expression: Word; isQuoted: boolean }
  /** `<(list)` or `>(list)`. */
  | { kind: 'process'; body: List; isQuoted: boolean }

export type Word = readonly WordPart[]

export type RedirectionOperator = '>' | '>>' | '>|' | '<' | '<>' | '<<' | '<<<' | '>&' | '<&' | '&>' | '&>>'

export interface Redirection {
  descriptor: number
  operator: RedirectionOperator
  /** File, number of a descriptor, or what a here-document gives. */
  target: Word
}

export interface Assignment {
  name: string
  isAppended: boolean
  value: Word
}

/** Commands of POSIX XCU 2.9, with `((`, `[[` and `for ((` of bash. */
export type Command = { redirections: readonly Redirection[] } & (
  | { kind: 'simple'; assignments: readonly Assignment[]; words: readonly Word[] }
  | { kind: 'subshell' | 'group'; body: List }
  | { kind: 'if'; branches: ReadonlyArray<{ condition: List; body: List }>; otherwise: List | null }
  | { kind: 'for'; name: string; words: readonly Word[] | null; body: List }
  | { kind: 'loop'; isUntil: boolean; condition: List; body: List }
  | { kind: 'case'; subject: Word; items: ReadonlyArray<{ patterns: readonly Word[]; body: List }> }
  | { kind: 'function'; name: string; body: Command }
  | { kind: 'arithmetic'; expression: Word }
  | { kind: 'condition'; words: readonly Word[] }
)

export interface Pipeline {
  isNegated: boolean
  commands: readonly Command[]
  /** `|&`: errors go into the pipe too, by position of the command. */
  withErrors: readonly boolean[]
}

export interface AndOr {
  first: Pipeline
  rest: ReadonlyArray<{ operator: '&&' | '||'; pipeline: Pipeline }>
  isBackground: boolean
}

export type List = readonly AndOr[]

/** What is no shell command. `token` is what stood there; null at the end of the text. */
export class ShellSyntaxError extends Error {
  override name = 'ShellSyntaxError'
  /** More lines may complete it. */
  readonly isIncomplete: boolean

  constructor(message: string, isIncomplete = false) {
    super(message)
    this.isIncomplete = isIncomplete
  }
}
