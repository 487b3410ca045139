import type { Redirection } from './syntax.js'
import { ShellSyntaxError } from './syntax.js'

/** Substitutions and compound commands inside one another. */
const MAX_DEPTH = 50

/** A here-document whose lines begin after the next newline. */
export interface PendingDocument {
  redirection: Redirection
  delimiter: string
  isLiteral: boolean
  stripsTabs: boolean
}

/** Text that is being parsed, and where. */
export interface Source {
  readonly text: string
  at: number
  depth: number
  pending: PendingDocument[]
  /** A here-document may be continued by a later line. */
  readonly isInteractive: boolean
}

export function createSource(text: string, depth: number, isInteractive: boolean): Source {
  return { text, at: 0, depth, pending: [], isInteractive }
}

/** Parses something inside something else. Throws ShellSyntaxError where that is too deep. */
export function nested<T>(source: Source, parse: () => T): T {
  source.depth += 1
  if (source.depth > MAX_DEPTH) throw new ShellSyntaxError('maximum nesting level exceeded')
  try {
    return parse()
  } finally {
    source.depth -= 1
  }
}

export function atEnd(source: Source): boolean {
  return source.at >= source.text.length
}

export function startsWith(source: Source, text: string): boolean {
  return source.text.startsWith(text, source.at)
}

/** Skips blanks, escaped newlines and a comment; no newline. */
export function skipBlanks(source: Source): void {
  for (;;) {
    const char = source.text[source.at]
    if (char === ' ' || char === '\t' || char === '\r') source.at += 1
    else if (char === '\\' && source.text[source.at + 1] === '\n') source.at += 2
    else if (char === '#') {
      const end = source.text.indexOf('\n', source.at)
      source.at = end === -1 ? source.text.length : end
    } else return
  }
}

const TOKEN = /&&|\|\||;;|>>|<<|>&|<&|&>|[;&|()<>\n]|[^\s;&|()<>]+/y

/** The error for what stands at the place where the parser is. */
export function unexpected(source: Source): ShellSyntaxError {
  if (atEnd(source)) return new ShellSyntaxError('syntax error: unexpected end of file', true)
  TOKEN.lastIndex = source.at
  const token = TOKEN.exec(source.text)?.[0] ?? (source.text[source.at] as string)
  const shown = token === '\n' ? 'newline' : token
  return new ShellSyntaxError(`syntax error near unexpected token \`${shown}'`)
}

export function unclosed(mark: string): ShellSyntaxError {
  return new ShellSyntaxError(`unexpected EOF while looking for matching \`${mark}'`, true)
}
